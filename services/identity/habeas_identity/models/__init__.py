"""What identity remembers, a file a subject.

Personal values stand in columns that the vault encrypts, and nowhere else; look-ups go by blind indexes. A browser is
known by the SHA-256 of its cookie.
"""

from habeas_identity.models.acting import CallBack, Mandate, UsedAssertion, Vouch
from habeas_identity.models.after import AddressChange, FrozenCase, StopCode
from habeas_identity.models.agents import (
    Agent,
    AgentSession,
    Enrollment,
    GivenApproval,
    Passkey,
    PasskeyChallenge,
    UsedGrant,
)
from habeas_identity.models.claims import Asked, Challenge, Channel, Claim, GivenProof, Visit
from habeas_identity.models.declared import Base
from habeas_identity.models.evidence import Evidence, EvidenceLook
from habeas_identity.models.quotas import QuotaUse
from habeas_identity.models.sign_ins import BegunSignIn

__all__ = [
    "AddressChange",
    "Agent",
    "AgentSession",
    "Asked",
    "Base",
    "BegunSignIn",
    "CallBack",
    "Challenge",
    "Channel",
    "Claim",
    "Enrollment",
    "Evidence",
    "EvidenceLook",
    "FrozenCase",
    "GivenApproval",
    "GivenProof",
    "Mandate",
    "Passkey",
    "PasskeyChallenge",
    "QuotaUse",
    "StopCode",
    "UsedAssertion",
    "UsedGrant",
    "Visit",
    "Vouch",
]

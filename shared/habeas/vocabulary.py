"""The words that all services share; `docs/words.md` explains each."""

from enum import StrEnum

from habeas.sdk.words import Deed, Operation, Outcome

__all__ = [
    "COMPLAINT",
    "Assurance",
    "CaseState",
    "Deed",
    "LegalBasis",
    "Operation",
    "Outcome",
    "Right",
    "connector_of",
    "participant_of",
]

SERVICES = ("intake", "identity", "fulfilment", "notifier")


class Right(StrEnum):
    """What a person may ask (GDPR Articles 7, 15 to 18 and 20 to 22)."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    PORTABILITY = "portability"
    OBJECTION = "objection"
    AUTOMATED_DECISION = "automated_decision"
    CONSENT_WITHDRAWAL = "consent_withdrawal"


COMPLAINT = "complaint"
"""What a case can be about beside the eight rights: how the controller handled something (UK: DPA 2018 s. 164A)."""


class LegalBasis(StrEnum):
    """Why a controller may process (GDPR Article 6(1))."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTERESTS = "legitimate_interests"


class Assurance(StrEnum):
    """How sure we are who asks, from nothing to a proofed identity."""

    A0 = "A0"
    A1 = "A1"
    A2 = "A2"
    A3 = "A3"


class CaseState(StrEnum):
    """Where a case stands; `habeas_intake.states` holds the table of moves."""

    RECEIVED = "received"
    PROVED = "proved"
    TO_APPROVE = "to_approve"
    APPROVED = "approved"
    ANSWERED = "answered"
    CLOSED = "closed"
    REFUSED = "refused"


def participant_of(system: str) -> str:
    """Name the one who answers for a system on the bus and in the key directory."""
    return f"connect-{system}"


def connector_of(participant: str) -> str | None:
    """Name the system a participant answers for; None for a service."""
    return participant.removeprefix("connect-") if participant.startswith("connect-") else None

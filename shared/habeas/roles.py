"""What an agent's roles allow: one table for every service, and what it does not name is denied.

An auditor sees where every case stands and who read what, and changes nothing. An administrator keeps the accounts of
others and reads no case. Several roles add up.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class AgentRole(StrEnum):
    """What somebody who works here is; what each may do says the table below."""

    AGENT = "agent"
    APPROVER = "approver"
    OFFICER = "officer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Deed(StrEnum):
    """A kind of thing that agents do."""

    LOOK = "look"
    """See the queue, a case's state, its timeline and its plan: nothing that the person told."""
    READ = "read"
    """Read what the person told, as whoever has the case, or with a reason."""
    WORK = "work"
    """Take a case, hand it on, see its plan through."""
    DECIDE = "decide"
    """Open a case for somebody, decide on more time, answer a complaint."""
    ASSIGN = "assign"
    """Give a case to somebody else."""
    APPROVE = "approve"
    """Approve a plan."""
    CALL = "call"
    """Call a person back at the stored number, and take the code from their screen."""
    VOUCH = "vouch"
    """Vouch for somebody without a browser; two people do it."""
    THAW = "thaw"
    """Let a case go on that its person had stopped; two people do it."""
    HOLD = "hold"
    """Set a legal hold, or lift one that another person set."""
    AUDIT = "audit"
    """See who read what people told."""
    ADMINISTER = "administer"
    """Keep the accounts of agents."""


_A, _P, _O = AgentRole.AGENT, AgentRole.APPROVER, AgentRole.OFFICER
MAY: Mapping[Deed, tuple[AgentRole, ...]] = MappingProxyType(
    {
        Deed.LOOK: (_A, _P, _O, AgentRole.AUDITOR),
        Deed.READ: (_A, _P, _O),
        Deed.WORK: (_A, _P, _O),
        Deed.DECIDE: (_A, _P),
        Deed.ASSIGN: (_O,),
        Deed.APPROVE: (_P,),
        Deed.CALL: (_A, _O),
        Deed.VOUCH: (_P, _O),
        Deed.THAW: (_P, _O),
        Deed.HOLD: (_O,),
        Deed.AUDIT: (_O, AgentRole.AUDITOR),
        Deed.ADMINISTER: (AgentRole.ADMINISTRATOR,),
    }
)
"""Who may do what."""


def may(deed: Deed) -> tuple[AgentRole, ...]:
    """Return the roles that allow a deed, as `habeas.web.access.agent` takes them."""
    return MAY[deed]

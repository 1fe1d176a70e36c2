"""Who calls, by identity's grants: one reading for every service, so that no two can differ."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from habeas.errors import Refused
from habeas.grants import Grant, read
from habeas.web.access import Ask, Caller, Guards, Kind, ReadBearer

if TYPE_CHECKING:
    from habeas.service import Context

HasEnded = Callable[[Grant], bool]
"""Says whether a grant's session is over, by what the service has heard."""


ControllerOf = Callable[[str], str | None]
"""Names the controller of a case that the service knows."""


def guards_by_grants(
    context: "Context", has_ended: HasEnded, bearer: ReadBearer | None = None, controller_of: ControllerOf | None = None
) -> Guards:
    """Make a service's guards: browsers show grants, and a grant whose session has ended is refused at once."""

    def read_grant(text: str, ask: Ask) -> Caller:
        grant = read(
            text,
            context.keys.directory(),
            service=ask.service,
            purpose=ask.purpose,
            browser=ask.browser,
            now=ask.now,
            case=ask.case,
            once=ask.fresh,
        )
        if has_ended(grant):
            raise Refused("this session has ended")
        kind: Kind = "agent" if grant.kind == "agent" else "subject"
        roles, controllers = frozenset(grant.roles), frozenset(grant.controllers)
        return Caller(kind, grant.person, roles, grant.case or None, grant.id, controllers)

    return Guards(grant=read_grant, bearer=bearer, controller_of=controller_of)

"""The machine door: a program opens a case for a person, and sees where its own cases stand."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flask import request
from flask.views import MethodView
from werkzeug.exceptions import NotFound, TooManyRequests, Unauthorized

from habeas.errors import Fault, Faults, Refused
from habeas.service import Context
from habeas.web.access import caller, machine, open_to
from habeas.web.api import ApiBlueprint
from habeas_intake.actions import open_case
from habeas_intake.applications import read_application
from habeas_intake.authorised_agents import (
    DAY,
    Call,
    Signature,
    check_signature,
    has_room,
    read_capacity,
    use_signature,
)
from habeas_intake.models import ApiKey, Case
from habeas_intake.queries import view
from habeas_intake.schemas import CaseState, Idempotent, NewCase, OpenedCase


def case_api(context: Context) -> ApiBlueprint:
    """Make the routes under /api/cases."""
    api = ApiBlueprint("cases", __name__, description="Cases, opened by programs that hold a key")

    @api.route("/api/cases")
    @open_to(machine)
    class Cases(MethodView):
        """All cases."""

        @api.arguments(Idempotent, location="headers")
        @api.arguments(NewCase)
        @api.response(201, OpenedCase)
        def post(self, headers: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
            """Open a case; the same Idempotency-Key opens it once."""
            mine = {name: each for name, each in context.profiles.items() if caller().may_work_for(name)}
            profile = mine.get(body["controller"])
            if profile is None:
                raise Faults([Fault("controller", "there is no such controller", f"one of {', '.join(mine)}")])
            name = caller().id
            now = context.clock.now()
            signature, for_whom = _read_caller(context, name, body, now)
            token = hashlib.sha256(f"api\n{name}\n{headers['idempotency_key']}".encode()).hexdigest()
            known = {"token": token, "channel": "api", "opened_by": name, **for_whom}
            application = read_application(profile, body, now=now, **known)
            with _as_unsigned(), context.transaction() as tx:
                if signature is not None:
                    use_signature(tx, signature)
                    if not has_room(tx, name, token):
                        raise TooManyRequests(retry_after=int(DAY.total_seconds()))
                opened = open_case(tx, application)
            return {
                "id": opened.case,
                "reference": opened.reference,
                "respond_by": opened.respond_by,
                "prove_at": f"/prove/{opened.case}",
            }

    @api.route("/api/cases/<case:case>")
    @open_to(machine)
    class OneCase(MethodView):
        """One case."""

        @api.response(200, CaseState)
        def get(self, case: str) -> dict[str, Any]:
            """Show where a case stands that this program opened; any other is not found."""
            with context.reading() as tx:
                found = tx.session.get(Case, case)
                mine = ("api", caller().id, False)
                own = found is not None and (found.channel, found.opened_by, found.closed_to_agent) == mine
                seen = view(tx, case) if own else None
            if seen is None:
                raise NotFound
            rights = [{"right": each.right, "state": each.state, "respond_by": each.respond_by} for each in seen.rights]
            return {"id": seen.case, "reference": seen.reference, "state": seen.state.value, "rights": rights}

    return api


def _read_caller(
    context: Context, name: str, body: dict[str, Any], now: datetime
) -> tuple[Signature | None, dict[str, Any]]:
    """Return the signature of a call, where the key has to sign, and for whom and by which assertion it asks."""
    with context.reading() as tx:
        key = tx.session.get_one(ApiKey, name)
        signature = None
        if key.public_key:
            with _as_unsigned():
                signature = check_signature(key, _call_of(context), now)
        capacity, acting = read_capacity(body, key)
    return signature, {"capacity": capacity, "acting": acting, "assertion": body.get("assertion", "")}


def _call_of(context: Context) -> Call:
    """Return the running call as its sender sees it: at the portal's own address, whatever stands in between."""
    path = request.full_path.rstrip("?")
    return Call(request.method, f"{context.settings.portal_url}{path}", dict(request.headers), request.get_data())


@contextmanager
def _as_unsigned() -> Iterator[None]:
    """Answer a call whose signature is refused with 401, and say why: it is its sender's own to mend."""
    try:
        yield
    except Refused as wrong:
        error = Unauthorized()
        setattr(error, "data", {"messages": {"headers": {"Signature": [str(wrong)]}}})  # noqa: B010
        raise error from None

"""The machine door: a program opens a case for a person, and sees where its own cases stand."""

import hashlib
from typing import Any

from flask.views import MethodView
from werkzeug.exceptions import NotFound

from habeas.errors import Fault, Faults
from habeas.service import Context
from habeas.web.access import caller, machine, open_to
from habeas.web.api import ApiBlueprint
from habeas_intake.actions import open_case
from habeas_intake.applications import read_application
from habeas_intake.models import Case
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
            profile = context.profiles.get(body["controller"])
            if profile is None:
                known = ", ".join(context.profiles)
                raise Faults([Fault("controller", "there is no such controller", f"one of {known}")])
            name = caller().id
            token = hashlib.sha256(f"api\n{name}\n{headers['idempotency_key']}".encode()).hexdigest()
            now = context.clock.now()
            application = read_application(profile, body, now=now, token=token, channel="api", opened_by=name)
            with context.transaction() as tx:
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
                own = found is not None and (found.channel, found.opened_by) == ("api", caller().id)
                seen = view(tx, case) if own else None
            if seen is None:
                raise NotFound
            rights = [{"right": each.right, "state": each.state, "respond_by": each.respond_by} for each in seen.rights]
            return {"id": seen.case, "reference": seen.reference, "state": seen.state.value, "rights": rights}

    return api

"""The machine door: programs ask whether they may process somebody, and set legal holds."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request
from sqlalchemy import select
from werkzeug.exceptions import BadRequest

from habeas.crypto.canonical import write_instant
from habeas.errors import Fault, Faults
from habeas.service import Context
from habeas.web.access import caller, machine, open_to
from habeas_fulfilment.actions import holding
from habeas_fulfilment.guards import ASKING, HOLDING
from habeas_fulfilment.models import Hold
from habeas_fulfilment.permits import MOST_AT_ONCE, MOST_OF_ONE, Permit, ask, read_question

HEADER = "Subject-Key"


def permit_door(context: Context) -> Blueprint:
    """Make the door at which programs ask; whatever is not 200 with `may: true` is a no."""
    door = Blueprint("may-process", __name__)

    @door.get("/may-process")
    @open_to(machine.holding(ASKING))
    def ask_about_one() -> Response:
        """Answer about one person, named in a header by one subject key or several, parted by commas."""
        _refuse_unknown(request.args, ("controller", "purpose", "basis"))
        question = read_question(context, caller().controllers, request.args)
        keys = [each.strip() for each in request.headers.get(HEADER, "").split(",") if each.strip()]
        if not 0 < len(keys) <= MOST_OF_ONE:
            raise Faults([Fault(HEADER, "names nobody, or by too many keys", f"1 to {MOST_OF_ONE} subject keys")])
        now = context.clock.now()
        [permit] = ask(context, question, [keys])
        return jsonify({**_told(permit), "checked_at": write_instant(now)})

    @door.post("/may-process")
    @open_to(machine.holding(ASKING))
    def ask_about_many() -> Response:
        """Answer about many people, in the order in which they are named."""
        body = _body(("controller", "purpose", "basis", "people"))
        question = read_question(context, caller().controllers, body)
        people = body.get("people")
        if not _are_people(people):
            expected = f"a list of 1 to {MOST_AT_ONCE} lists, each of 1 to {MOST_OF_ONE} subject keys of one person"
            raise Faults([Fault("people", "is no list of people", expected)])
        assert isinstance(people, list)
        now = context.clock.now()
        answers = [_told(each) for each in ask(context, question, people)]
        return jsonify({"answers": answers, "checked_at": write_instant(now)})

    return door


def _are_people(people: object) -> bool:
    return (
        isinstance(people, list)
        and 0 < len(people) <= MOST_AT_ONCE
        and all(isinstance(keys, list) and 0 < len(keys) <= MOST_OF_ONE for keys in people)
        and all(isinstance(key, str) for keys in people for key in keys)
    )


def _told(permit: Permit) -> dict[str, Any]:
    reasons = [
        {"kind": each.kind, "since": write_instant(each.since), "until": _instant(each.until)}
        for each in permit.reasons
    ]
    return {"may": permit.may, "reasons": reasons, "until": _instant(permit.until)}


def _instant(value: datetime | None) -> str | None:
    return None if value is None else write_instant(value)


def hold_door(context: Context) -> Blueprint:
    """Make the door at which programs set, list and lift legal holds."""
    door = Blueprint("legal-holds", __name__)

    @door.get("/legal-holds")
    @open_to(machine.holding(HOLDING))
    def list_holds() -> Response:
        """List the holds that stand."""
        chosen = select(Hold).where(Hold.controller.in_(caller().controllers), Hold.lifted_at.is_(None))
        with context.reading() as tx:
            return jsonify({"holds": [_shown(each) for each in tx.session.scalars(chosen.order_by(Hold.since))]})

    @door.post("/legal-holds")
    @open_to(machine.holding(HOLDING))
    def set_hold() -> tuple[Response, int]:
        """Set a hold."""
        body = _body(("controller", "system", "activity", "kind", "reason", "law", "until"))
        new = holding.read_hold(context.profiles, caller().controllers, body, context.clock.now())
        with context.transaction() as tx:
            made = holding.set_hold(tx, new, _by())
        return jsonify({"id": made}), 201

    @door.post("/legal-holds/<hold>/lift")
    @open_to(machine.holding(HOLDING))
    def lift_hold(hold: str) -> tuple[str, int]:
        """Lift a hold that somebody else set."""
        body = _body(("why",))
        with context.transaction() as tx:
            known = tx.session.get(Hold, hold)
            if known is None or known.controller not in caller().controllers:
                abort(404)
            holding.lift_hold(tx, hold, str(body.get("why") or ""), _by())
        return "", 204

    return door


def _by() -> str:
    """Name a program as whoever did it, apart from every person's id."""
    return f"key {caller().id}"


def _shown(hold: Hold) -> dict[str, Any]:
    names = ("id", "controller", "system", "activity", "kind", "reason", "law", "until", "set_by")
    return {name: getattr(hold, name) for name in names} | {"since": write_instant(hold.since)}


def _body(names: Sequence[str]) -> Mapping[str, Any]:
    try:
        body = request.get_json(force=True)
    except BadRequest:
        body = None
    if not isinstance(body, dict):
        raise Faults([Fault("(body)", "is no JSON object", f"an object with {', '.join(names)}")])
    _refuse_unknown(body, names)
    return body


def _refuse_unknown(given: Mapping[str, Any], names: Sequence[str]) -> None:
    faults = [Fault(name[:60], "is not known", f"one of {', '.join(names)}") for name in given if name not in names]
    if faults:
        raise Faults(faults)

"""The machine door for whoever brings people in: may these be imported, or were they erased?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest

from habeas.crypto.canonical import write_instant
from habeas.errors import Fault, Faults
from habeas.profile import Profile
from habeas.sdk.subject import is_name
from habeas.service import Context
from habeas.web.access import caller, machine, open_to
from habeas_fulfilment.actions.tombstones import Found, find_tombstones
from habeas_fulfilment.guards import ASKING
from habeas_fulfilment.subject_keys import NoSubjectKey
from habeas_fulfilment.tombstones import Where, subject_key

MOST_AT_ONCE = 1_000
MOST_OF_ONE = 20
"""How many identifiers one person may be asked about by: as many as a connector takes values."""
_NAMES = ("controller", "system", "activity", "people")
_PERSON = f"an object of identifiers, or a list of 1 to {MOST_OF_ONE} subject keys"


def import_door(context: Context) -> Blueprint:
    """Make the door; whatever is not 200 with `may_import: true` is a no."""
    door = Blueprint("import-check", __name__)

    @door.post("/import-check")
    @open_to(machine.holding(ASKING))
    def check() -> Response:
        """Answer for each person, in the order in which they are named; nothing of what came in is kept or logged."""
        body = _read_body()
        profile = _read_profile(context, body)
        where = Where(str(body.get("system") or ""), str(body.get("activity") or ""))
        people = [tuple(_read_person(context, profile, n, each)) for n, each in enumerate(body["people"])]
        with context.reading() as tx:
            found = _find(tx, profile, people, where)
        answers = [_told(each) for each in found]
        return jsonify({"answers": answers, "checked_at": write_instant(context.clock.now())})

    return door


def _find(tx: Any, profile: Profile, people: Sequence[Sequence[str]], where: Where) -> Iterator[list[Found]]:
    found = iter(find_tombstones(tx, profile, [subject for person in people for subject in person], where))
    for person in people:
        yield list(dict.fromkeys(each for _ in person for each in next(found)))


def _told(found: Sequence[Found]) -> dict[str, Any]:
    erasures = [
        {"case": each.reference, "erased_on": each.erased_on, "system": each.system, "activity": each.activity}
        for each in found
    ]
    return {"may_import": not found, "erasures": erasures}


def _read_body() -> Mapping[str, Any]:
    try:
        body = request.get_json(force=True)
    except BadRequest:
        body = None
    if not isinstance(body, dict):
        raise Faults([Fault("(body)", "is no JSON object", f"an object with {', '.join(_NAMES)}")])
    faults = [Fault(name[:60], "is not known", f"one of {', '.join(_NAMES)}") for name in body if name not in _NAMES]
    if not isinstance(body.get("people"), list) or not 0 < len(body["people"]) <= MOST_AT_ONCE:
        faults.append(Fault("people", "is no list of people", f"a list of 1 to {MOST_AT_ONCE}, each {_PERSON}"))
    if faults:
        raise Faults(faults)
    return body


def _read_profile(context: Context, body: Mapping[str, Any]) -> Profile:
    mine = {name: each for name, each in context.profiles.items() if name in caller().controllers}
    profile = mine.get(str(body.get("controller", "")))
    if profile is None:
        raise Faults([Fault("controller", "there is no such controller", f"one of {', '.join(sorted(mine))}")])
    known = {
        "system": [system.name for system in profile.systems],
        "activity": [activity.name for activity in profile.activities],
    }
    faults = [
        Fault(what, f"the profile has no such {what}", f"one of {', '.join(names)}, or leave it out for all")
        for what, names in known.items()
        if body.get(what) is not None and body[what] not in names
    ]
    if faults:
        raise Faults(faults)
    return profile


def _read_person(context: Context, profile: Profile, number: int, person: object) -> Iterator[str]:
    """Give a person's subject keys; identifiers in clear become keys at once, and go no further."""
    where, key = f"people.{number}", subject_key(context.keys, profile.name)
    if isinstance(person, dict) and person and all(map(is_name, person)):
        values = [(name, value) for name, given in person.items() for value in _as_list(given)]
        texts = [(name, value) for name, value in values if isinstance(value, str) and value.strip()]
        if 0 < len(values) <= MOST_OF_ONE and len(texts) == len(values):
            yield from (key.of(name, value) for name, value in texts)
            return
    if isinstance(person, list) and 0 < len(person) <= MOST_OF_ONE and all(isinstance(each, str) for each in person):
        for subject in person:
            try:
                key.find_by(subject)
            except NoSubjectKey as wrong:
                raise Faults([Fault(where, str(wrong), "see docs/proving-absence.md")]) from None
            yield subject
        return
    raise Faults([Fault(where, "names nobody", _PERSON)])


def _as_list(given: object) -> list[object]:
    return given if isinstance(given, list) else [given]

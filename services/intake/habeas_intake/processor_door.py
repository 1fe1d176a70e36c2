"""The door for controllers whose processor we are: OpenDSR 2.0, every answer signed."""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from habeas.crypto.canonical import write_instant
from habeas.errors import Fault, Faults, Refused
from habeas.opendsr.faults import tell_faults
from habeas.opendsr.signatures import DOMAIN, SIGNATURE
from habeas.profile import Profile
from habeas.service import Context
from habeas.web.access import caller, everywhere, machine, open_to
from habeas_intake.models import ApiKey, ProcessorRequest
from habeas_intake.processor_requests import (
    TAKEN,
    VERSION,
    identities_of,
    is_number,
    read_request,
    take_request,
    tell_request,
    withdraw_request,
)
from habeas_intake.processor_signature import Signer, read_signer

ROUTES = ("/opendsr/v2/requests", "/opendsr/v2/opengdpr_requests")
"""The second as it was called before: whoever still calls it has to be served (10.1)."""


def processor_door(context: Context) -> Blueprint:
    """Make the routes under /opendsr; without a certificate they are not there."""
    door = Blueprint("opendsr", __name__)
    signer = read_signer(context.settings)

    @door.get("/opendsr/v2/discovery")
    @open_to(everywhere)
    def discover() -> Response:
        """Say what we take (6.3): the identities that all controllers here share."""
        shared = set.intersection(*(set(identities_of(each)) for each in context.profiles.values()))
        mine = _there(signer)
        return _json(
            200,
            {
                "api_version": VERSION,
                "supported_identities": [{"identity_type": each, "identity_format": "raw"} for each in sorted(shared)],
                "supported_subject_request_types": list(TAKEN),
                "processor_certificate": f"{mine.url}/opendsr/v2/certificate.pem",
            },
        )

    @door.get("/opendsr/v2/certificate.pem")
    @open_to(everywhere)
    def show_certificate() -> Response:
        """Show the certificate that our answers are signed under."""
        return Response(_there(signer).certificate, content_type="application/x-pem-file")

    def take() -> Response:
        mine, raw = _there(signer), request.get_data()
        with context.reading() as tx:
            key = tx.session.get_one(ApiKey, caller().id)
        read = read_request(_profile(context), key, mine, _read_json(raw), context.clock.now())
        with context.transaction() as tx:
            taken = take_request(tx, key.name, read)
            told = tell_request(tx, taken)
            received = write_instant(taken.received_at)
        known = {name: told[name] for name in ("controller_id", "expected_completion_time", "subject_request_id")}
        encoded = b64encode(raw).decode("ascii")
        return _signed(mine, 201, {**known, "received_time": received, "encoded_request": encoded})

    def show(number: str) -> Response:
        mine = _there(signer)
        with context.reading() as tx:
            found = tx.session.get(ProcessorRequest, (caller().id, _number(number)))
            if found is None:
                raise NotFound
            told = tell_request(tx, found)
        return _signed(mine, 200, told)

    def cancel(number: str) -> Response:
        mine = _there(signer)
        with context.transaction() as tx:
            found = withdraw_request(tx, caller().id, _number(number))
            if found is None:
                raise NotFound
            told = tell_request(tx, found)
        received = write_instant(context.clock.now())
        known = {name: told[name] for name in ("controller_id", "subject_request_id", "api_version")}
        return _signed(mine, 202, {**known, "received_time": received})

    for number, route in enumerate(ROUTES):
        for name, method, path, view in (
            ("take", "POST", route, take),
            ("show", "GET", f"{route}/<number>", show),
            ("cancel", "DELETE", f"{route}/<number>", cancel),
        ):
            door.add_url_rule(path, f"{name}_{number}", open_to(machine)(_in_its_words(view)), methods=[method])
    return door


def _there(signer: Signer | None) -> Signer:
    if signer is None:
        raise NotFound
    return signer


def _profile(context: Context) -> Profile:
    """Return the one controller that a key is for: a request of OpenDSR names none."""
    mine = [each for name, each in context.profiles.items() if caller().may_work_for(name)]
    if len(mine) != 1:
        remedy = "make a key with `habeas api-key add NAME --controller CONTROLLER`"
        raise Faults([Fault("Authorization", "this key is for more than one controller", remedy)])
    return mine[0]


def _number(text: str) -> str:
    if not is_number(text):
        raise NotFound
    return text


def _read_json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        raise Faults([Fault("body", "is no JSON", "an object, see OpenDSR 2.0, section 7.1")]) from None


def _in_its_words(view: Callable[..., Response]) -> Callable[..., Response]:
    """Answer what is refused as the text has it (7.6): which field, and why; never what was in it."""

    def answer(**arguments: str) -> Response:
        try:
            return view(**arguments)
        except Faults as wrong:
            return _json(400, tell_faults(wrong))
        except Refused as refused:
            errors = [{"domain": "State", "reason": "refused", "message": str(refused)}]
            return _json(400, {"error": {"code": 400, "message": str(refused), "errors": errors}})

    answer.__name__ = view.__name__
    return answer


def _json(status: int, body: dict[str, Any]) -> Response:
    return Response(json.dumps(body), status, content_type="application/json", headers={"Cache-Control": "no-store"})


def _signed(signer: Signer, status: int, body: dict[str, Any]) -> Response:
    answer = _json(status, body)
    answer.headers[DOMAIN] = signer.domain
    answer.headers[SIGNATURE] = signer.sign(answer.get_data())
    return answer

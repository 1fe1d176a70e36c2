"""The door for processors that call back (OpenDSR 2.0, 8.5): their call is noted, and the connector asks itself."""

from flask import Blueprint, Response, jsonify, request

from habeas.errors import Faults
from habeas.opendsr.faults import tell_faults
from habeas.service import Context
from habeas.web.access import caller, machine, open_to
from habeas_fulfilment.actions.calling_back import take_callback
from habeas_fulfilment.callbacks import read_callback
from habeas_fulfilment.guards import CALLING_BACK
from habeas_fulfilment.processors import processors_of


def processor_door(context: Context) -> Blueprint:
    """Make the door; who has signed is decided by the guard, before anything is read."""
    door = Blueprint("processors", __name__)

    @door.post("/processor-callbacks")
    @open_to(machine.holding(CALLING_BACK))
    def take() -> tuple[Response | str, int]:
        """Take a call; one about a request that nobody has made is answered like any other."""
        try:
            callback = read_callback(request.get_data())
        except Faults as wrong:
            return jsonify(tell_faults(wrong)), 400
        with context.transaction() as tx:
            take_callback(tx, caller().id, processors_of(context)[caller().id].systems, callback)
        return "", 202

    return door

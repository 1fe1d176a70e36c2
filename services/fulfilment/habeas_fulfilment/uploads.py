"""The machine door: where a connector brings what is too large for a letter, sealed, write-once and nothing else."""

import re
from collections.abc import Iterator
from typing import IO, Any

from flask import Blueprint, abort, request
from sqlalchemy import func, select

from habeas.errors import Refused
from habeas.service import Context
from habeas.storage.store import BLOCK, AlreadyStored, Stored
from habeas.web.access import caller, machine, open_to
from habeas_fulfilment.admissions import Admission, read_admission
from habeas_fulfilment.guards import UPLOAD
from habeas_fulfilment.models import OrderState, SystemOrder, Upload

_PART = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_OPEN = (OrderState.GIVEN, OrderState.FAILED)


class TooLarge(Refused):
    """Says that an order's uploads are more than its grant allows."""


def upload_door(context: Context) -> Blueprint:
    """Make the door; who may come in is decided by the grant, where it goes by us."""
    door = Blueprint("uploads", __name__)

    @door.post("/uploads/<order>/<part>")
    @open_to(machine.holding(UPLOAD))
    def upload(order: str, part: str) -> Any:
        admission = read_admission(caller().grant, context.keys.directory(), context.clock.now())
        if order != admission.order or not _PART.fullmatch(part):
            abort(403)
        left = admission.most_bytes - _uploaded(context, order)
        if left <= 0:
            abort(413)
        request.max_content_length = left
        try:
            stored = _store(context, admission, part, request.stream, left)
        except TooLarge:
            abort(413)
        except AlreadyStored:
            abort(409)
        return {"key": stored.key, "size": stored.size, "sha256": stored.sha256}, 201

    return door


def _uploaded(context: Context, order: str) -> int:
    """Tell how much an open order has uploaded; one that is answered or unknown takes nothing more."""
    with context.reading() as tx:
        found = tx.session.get(SystemOrder, order)
        if found is None or found.state not in _OPEN:
            abort(403)
        return int(tx.session.scalar(select(func.sum(Upload.size)).where(Upload.order_id == order)) or 0)


def _store(context: Context, admission: Admission, part: str, stream: IO[bytes], left: int) -> Stored:
    """Write the part and remember it; a part that breaks off or is too large leaves nothing behind."""
    stored = context.store.put(admission.prefix + part, _counted(stream, left))
    with context.transaction() as tx:
        tx.session.add(
            Upload(
                order_id=admission.order,
                part=part,
                key=stored.key,
                size=stored.size,
                sha256=stored.sha256,
                uploaded_at=tx.now,
            )
        )
    return stored


def _counted(stream: IO[bytes], left: int) -> Iterator[bytes]:
    while block := stream.read(BLOCK):
        left -= len(block)
        if left < 0:
            raise TooLarge("this is more than the grant allows")
        yield block

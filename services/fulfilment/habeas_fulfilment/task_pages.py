"""The page of a task: what a person is to do in a system that no program reaches, what they report, and who signs."""

import hashlib
import io
from collections import defaultdict
from collections.abc import Sequence
from typing import IO, Any

from flask import Blueprint, abort, redirect, render_template, request

from habeas.clock import uuid7
from habeas.connect.delivery import LineReader, context_of, part_name
from habeas.crypto.streams import seal_stream
from habeas.errors import Faults, Refused
from habeas.roles import Deed, may
from habeas.sdk import Decided, Operation
from habeas.service import Context
from habeas.web.access import agent, caller, open_to
from habeas.web.frame import speak_for
from habeas.web.language import present_language
from habeas.work.transaction import Transaction
from habeas_fulfilment import actions
from habeas_fulfilment.actions.cases import profile_of
from habeas_fulfilment.actions.scopes import decided_of, present_plan
from habeas_fulfilment.models import CaseFile, PersonTask, SystemOrder, Task
from habeas_fulfilment.reports import Asked, Report, SentFile, read_report
from habeas_fulfilment.results import subject_of

MOST_FILES = 20
MOST_BYTES = 512 * 1024 * 1024
_WORK = may(Deed.WORK)


def task_pages(context: Context) -> Blueprint:
    """Make the pages of tasks, inside the plan of their case."""
    pages = Blueprint("tasks", __name__, template_folder="templates")

    @pages.get("/plan/<case:case>/tasks/<order>")
    @open_to(agent(*_WORK))
    def show(case: str, order: str) -> Any:
        with context.transaction() as tx:
            file, _, task = _find(tx, case, order)
            tx.record("task.shown", case, order=order, by=caller().id)
            return _page(tx, file, order, task, {}, ())

    @pages.post("/plan/<case:case>/tasks/<order>")
    @open_to(agent(*_WORK))
    def report(case: str, order: str) -> Any:
        request.max_content_length = MOST_BYTES
        with context.reading() as tx:
            file, row, _ = _find(tx, case, order)
            asked, public = _asked(tx, file, row), file.public_key
        try:
            files, parts = _take_files(context, case, order, public)
            told = read_report(asked, request.form, files)
        except Faults as wrong:
            with context.reading() as tx:
                file, _, task = _find(tx, case, order)
                return _page(tx, file, order, task, request.form, wrong.faults), 422
        content = _seal(told, order, public)
        with context.transaction() as tx:
            actions.report_task(
                tx,
                case,
                order,
                caller().id,
                outcome=told.outcome,
                content=content,
                parts=parts,
                counts=told.counts,
                reason=told.reason,
            )
        return redirect(f"/plan/{case}", 303)

    @pages.post("/plan/<case:case>/tasks/<order>/sign")
    @open_to(agent(*_WORK))
    def sign(case: str, order: str) -> Any:
        with context.transaction() as tx:
            _find(tx, case, order)
            actions.sign_task(tx, case, order, caller().id)
        return redirect(f"/plan/{case}", 303)

    return pages


def _find(tx: Transaction, case: str, order: str) -> tuple[CaseFile, SystemOrder, PersonTask]:
    file = tx.session.get(CaseFile, case)
    if file is None:
        abort(404)
    try:
        return file, *actions.find_task(tx, file, order)
    except Refused:
        abort(404)


def _asked(tx: Transaction, case: CaseFile, order: SystemOrder) -> Asked:
    operation = Operation(order.operation)
    scope: tuple[Decided, ...] = ()
    if order.task == Task.ERASURE:
        plan = present_plan(tx, case)
        assert plan is not None
        scope = decided_of(tx, case, plan)[order.system]
    system = profile_of(tx, case).system(order.system)
    return Asked(operation, subject_of(tx, case), system.activities, scope)


def _page(tx: Transaction, case: CaseFile, order_id: str, task: PersonTask, given: Any, faults: Sequence[Any]) -> str:
    profile, language = profile_of(tx, case), present_language()
    order = tx.session.get_one(SystemOrder, order_id)
    system, asked = profile.system(order.system), _asked(tx, case, order)
    told = {fault.where: f"{fault.problem}: {fault.remedy}" for fault in faults}
    speak_for(profile)
    return render_template(
        "fulfilment/task.html",
        case=case,
        order=order,
        task=task,
        system=system.title.in_(language),
        instructions=system.instructions.in_(language) if system.instructions else "",
        person=[(name, value) for name, values in asked.subject.identifiers.items() for value in values],
        activities=[
            {"value": each.name, "label": each.title.in_(language)}
            for each in profile.activities
            if each.name in system.activities
        ],
        scope=asked.scope,
        signs=actions.needs_signature(tx, case, order),
        mine=task.done_by == caller().id,
        given=defaultdict(str, given),
        wrong=defaultdict(str, told),
        errors=list(told.items()),
    )


def _take_files(context: Context, case: str, order: str, public: bytes) -> tuple[list[SentFile], list[dict[str, Any]]]:
    """Seal each file to the case on its way into the store; nothing of it is kept in the open."""
    sent, parts, run = [], [], uuid7()
    for number, file in enumerate(request.files.getlist("files")[:MOST_FILES], 1):
        if not file.filename:
            continue
        part = f"file-{number}"
        read = _Measured(file.stream)
        key = f"orders/{case}/{order}/{run}-{part}"
        stored = context.store.put(key, seal_stream(read, public, context_of(order, part)))
        sent.append(SentFile(part, file.filename[:200], file.mimetype, read.size, read.digest()))
        parts.append({"part": part, "key": stored.key, "size": stored.size, "sha256": stored.sha256})
    return sent, parts


def _seal(told: Report, order: str, public: bytes) -> bytes:
    if not told.lines:
        return b""
    return b"".join(seal_stream(LineReader(told.lines), public, context_of(order, part_name(1))))


class _Measured(io.RawIOBase):
    """Reads a file through, and knows its size and digest at the end."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source, self._hash, self.size = source, hashlib.sha256(), 0

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read on, and count it."""
        data = self._source.read(size)
        self._hash.update(data)
        self.size += len(data)
        return data

    def digest(self) -> str:
        """SHA-256 (hex) of what was read."""
        return self._hash.hexdigest()

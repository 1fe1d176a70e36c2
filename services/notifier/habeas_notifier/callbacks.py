"""Calls controllers back, whose processor we are, where their requests have come to stand (OpenDSR 2.0, 8.5)."""

from dataclasses import dataclass

from habeas.envelope import Letter
from habeas.errors import NeedsPerson
from habeas.events import ProcessorReported
from habeas.opendsr.signatures import DOMAIN, SIGNATURE
from habeas.service import Context, Effect
from habeas.work.transaction import Transaction
from habeas_notifier.posting import post


@dataclass(frozen=True)
class Callback:
    """One call: where to, and what intake has signed."""

    url: str
    body: str
    headers: dict[str, str]


def _prepare(_tx: Transaction, letter: Letter) -> Callback:
    told = letter.event
    assert isinstance(told, ProcessorReported)
    headers = {DOMAIN: told.domain, SIGNATURE: told.signature}
    return Callback(told.url, told.body, headers)


def _call(context: Context, callback: Callback) -> int:
    """Call; what is no success is for a person, also a redirect."""
    answer = post(callback.url, callback.body, callback.headers, whom="the controller's address", clock=context.clock)
    if not answer.is_success:
        raise NeedsPerson(f"the controller's address refuses what we tell it ({answer.status_code})")
    return answer.status_code


def _finish(tx: Transaction, letter: Letter, _callback: Callback, status: int) -> None:
    told = letter.event
    assert isinstance(told, ProcessorReported)
    tx.record("controller.told", told.case, number=told.number, status=status)


CALLING = Effect(prepare=_prepare, work=_call, finish=_finish)

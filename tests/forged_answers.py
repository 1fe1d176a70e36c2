"""Answers and tidings that fulfilment must not believe: each wrong in one thing, with the reason of its refusal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from forged_orders import Mill

from habeas.clock import uuid7
from habeas.envelope import Posted
from habeas.events import OrderAnswered, OrderGiven, OrderProgressed

DAY = timedelta(days=1)


@dataclass
class Aim:
    """One order of the shop's, another system's in the same case, and the shop's in another case."""

    mill: Mill
    order: OrderGiven
    beside: OrderGiven
    elsewhere: OrderGiven
    own_part: Mapping[str, Any]
    """A part that was uploaded for `order`, as the door told it."""
    other_part: Mapping[str, Any]
    """A part that was uploaded for another order."""
    sequences: dict[tuple[str, str], int] = field(default_factory=dict)

    def answer(self, *, source: str = "connect-shop", how: Mapping[str, Any] | None = None, **changes: Any) -> Posted:
        """Write an answer to the order, as a system's runner would."""
        facts = {
            "case": self.order.case,
            "order": self.order.order,
            "system": "shop",
            "operation": self.order.operation,
            "outcome": "nothing",
            "counts": {},
            "content": "",
            "parts": [],
            "reason": "",
            "final": True,
            "passport": {},
        }
        return self._letter(OrderAnswered(**{**facts, **changes}), source, how or {})

    def progress(self, *, source: str = "connect-shop", how: Mapping[str, Any] | None = None, **changes: Any) -> Posted:
        """Write how far the order has come, as a system's runner would."""
        facts = {
            "case": self.order.case,
            "order": self.order.order,
            "system": "shop",
            "operation": self.order.operation,
            "counts": {"orders": 7},
            "waiting": "",
            "until": "",
        }
        return self._letter(OrderProgressed(**{**facts, **changes}), source, how or {})

    def _letter(self, event: Any, source: str, how: Mapping[str, Any]) -> Posted:
        sequence = self.sequences.get((source, event.case), 0) + 1
        return self.mill.letter(event, None, source=source, to="fulfilment", sequence=sequence, **how)


Attack = Callable[[Aim], Posted]


def _beside(aim: Aim) -> dict[str, Any]:
    return {"system": "newsletter", "source": "connect-newsletter"}


def _part(change: Mapping[str, Any]) -> Attack:
    return lambda aim: aim.answer(outcome="found", parts=[{"part": "records", **aim.own_part, **change}])


FORGED_ANSWERS: dict[str, tuple[str, Attack]] = {
    # Letters that are not believed when they arrive.
    "a thief who poses": ("does not fit", lambda aim: aim.answer(how={"signer": aim.mill.posing("connect-shop")})),
    "an unknown key": ("no such key", lambda aim: aim.answer(how={"signer": aim.mill.unknown("connect-shop")})),
    "in another system's name": ("system is another's", lambda aim: aim.answer(source="connect-newsletter")),
    "progress in another's name": ("system is another's", lambda aim: aim.progress(source="connect-newsletter")),
    "a service's word": ("does not say this", lambda aim: aim.answer(source="intake")),
    "fulfilment's own word": ("does not say this", lambda aim: aim.answer(source="fulfilment")),
    "other counts": ("does not fit", lambda aim: aim.mill.told(aim.answer(), counts={"orders": 1})),
    "other content": ("does not fit", lambda aim: aim.mill.told(aim.answer(), content="eA==")),
    "another outcome": ("does not fit", lambda aim: aim.mill.told(aim.answer(), outcome="found")),
    "expired": ("^expired", lambda aim: aim.answer(how={"now": aim.mill.clock.now() - 36 * DAY})),
    "from the future": ("^from the future", lambda aim: aim.answer(how={"now": aim.mill.clock.now() + DAY})),
    "progress from the future": ("^from the fut", lambda aim: aim.progress(how={"now": aim.mill.clock.now() + DAY})),
    # Answers that are not taken.
    "another system answers": ("given to another system", lambda aim: aim.answer(**_beside(aim))),
    "an answer to the order beside": ("given to another system", lambda aim: aim.answer(order=aim.beside.order)),
    "another case's order": ("never given in this case", lambda aim: aim.answer(order=aim.elsewhere.order)),
    "an order that never was": ("never given in this case", lambda aim: aim.answer(order=uuid7())),
    "another operation": ("another operation", lambda aim: aim.answer(operation="erase")),
    "no outcome": ("outcome is no outcome", lambda aim: aim.answer(outcome="splendid")),
    "counts below nothing": ("counts are no counts", lambda aim: aim.answer(outcome="found", counts={"orders": -1})),
    "content that is none": ("not base64", lambda aim: aim.answer(outcome="found", content="eA")),
    "a part that was not uploaded": ("was not uploaded", _part({"key": "orders/x"})),
    "a part of another size": ("was not uploaded", _part({"size": 1})),
    "a part of another content": ("was not uploaded", _part({"sha256": "0" * 64})),
    "a part of another order": (
        "was not uploaded",
        lambda aim: aim.answer(outcome="found", parts=[{"part": "records", **aim.other_part}]),
    ),
    "a part twice": (
        "no names of their own",
        lambda aim: aim.answer(outcome="found", parts=[{"part": "records", **aim.own_part}] * 2),
    ),
    # Tidings that are not taken.
    "progress of another's order": ("given to its system", lambda aim: aim.progress(**_beside(aim))),
    "progress of the order beside": ("given to its system", lambda aim: aim.progress(order=aim.beside.order)),
    "progress of another case's order": ("given to its system", lambda aim: aim.progress(order=aim.elsewhere.order)),
    "progress below nothing": ("counts that are no counts", lambda aim: aim.progress(counts={"orders": -1})),
}
"""By what is wrong: the reason for which it has to be refused (a pattern), and the letter."""

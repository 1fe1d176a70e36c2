"""The chapters of a reply: what the law wants said of each right, and of every reply whatever the right."""

from collections.abc import Callable, Iterator, Mapping

from habeas.vocabulary import Right
from habeas_fulfilment.replies.chapters.access import tell_access
from habeas_fulfilment.replies.chapters.automation import tell_review
from habeas_fulfilment.replies.chapters.erasure import tell_erasure
from habeas_fulfilment.replies.chapters.objection import tell_objection, tell_withdrawal
from habeas_fulfilment.replies.chapters.portability import tell_portability
from habeas_fulfilment.replies.chapters.rectification import tell_rectification
from habeas_fulfilment.replies.chapters.restriction import tell_restriction
from habeas_fulfilment.replies.pen import Pen
from habeas_fulfilment.replies.types import Part

CHAPTERS: Mapping[Right, Callable[[Pen], Iterator[Part]]] = {
    Right.ACCESS: tell_access,
    Right.RECTIFICATION: tell_rectification,
    Right.ERASURE: tell_erasure,
    Right.RESTRICTION: tell_restriction,
    Right.PORTABILITY: tell_portability,
    Right.OBJECTION: tell_objection,
    Right.AUTOMATED_DECISION: tell_review,
    Right.CONSENT_WITHDRAWAL: tell_withdrawal,
}

"""Mandates: somebody says that they act for a person, and the person says on the stored channel whether that is so.

The letter that asks names nobody and holds nothing that a stranger could have written. Who acts stands on the page,
after the code. Without a yes the case is proved by nothing; after a no it never is (abuse case 20).
"""

from dataclasses import dataclass
from typing import Any

from habeas.crypto.canonical import read_object
from habeas.events import IdentityUnmatched, MandateAnswered
from habeas.work.transaction import Transaction
from habeas_identity.challenges import Purpose
from habeas_identity.contents import close_mandate, open_mandate
from habeas_identity.freezing import drop_shown
from habeas_identity.given import accept, list_fresh, standing
from habeas_identity.models import Claim, Mandate
from habeas_identity.proofs.mandate import MANDATE

REFUSED = "the person says that nobody acts for them in this"


@dataclass(frozen=True)
class Question:
    """What the person is asked: who acts, and for what; `enough` says whether they have shown enough to say yes."""

    agent: str
    reference: str
    document: bool
    """Whether they say to hold a signed document, or only say that they may."""
    rights: tuple[str, ...]
    enough: bool
    given: bool | None


def keep_mandate(tx: Transaction, case: str, acting: Any) -> None:
    """Keep who says to act in a case that was just opened, until its person says whether they do."""
    told = read_object(acting, {"agent": str, "reference": str, "mandate": str}, "who acts in a case")
    tx.session.add(Mandate(case=case, content=close_mandate(tx, case, told), given=None, answered_at=None))
    tx.session.flush()


def find_question(tx: Transaction, case: str, browser: str) -> Question | None:
    """Return what the person of a case is asked, in the browser in which they have just shown a stored channel."""
    if not list_fresh(tx, case, Purpose.PROVE, browser):
        return None
    mandate = tx.session.get(Mandate, case)
    if mandate is None:
        return None
    claim = tx.session.get_one(Claim, case)
    told = open_mandate(tx, mandate)
    return Question(
        agent=told["agent"],
        reference=told["reference"],
        document=told["mandate"] == "document",
        rights=tuple(claim.rights),
        enough=standing(tx, claim, Purpose.PROVE, browser).enough,
        given=mandate.given,
    )


def answer_mandate(tx: Transaction, case: str, browser: str, *, given: bool) -> bool:
    """Take the person's yes or no; False where they have not shown enough for it, or have answered before.

    A no takes one stored channel, a yes all that the case needs.
    """
    if not list_fresh(tx, case, Purpose.PROVE, browser):
        return False  # before anything of the case is read, so that the time tells nothing of it
    claim = tx.session.get(Claim, case, with_for_update=True, populate_existing=True)
    asked = find_question(tx, case, browser)
    if claim is None or asked is None or asked.given is not None or (given and not asked.enough):
        return False
    mandate = tx.session.get_one(Mandate, case)
    mandate.given, mandate.answered_at = given, tx.now
    tx.session.flush()
    tx.record("mandate.given" if given else "mandate.refused", case)
    tx.say(MandateAnswered(case=case, given=given))
    if given:
        accept(tx, claim, Purpose.PROVE, browser, MANDATE, {})
    else:
        claim.state = "held"
        drop_shown(tx, case)
        tx.say(IdentityUnmatched(case=case, reason=REFUSED))
    return True

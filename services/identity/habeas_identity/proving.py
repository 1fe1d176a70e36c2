"""The verbs of proving who asks: a code is asked for, sent, taken; and what the fresh proofs then let happen."""

from habeas.events import CodeAsked
from habeas.work.quotas import spend, spend_all
from habeas.work.transaction import Transaction
from habeas_identity.challenges import Purpose, issue_challenge, try_code
from habeas_identity.contents import blind, open_channel
from habeas_identity.given import Standing, accept, list_fresh, proof_named, standing, use_up
from habeas_identity.models import Claim, Visit
from habeas_identity.quotas import ASKED_BY_BROWSER, ASKED_FOR_CASE, ASKED_FROM_NETWORK, TRIED_IN_CASE


def ask_for_code(
    tx: Transaction, case: str, purpose: Purpose, browser: str, method: str = "", network: str = ""
) -> None:
    """Note that somebody wants a code, whatever case they name; beyond the quotas, silently not.

    `network` is where they are, as `habeas.web.addresses` tells it.
    """
    wanted = [(ASKED_BY_BROWSER, browser), (ASKED_FOR_CASE, case)]
    if network:
        wanted.append((ASKED_FROM_NETWORK, blind(tx, "network", network)))
    if spend_all(tx.session, wanted, tx.now) is None:
        tx.say(CodeAsked(case=case, purpose=purpose.value, method=method, browser=browser))


def send_code(tx: Transaction, asked: CodeAsked) -> None:
    """Send the code that was asked for, bound to the browser that asked; of an unknown case nothing comes."""
    claim = tx.session.get(Claim, asked.case, with_for_update=True)
    if claim is not None:
        issue_challenge(tx, claim, Purpose(asked.purpose), asked.browser, asked.method)


def take_code(tx: Transaction, case: str, purpose: Purpose, browser: str, code: str) -> Standing | None:
    """Take a code as a proof of who asks; None if it does not fit. Where one more is needed, its code goes out.

    Each try is counted, also in a case that nobody opened: so the same is written, and takes as long, in every case.
    """
    if not spend(tx.session, TRIED_IN_CASE, case, tx.now):
        return None
    channel = try_code(tx, case, purpose, browser, code)
    if channel is None:
        return None
    claim = tx.session.get_one(Claim, case, with_for_update=True, populate_existing=True)
    proof = proof_named(channel.method)
    now = accept(tx, claim, purpose, browser, proof, open_channel(tx, channel).proves)
    if not now.enough and now.left and not (purpose is Purpose.PROVE and claim.state == "proved"):
        issue_challenge(tx, claim, purpose, browser, now.left[0])
    return now


def release(tx: Transaction, case: str, browser: str) -> bool:
    """Use the fresh proofs up to hand the answer out; say whether they reach what the case needs."""
    claim = tx.session.get(Claim, case, with_for_update=True, populate_existing=True)
    if claim is None or claim.state != "proved" or not standing(tx, claim, Purpose.RELEASE, browser).enough:
        return False
    use_up(tx, case, Purpose.RELEASE, browser)
    tx.record("release.proved", case)
    return True


def find_standing(tx: Transaction, case: str, purpose: Purpose, browser: str) -> Standing | None:
    """Tell how far this browser has come, if it gave any proof lately; None says so little for everybody else."""
    if not list_fresh(tx, case, purpose, browser):
        return None
    claim = tx.session.get_one(Claim, case)
    return standing(tx, claim, purpose, browser)


def is_proved(tx: Transaction, case: str) -> bool:
    """Say whether the case was proved, in whatever browser."""
    claim = tx.session.get(Claim, case)
    return claim is not None and claim.state == "proved"


def is_visiting(tx: Transaction, case: str, browser: str) -> bool:
    """Say whether this browser has shown a channel of this case a short while ago."""
    visit = tx.session.get(Visit, (case, browser))
    return visit is not None and visit.until > tx.now

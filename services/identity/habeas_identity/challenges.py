"""Challenges: a code to the stored address, or a decoy for whoever has none, so that both are answered alike.

The decoy is no politeness: trying a code costs the same statements on the same tables in both cases, and nothing that
a page says or takes in time tells a customer from a stranger.
"""

import os
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import case as choose
from sqlalchemy import select, update

from habeas.clock import uuid7
from habeas.events import ChallengeIssued, MandateAsked, PersonInvited
from habeas.work.quotas import spend
from habeas.work.transaction import Transaction
from habeas_identity.codes import make_code, mark_code, show_code
from habeas_identity.contents import open_channel
from habeas_identity.freezing import WITHDRAWN, find_freeze, make_stop
from habeas_identity.lives import FRESH
from habeas_identity.models import Challenge, Channel, Claim, GivenProof
from habeas_identity.profiles import policy_of
from habeas_identity.quotas import CONTESTING_MAILS, PROVING_MAILS, RELEASING_MAILS, codes_of_case


class Purpose(StrEnum):
    """What a code is for; one for the one never serves the other."""

    PROVE = "prove"
    """Show who asks."""
    RELEASE = "release"
    """Hand the answer out, by a proof of its own."""
    CONTACT = "contact"
    """Change where letters about the case go."""
    CONTEST = "contest"
    """Say that it was oneself after all, in a case that stands still."""


_MAILS = {
    Purpose.PROVE: PROVING_MAILS,
    Purpose.RELEASE: RELEASING_MAILS,
    Purpose.CONTACT: RELEASING_MAILS,
    Purpose.CONTEST: CONTESTING_MAILS,
}


def issue_challenge(tx: Transaction, claim: Claim, purpose: Purpose, browser: str, method: str = "") -> bool:
    """Send a code to a stored address, if there is one that may get it; else keep a decoy. Say whether a code went.

    `method` names the proof it is for; without one it is the first that the claim has. Over the quota of the case
    nothing happens at all, over that of the address a decoy takes the code's place: the page says the same in every
    case.
    """
    policy = policy_of(tx, claim)
    counted = f"{claim.case} {purpose.value} {method}".rstrip()
    if not spend(tx.session, codes_of_case(policy.codes_per_hour), counted, tx.now):
        return False
    channel = _channel_for(tx, claim, purpose, browser, method)
    if channel is None or not spend(tx.session, _MAILS[purpose], channel.recipient, tx.now):
        keep_decoy(tx, claim, purpose, browser)
        return False
    code = make_code()
    challenge = _new_challenge(tx, claim, purpose, browser)
    challenge.channel = channel.id
    challenge.mark = _mark(tx, challenge, code)
    tx.session.add(challenge)
    tx.record("challenge.issued", claim.case, purpose=purpose.value, method=channel.method)
    tx.say(
        ChallengeIssued(
            case=claim.case,
            purpose=purpose.value,
            method=channel.method,
            language=claim.language,
            minutes=policy.code_minutes,
        ),
        sealed={
            "notifier": {
                "address": open_channel(tx, channel).address,
                "code": show_code(code),
                "stop": make_stop(tx, claim.case),
            }
        },
    )
    return True


def invite(tx: Transaction, claim: Claim) -> bool:
    """Tell the owner of the stored address where to show who asks; say whether that letter went.

    Somebody else opened the case, so no browser of theirs waits for a code: they ask for one there. Where that somebody
    says to act for them, the letter asks whether it is so.
    """
    channel = _channel_for(tx, claim, Purpose.PROVE, claim.browser, "mailbox")
    if channel is None or not spend(tx.session, PROVING_MAILS, channel.recipient, tx.now):
        return False
    tx.record("person.invited", claim.case, method=channel.method)
    address = open_channel(tx, channel).address
    sealed = {"notifier": {"address": address, "stop": make_stop(tx, claim.case)}}
    if claim.capacity == "authorised":
        tx.say(MandateAsked(case=claim.case, language=claim.language), sealed=sealed)
    else:
        tx.say(PersonInvited(case=claim.case, language=claim.language), sealed=sealed)
    return True


def keep_decoy(tx: Transaction, claim: Claim, purpose: Purpose, browser: str) -> None:
    """Keep a challenge that nobody can meet."""
    tx.session.add(_new_challenge(tx, claim, purpose, browser))


def try_code(tx: Transaction, case: str, purpose: Purpose, browser: str, code: str) -> Channel | None:
    """Try a code once against the newest challenge of this case, purpose and browser; return the channel it proves.

    One statement counts the try and uses the challenge up, so that of any number at once a single one succeeds.
    """
    newest = tx.session.scalars(
        select(Challenge)
        .where(Challenge.case == case, Challenge.purpose == purpose.value, Challenge.browser == browser)
        .order_by(Challenge.issued_at.desc(), Challenge.id.desc())
        .limit(1)
    ).first()
    # Where there is none, the same statement looks for one that cannot be: nobody learns by the time which cases are.
    newest = newest or Challenge(id=uuid7(), case=case, purpose=purpose.value, browser=browser)
    fits = Challenge.mark == _mark(tx, newest, code)
    used = tx.session.execute(
        update(Challenge)
        .where(
            Challenge.id == newest.id,
            Challenge.consumed_at.is_(None),
            Challenge.tries < Challenge.most_tries,
            Challenge.expires_at > tx.now,
        )
        .values(tries=Challenge.tries + 1, consumed_at=choose((fits, tx.now), else_=None))
        .returning(Challenge.consumed_at)
        .execution_options(synchronize_session=False)
    ).scalar()
    if used is None or newest.channel is None:
        return None
    return tx.session.get_one(Channel, newest.channel)


def _channel_for(tx: Transaction, claim: Claim, purpose: Purpose, browser: str, method: str) -> Channel | None:
    """Return the stored address that a code may go to: an answer is handed out only after a proof.

    A second channel is asked for only where the first was shown: else anybody could have a stranger's phone ring. In a
    case that stands still nothing can be shown but that it was its person after all.
    """
    frozen = find_freeze(tx, claim.case)
    if (frozen is not None) is not (purpose is Purpose.CONTEST) or (frozen and frozen.by == WITHDRAWN):
        return None
    if purpose in (Purpose.RELEASE, Purpose.CONTACT) and claim.state != "proved":
        return None
    channels = {
        each.method: each
        for each in tx.session.scalars(select(Channel).where(Channel.case == claim.case).order_by(Channel.id))
    }
    first = "mailbox" if "mailbox" in channels else next(iter(channels), "")
    if method not in ("", first) and not _has_given(tx, claim.case, purpose, browser, first):
        return None
    return channels.get(method or first)


def _has_given(tx: Transaction, case: str, purpose: Purpose, browser: str, method: str) -> bool:
    chosen = select(GivenProof.id).where(
        GivenProof.case == case,
        GivenProof.purpose == purpose.value,
        GivenProof.browser == browser,
        GivenProof.method == method,
        GivenProof.used_at.is_(None),
        GivenProof.given_at > tx.now - FRESH,
    )
    return tx.session.scalars(chosen).first() is not None


def _new_challenge(tx: Transaction, claim: Claim, purpose: Purpose, browser: str) -> Challenge:
    policy = policy_of(tx, claim)
    return Challenge(
        id=uuid7(),
        case=claim.case,
        purpose=purpose.value,
        browser=browser,
        channel=None,
        mark=os.urandom(32),
        issued_at=tx.now,
        expires_at=tx.now + timedelta(minutes=policy.code_minutes),
        tries=0,
        most_tries=policy.tries,
        consumed_at=None,
    )


def _mark(tx: Transaction, challenge: Challenge, code: str) -> bytes:
    return mark_code(
        tx.context.keys.secret("identity", "pepper"),
        code,
        challenge=challenge.id,
        case=challenge.case,
        purpose=challenge.purpose,
        channel=challenge.channel or "",
        browser=challenge.browser,
    )

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
from habeas.events import ChallengeIssued, PersonInvited
from habeas.work.transaction import Transaction
from habeas_identity.codes import make_code, mark_code, show_code
from habeas_identity.contents import open_channel
from habeas_identity.models import Challenge, Channel, Claim
from habeas_identity.profiles import policy_of
from habeas_identity.quotas import PROVING_MAILS, RELEASING_MAILS, codes_of_case, spend


class Purpose(StrEnum):
    """What a code is for; one for the one never serves the other."""

    PROVE = "prove"
    """Show who asks."""
    RELEASE = "release"
    """Hand the answer out, by a proof of its own."""


_MAILS = {Purpose.PROVE: PROVING_MAILS, Purpose.RELEASE: RELEASING_MAILS}


def issue_challenge(tx: Transaction, claim: Claim, purpose: Purpose, browser: str) -> bool:
    """Send a code to the stored address, if there is one that may get it; else keep a decoy. Say whether a code went.

    Over the quota of the case nothing happens at all, over that of the address a decoy takes the code's place: the page
    says the same in every case.
    """
    policy = policy_of(tx, claim)
    if not spend(tx.session, codes_of_case(policy.codes_per_hour), claim.case, tx.now):
        return False
    channel = _channel_for(tx, claim, purpose)
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
        ChallengeIssued(case=claim.case, purpose=purpose.value, language=claim.language, minutes=policy.code_minutes),
        sealed={"notifier": {"address": open_channel(tx, channel).address, "code": show_code(code)}},
    )
    return True


def invite(tx: Transaction, claim: Claim) -> bool:
    """Tell the owner of the stored address where to show who asks; say whether that letter went.

    Somebody else opened the case, so no browser of theirs waits for a code: they ask for one there.
    """
    channel = _channel_for(tx, claim, Purpose.PROVE)
    if channel is None or not spend(tx.session, PROVING_MAILS, channel.recipient, tx.now):
        return False
    tx.record("person.invited", claim.case, method=channel.method)
    address = open_channel(tx, channel).address
    tx.say(PersonInvited(case=claim.case, language=claim.language), sealed={"notifier": {"address": address}})
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
    if newest is None:
        return None
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


def _channel_for(tx: Transaction, claim: Claim, purpose: Purpose) -> Channel | None:
    """Return the address that a code for this purpose may go to: an answer is handed out only after a proof."""
    if purpose is Purpose.RELEASE and claim.state != "proved":
        return None
    return tx.session.scalars(select(Channel).where(Channel.case == claim.case)).one_or_none()


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

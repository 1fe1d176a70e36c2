"""Codes in use: once, for what they were sent for, in the browser that asked, for ten minutes, five tries."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import product

import pytest
from tests.identity.conftest import BROWSER, STORED, Desk

from habeas.crypto.signing import Signed
from habeas.events import ChallengeIssued, CodeAsked, IdentityProved, IdentityUnmatched, PersonInvited
from habeas.profile import IdentityPolicy
from habeas.testing.house import deliver, run
from habeas.warrants import check_proof, strip_salt
from habeas_identity.challenges import Purpose, try_code
from habeas_identity.codes import LENGTH, LETTERS, read_code
from habeas_identity.proving import release, take_code
from habeas_identity.quotas import PROVING_MAILS
from habeas_identity.timers import forget

OTHER = "c" * 64


def code_of(desk: Desk, case: str) -> str:
    """The newest code of a case, as it is read from a form."""
    code = read_code(desk.codes(case)[-1])
    assert code is not None
    return code


def give(desk: Desk, case: str, code: str, browser: str = BROWSER) -> bool:
    with desk.context.transaction() as tx:
        return take_code(tx, case, Purpose.PROVE, browser, code) is not None


def give_release(desk: Desk, case: str, code: str, browser: str = BROWSER) -> bool:
    with desk.context.transaction() as tx:
        return take_code(tx, case, Purpose.RELEASE, browser, code) is not None and release(tx, case, browser)


def ask(desk: Desk, case: str, purpose: str = "prove", browser: str = BROWSER, method: str = "") -> None:
    """Let identity hear that a code was asked for."""
    deliver(desk.context, CodeAsked(case=case, purpose=purpose, method=method, browser=browser), source="identity")
    run(desk.context)


def wrong(code: str) -> str:
    return code[:-1] + LETTERS[(LETTERS.index(code[-1]) + 1) % len(LETTERS)]


def test_the_code_proves_who_asks(desk: Desk) -> None:
    case = desk.found(email=STORED, customer_number="1017")
    assert give(desk, case, code_of(desk, case))
    proved = {each.recipient: each for each in desk.said(IdentityProved, case)}
    assert proved.keys() == {"intake", "fulfilment", "notifier"}
    event = proved["intake"].event
    assert isinstance(event, IdentityProved)
    assert (event.assurance, event.method) == ("A1", "mailbox")
    identifiers = proved["fulfilment"].sealed["identifiers"]
    assert strip_salt(identifiers) == {"email": [STORED], "customer_number": ["1017"]}
    assert proved["notifier"].sealed["address"] == STORED
    assert proved["intake"].sealed == {}
    signed, directory = Signed.from_object(event.proof), desk.context.keys.directory()
    check_proof(signed, directory, case=case, identifiers=identifiers, now=desk.clock.now())


def test_a_proof_is_told_once_however_many_browsers_give_it(desk: Desk) -> None:
    case = desk.found()
    assert give(desk, case, code_of(desk, case))
    ask(desk, case, browser=OTHER)
    assert give(desk, case, code_of(desk, case), OTHER)
    assert len(desk.said(IdentityProved, case)) == 3


def test_a_code_is_good_once(desk: Desk) -> None:
    case = desk.found()
    code = code_of(desk, case)
    assert [give(desk, case, code) for _ in range(3)] == [True, False, False]


def test_of_fifty_at_once_one_succeeds(desk: Desk) -> None:
    case = desk.found()
    code = code_of(desk, case)
    with ThreadPoolExecutor(50) as pool:
        outcomes = list(pool.map(lambda _: give(desk, case, code), range(50)))
    assert outcomes.count(True) == 1
    assert len(desk.said(IdentityProved, case)) == 3


def test_fifty_guesses_at_once_are_counted_one_by_one(desk: Desk) -> None:
    case = desk.found()
    code = wrong(code_of(desk, case))
    with ThreadPoolExecutor(50) as pool:
        assert not any(pool.map(lambda _: give(desk, case, code), range(50)))
    assert desk.rows("SELECT max(tries) FROM challenge")[0][0] == 5


@pytest.mark.parametrize("tries", range(7))
def test_five_tries_are_all_there_are(page_desk: Desk, tries: int) -> None:
    """Case 6."""
    case = page_desk.found()
    code = code_of(page_desk, case)
    for _ in range(tries):
        assert not give(page_desk, case, wrong(code))
    assert give(page_desk, case, code) == (tries < 5)


@pytest.mark.parametrize(("seconds", "fits"), [(9 * 60 + 59, True), (600, False), (601, False)])
def test_a_code_lives_ten_minutes(desk: Desk, seconds: int, fits: bool) -> None:
    case = desk.found()
    desk.clock.advance(timedelta(seconds=seconds))
    assert give(desk, case, code_of(desk, case)) == fits


def test_a_code_fits_its_own_case_browser_and_purpose_and_no_other(page_desk: Desk) -> None:
    desk = page_desk
    places = {}
    for number, browser in product(range(2), (BROWSER, OTHER)):
        email = f"person{number}{browser[0]}@example.com"
        case = desk.open(email=email, browser=browser)
        desk.answer(case, {"email": email})
        places[case, browser, Purpose.PROVE] = code_of(desk, case)
        give(desk, case, code_of(desk, case), browser)
        ask(desk, case, browser=browser)
        places[case, browser, Purpose.PROVE] = code_of(desk, case)
        ask(desk, case, "release", browser)
        places[case, browser, Purpose.RELEASE] = code_of(desk, case)
    cases = {case for case, _, _ in places}
    tried = 0
    for own, code in places.items():
        for other in product(cases, (BROWSER, OTHER), Purpose):
            if other != own:
                case, browser, purpose = other
                desk.change("UPDATE challenge SET tries = 0")
                with desk.context.transaction() as tx:
                    assert try_code(tx, case, purpose, browser, code) is None, (own, other)
                tried += 1
    assert tried == len(places) * (len(cases) * 2 * len(Purpose) - 1)
    for (case, browser, purpose), code in places.items():
        with desk.context.transaction() as tx:
            assert try_code(tx, case, purpose, browser, code) is not None


def test_only_the_newest_code_counts(desk: Desk) -> None:
    case = desk.found()
    first = code_of(desk, case)
    ask(desk, case)
    second = code_of(desk, case)
    assert not give(desk, case, first)
    assert give(desk, case, second)


def test_whose_case_somebody_else_opened_is_invited_and_asks_for_a_code_in_a_browser_of_their_own(desk: Desk) -> None:
    case = desk.found(browser="")
    assert desk.codes(case) == []
    [invited] = desk.said(PersonInvited, case)
    assert invited.sealed["address"] == STORED
    ask(desk, case)
    assert give(desk, case, code_of(desk, case))


def test_an_address_is_invited_no_more_often_than_it_gets_codes(desk: Desk) -> None:
    cases = [desk.found(browser="") for _ in range(4)]
    assert [len(desk.said(PersonInvited, case)) for case in cases] == [1, 1, 1, 0]
    assert len(desk.said(IdentityUnmatched)) == 1


def test_a_case_gets_three_codes_an_hour(desk: Desk) -> None:
    case = desk.found(email="ann@example.org")
    assert desk.codes(case) == []  # another's record was answered
    desk.answer(case, {"email": "ann@example.org"}, system="newsletter")
    for _ in range(5):
        ask(desk, case)
    assert len(desk.codes(case)) == 3


def test_asking_beyond_the_cap_of_a_case_leaves_its_newest_code_good(desk: Desk) -> None:
    """Case 6: over that cap nothing happens at all, so that nobody spoils a code by asking for others."""
    case = desk.found()
    for _ in range(3):
        ask(desk, case)
    assert len(desk.codes(case)) == 3
    assert give(desk, case, code_of(desk, case))


def test_an_address_gets_three_codes_a_day_from_strangers_over_all_cases(desk: Desk) -> None:
    """Case 11."""
    cases = [desk.found() for _ in range(4)]
    assert [len(desk.codes(case)) for case in cases] == [1, 1, 1, 0]
    held = "held: the address has had its codes for today"
    assert [each.event.reason for each in desk.said(IdentityUnmatched)] == [held]  # type: ignore[attr-defined]
    desk.clock.advance(timedelta(days=1))
    assert len(desk.codes(desk.found())) == 1


def test_beyond_the_cap_the_old_code_is_replaced_by_one_that_nobody_has(desk: Desk) -> None:
    for _ in range(2):
        desk.found()
    case = desk.found()
    code = code_of(desk, case)
    ask(desk, case)
    assert len(desk.codes(case)) == 1
    assert not give(desk, case, code)


def test_codes_that_release_are_capped_apart_from_those_that_prove(desk: Desk) -> None:
    cases = [desk.found() for _ in range(3)]
    for case in cases:
        assert give(desk, case, code_of(desk, case))
        ask(desk, case, "release")
        assert give_release(desk, case, code_of(desk, case))
    ask(desk, cases[0], "release")
    assert [each.event.purpose for each in desk.said(ChallengeIssued, cases[0])] == ["prove", "release"]  # type: ignore[attr-defined]


def test_an_answer_is_released_only_after_a_proof(desk: Desk) -> None:
    case = desk.found()
    ask(desk, case, "release")
    assert len(desk.codes(case)) == 1
    assert give(desk, case, code_of(desk, case))
    ask(desk, case, "release")
    assert not give(desk, case, code_of(desk, case))
    assert give_release(desk, case, code_of(desk, case))


def test_a_code_for_a_case_that_nobody_opened_goes_nowhere(desk: Desk) -> None:
    ask(desk, "0b5fd0ab-11a3-4a70-8d4e-9d5a0a1d2f3e")
    assert desk.said(ChallengeIssued) == []
    assert not give(desk, "0b5fd0ab-11a3-4a70-8d4e-9d5a0a1d2f3e", "ABCDEFGH")


def test_a_stranger_has_a_challenge_that_no_code_meets(desk: Desk) -> None:
    case = desk.open(email="stranger@example.org")
    desk.answer(case)
    desk.answer(case, system="newsletter")
    for _ in range(2):
        ask(desk, case)
    assert desk.codes(case) == []
    assert desk.rows("SELECT count(*) FROM challenge WHERE channel IS NULL")[0][0] == 3
    for letter in LETTERS[:5]:
        assert not give(desk, case, letter * 8)


def test_a_proved_claim_is_kept_until_its_answer_can_be_fetched(desk: Desk) -> None:
    case = desk.found()
    assert give(desk, case, code_of(desk, case))
    desk.clock.advance(timedelta(days=119))
    forget(desk.context)
    desk.context.keys.rotate(desk.clock.now())
    desk.change("DELETE FROM outbox")  # what was sealed so long ago cannot be opened any more
    ask(desk, case, "release")
    assert give_release(desk, case, code_of(desk, case))
    desk.clock.advance(timedelta(days=1))
    forget(desk.context)
    assert desk.rows("SELECT * FROM claim") == desk.rows("SELECT * FROM data_key") == []


def test_steps_stand_in_the_ledger_without_a_person_in_them(desk: Desk) -> None:
    case = desk.found()
    give(desk, case, code_of(desk, case))
    leaves = desk.rows("SELECT kind, body FROM ledger_leaf WHERE case_id = :case ORDER BY id", case=case)
    assert [kind for kind, _ in leaves] == ["challenge.issued", "proof.given", "identity.proved"]
    assert "canary" not in repr(leaves)


def test_guessing_in_ten_thousand_cases_a_day_is_hopeless() -> None:
    tries_a_day = 10_000 * PROVING_MAILS.most * IdentityPolicy().tries
    assert PROVING_MAILS.window == timedelta(days=1)
    assert tries_a_day / len(LETTERS) ** LENGTH <= 1e-6

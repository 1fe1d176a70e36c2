"""Cases 5 and 6: a code is used by the person who has it, once, for what it was sent for, and by nobody's machine.

Every class of misuse is tried with many codes; what must not happen is counted, and is 0.
"""

import html
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from tests.identity.conftest import BROWSER, Desk
from tests.identity.test_challenges import OTHER, ask, code_of, wrong
from tests.identity.test_pages import COOKIE

from habeas.clock import random_id
from habeas.events import IdentityProved
from habeas.profile import IdentityPolicy
from habeas_identity.challenges import Purpose, try_code
from habeas_identity.codes import LENGTH, LETTERS
from habeas_identity.proving import take_code
from habeas_identity.quotas import CONTESTING_MAILS, PROVING_MAILS, RELEASING_MAILS, TRIED_IN_CASE

MINUTES = IdentityPolicy().code_minutes
_numbers = count()


@dataclass(frozen=True)
class Sent:
    """A code on its way: the case it is of, and what it says."""

    case: str
    code: str


def send(desk: Desk, browser: str = BROWSER) -> Sent:
    """Have a code sent to somebody whom no other code went to."""
    email = f"person{next(_numbers)}@example.com"
    case = desk.open(email=email, browser=browser)
    desk.answer(case, {"email": email})
    return Sent(case, code_of(desk, case))


def use(desk: Desk, case: str, code: str, *, purpose: Purpose = Purpose.PROVE, browser: str = BROWSER) -> bool:
    with desk.context.transaction() as tx:
        return take_code(tx, case, purpose, browser, code) is not None


# Machines that read mails

SCANNERS = [
    {},
    {"User-Agent": "Mozilla/5.0 (compatible; LinkScanner/2.1)", "Sec-Purpose": "prefetch;prerender"},
    {"Purpose": "prefetch", "X-Moz": "prefetch", "Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "cross-site", "Referer": "https://mail.example.com/", "Origin": "https://mail.example.com"},
    {"User-Agent": "curl/8", "Accept": "*/*", "X-Forwarded-For": "203.0.113.9"},
]
MESSAGES = Path(__file__).parents[2] / "services/notifier/habeas_notifier/messages"
_LINK = re.compile(r"\{\{ portal \}\}(/prove/)\{\{ case \}\}([a-z/-]*)")
#: The pages of identity that letters lead to, as the letters name them, and that to which the case's page leads.
LINKS = sorted(
    {
        f"{start}{{case}}{end}"
        for path in MESSAGES.rglob("body.*")
        for start, end in _LINK.findall(path.read_text("utf-8"))
    }
    | {"/prove/{case}", "/prove/{case}/release"}
)
_TABLES = {
    True: "SELECT name FROM sqlite_master WHERE type = 'table'",
    False: "SELECT table_name FROM information_schema.tables WHERE table_schema = 'identity'",
}


def everything(desk: Desk) -> dict[str, list[str]]:
    """All rows of all tables."""
    tables = [name for (name,) in desk.rows(_TABLES[desk.context.database.is_sqlite])]
    return {table: sorted(map(repr, desk.rows(f'SELECT * FROM "{table}"'))) for table in tables}


def test_a_scanner_that_follows_every_link_uses_nothing_up(page_desk: Desk, counts: Callable[[int, int], int]) -> None:
    """Case 5: a thousand prefetches, and not a row of any table is another."""
    sent = send(page_desk, BROWSER)
    before = everything(page_desk)
    scanner, fetched = page_desk.visitor(), 0
    for number in range(counts(200, 1000)):
        method = ("GET", "HEAD", "OPTIONS", "GET")[number % 4]
        link = LINKS[number % len(LINKS)].format(case=sent.case)
        query = ("", f"?code={sent.code}", "?sent=yes", f"?code={sent.code}&submit=1")[number // 4 % 4]
        answer = scanner.send(method, link + query, headers=SCANNERS[number // 16 % len(SCANNERS)])
        assert answer.status_code in (200, 303), (method, link, answer.status_code)
        fetched += 1
    print(f"\ntried {fetched}, used up 0")
    assert everything(page_desk) == before
    assert use(page_desk, sent.case, sent.code)


_FORM = re.compile(r'<form action="([^"]*)" method="post"[^>]*>(.*?)</form>', re.DOTALL)
_FIELD = re.compile(r'<(?:input|button)[^>]* name="([^"]+)"[^>]* value="([^"]*)"')


def buttons(page: str, here: str) -> Iterator[tuple[str, dict[str, str]]]:
    """What pressing each button of a page would send, with the fields as they stand."""
    for action, inside in _FORM.findall(page):
        fields = {name: html.unescape(value) for name, value in _FIELD.findall(inside)}
        yield html.unescape(action) or here, fields


def test_a_scanner_that_presses_every_button_proves_nothing(page_desk: Desk, counts: Callable[[int, int], int]) -> None:
    """Case 5: some do; without the code that is typed, or the browser that asked, nothing comes of it."""
    sent, pressed = send(page_desk, BROWSER), 0
    for _ in range(counts(10, 50)):
        scanner = page_desk.visitor()
        for link in LINKS:
            here = link.format(case=sent.case)
            for path, fields in list(buttons(scanner.get(here).text, here)):
                scanner.client.post(
                    path, data=fields, base_url=scanner.portal_url, headers={"Sec-Fetch-Site": "same-origin"}
                )
                pressed += 1
    page_desk.relay()
    print(f"\npressed {pressed}, proved 0")
    assert pressed >= 5 * counts(10, 50)
    assert page_desk.said(IdentityProved) == []
    assert page_desk.rows("SELECT count(*) FROM frozen_case") == [(0,)]
    assert page_desk.rows(
        f"SELECT tries, consumed_at FROM challenge WHERE browser = '{BROWSER}' AND channel IS NOT NULL"
    ) == [(0, None)]
    assert use(page_desk, sent.case, sent.code)


# Once, and in no other way


def test_of_many_at_once_each_code_is_used_by_one(desk: Desk, counts: Callable[[int, int], int]) -> None:
    """Fifty threads at each of two hundred codes; on both databases."""
    threads, codes = counts(16, 50), [send(desk) for _ in range(counts(12, 200))]
    won = 0
    with ThreadPoolExecutor(threads) as pool:
        for sent in codes:
            outcomes = list(pool.map(lambda _, sent=sent: use(desk, sent.case, sent.code), range(threads)))  # type: ignore[misc]
            won += outcomes.count(True)
    print(f"\ntried {threads * len(codes)}, taken {won}")
    assert won == len(codes)
    assert len(desk.said(IdentityProved)) == 3 * len(codes)


def _after(seconds: int) -> Callable[[Desk, Sent], bool]:
    def attempt(desk: Desk, sent: Sent) -> bool:
        desk.clock.advance(timedelta(seconds=seconds))
        return use(desk, sent.case, sent.code)

    return attempt


def _replayed(desk: Desk, sent: Sent) -> bool:
    assert use(desk, sent.case, sent.code)
    return use(desk, sent.case, sent.code)


def _in_another_case(desk: Desk, sent: Sent) -> bool:
    return use(desk, send(desk).case, sent.code)


def _in_no_case(desk: Desk, sent: Sent) -> bool:
    return use(desk, random_id(), sent.code)


def _for_another_purpose(desk: Desk, sent: Sent) -> bool:
    return any(use(desk, sent.case, sent.code, purpose=each) for each in Purpose if each is not Purpose.PROVE)


def _in_another_browser(desk: Desk, sent: Sent) -> bool:
    ask(desk, sent.case, browser=OTHER)
    return use(desk, sent.case, sent.code, browser=OTHER)


def _on_another_channel(desk: Desk, sent: Sent) -> bool:
    """The same letters as the code of another stored address: the mark is bound to the channel."""
    other = send(desk)
    [(channel,)] = desk.rows('SELECT id FROM channel WHERE "case" = :case', case=other.case)
    desk.change(f"UPDATE challenge SET channel = '{channel}' WHERE \"case\" = '{sent.case}' AND channel IS NOT NULL")
    return use(desk, sent.case, sent.code)


def _superseded(desk: Desk, sent: Sent) -> bool:
    ask(desk, sent.case)
    return use(desk, sent.case, sent.code)


def _after_five_tries(desk: Desk, sent: Sent) -> bool:
    for _ in range(5):
        assert not use(desk, sent.case, wrong(sent.code))
    return use(desk, sent.case, sent.code)


def _after_it_proved_and_was_asked_to_release(desk: Desk, sent: Sent) -> bool:
    assert use(desk, sent.case, sent.code)
    ask(desk, sent.case, "release")
    return use(desk, sent.case, sent.code, purpose=Purpose.RELEASE)


#: What is done with a code, and whether it is taken.
MATRIX: dict[str, tuple[Callable[[Desk, Sent], bool], bool]] = {
    "a second before its end": (_after(MINUTES * 60 - 1), True),
    "at its end": (_after(MINUTES * 60), False),
    "a second after its end": (_after(MINUTES * 60 + 1), False),
    "a second time": (_replayed, False),
    "in another case": (_in_another_case, False),
    "in a case that nobody opened": (_in_no_case, False),
    "for another purpose": (_for_another_purpose, False),
    "to release, after it proved": (_after_it_proved_and_was_asked_to_release, False),
    "in another browser": (_in_another_browser, False),
    "as that of another channel": (_on_another_channel, False),
    "after a newer one": (_superseded, False),
    "after five tries": (_after_five_tries, False),
}


@pytest.mark.parametrize("way", MATRIX)
def test_a_code_is_taken_in_one_way_and_in_no_other(desk: Desk, way: str, counts: Callable[[int, int], int]) -> None:
    """S5: each class of misuse with many codes."""
    attempt, taken = MATRIX[way]
    outcomes = [attempt(desk, send(desk)) for _ in range(counts(3, 200))]
    print(f"\n{way}: tried {len(outcomes)}, taken {outcomes.count(True)}")
    assert outcomes == [taken] * len(outcomes)


# Guessing


def test_guessing_in_ten_thousand_cases_a_day_finds_one_in_thousands_of_years(page_desk: Desk) -> None:
    """Case 6: with the limits as they are, and as they are seen to hold in a case that is guessed at all day."""
    sent, tries = send(page_desk), 0
    before = page_desk.rows("SELECT coalesce(sum(tries), 0) FROM challenge")[0][0]
    for _ in range(24 * 2):
        page_desk.clock.advance(timedelta(minutes=30))
        for _ in range(4):
            ask(page_desk, sent.case)
            for guess in range(8):
                assert not use(page_desk, sent.case, LETTERS[guess] * LENGTH)
    answerable = "SELECT coalesce(sum(tries), 0) FROM challenge WHERE channel IS NOT NULL"
    tries = page_desk.rows(answerable)[0][0] - before
    most = IdentityPolicy().tries * (PROVING_MAILS.most + RELEASING_MAILS.most + CONTESTING_MAILS.most)
    assert 0 < tries <= most
    at_once = 10_000 * most / len(LETTERS) ** LENGTH
    print(
        f"\n{tries} answerable guesses in a case's day, at most {most}; P of a hit in 10,000 cases a day: {at_once:.1e}"
    )
    assert at_once <= 1e-6


def test_a_case_takes_no_more_tries_than_its_codes_have(page_desk: Desk) -> None:
    sent = send(page_desk)
    for _ in range(TRIED_IN_CASE.most):
        use(page_desk, sent.case, wrong(sent.code))
    ask(page_desk, sent.case)
    assert not use(page_desk, sent.case, code_of(page_desk, sent.case))
    page_desk.clock.advance(TRIED_IN_CASE.window)
    ask(page_desk, sent.case)
    assert use(page_desk, sent.case, code_of(page_desk, sent.case))


def test_what_stands_in_the_table_of_codes_helps_nobody_to_guess(page_desk: Desk) -> None:
    """A mark is an HMAC under a pepper that is in no table: whoever reads the table cannot try codes against it."""
    sent = send(page_desk)
    rows = repr(page_desk.rows("SELECT * FROM challenge"))
    assert sent.code not in rows
    with page_desk.context.transaction() as tx:
        assert try_code(tx, sent.case, Purpose.PROVE, BROWSER, sent.code) is not None
    assert COOKIE not in rows

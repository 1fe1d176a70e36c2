"""Case 8 at intake's doors: a form is taken in the same way whoever it is about, and its page tells the same.

Intake asks nobody who is a customer, so nothing here could differ; these tests hold it to that.
"""

from collections.abc import Callable
from itertools import count
from secrets import token_hex
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from tests.house.test_doors import OPEN_TO_ALL
from tests.identity.conftest import token_free
from tests.intake.test_holding import SECRET

from habeas.service import Context
from habeas.testing.uniform import bound_for, tell_apart, time_in_turns, watched
from habeas.testing.visitor import Visitor
from habeas.web.application import create_app
from habeas_intake.references import make_reference

pytestmark = pytest.mark.slow
FORM = "/case/new/nordlunds-lampor"
#: Doors at which nobody is named.
NOBODY_IS_NAMED = {
    "GET /": "leads to a form",
    "GET /api/openapi.json": "describes the machine door",
    "GET /case/new/<controller>": "shows the form",
    "GET /opendsr/v2/certificate.pem": "shows our certificate",
    "GET /opendsr/v2/discovery": "says what is taken",
    "GET /status": "shows the form",
}
NAMED = {"POST /case/new/<controller>", "GET /received"}
STATUS = {"POST /status", "POST /status/more"}
"""These take a case's number and its secret: a number that nobody has is answered as one whose secret does not fit."""
#: Of the same length, as a page repeats what is wrong with a field and never what was typed right.
KINDS = {"customer": "astrid{:06}@example.com", "stranger": "nobody{:06}@example.com"}


class Asking:
    """Somebody at a browser whose form is open."""

    def __init__(self, app: Flask) -> None:
        self.visitor, self._numbers, self._own = Visitor(app), count(), token_hex(16)
        page = self.visitor.get(FORM).text
        self._token = page.split('name="csrf_token" value="')[1].split('"')[0]

    def look(self, path: str, reference: str) -> Any:
        """Ask for the status of a case by its number and a guess."""
        fields = {
            "csrf_token": self._token,
            "reference": reference,
            "secret": "ABCD-EFGH",
            "identifier-email": "a@b.se",
        }
        headers = {"Accept-Language": "en", "Sec-Fetch-Site": "same-origin"}
        return self.visitor.client.post(path, data=fields, headers=headers, base_url=self.visitor.portal_url)

    def send(self, email: str) -> Any:
        """Send the form about one more person of a kind."""
        number = next(self._numbers)
        fields = {
            "csrf_token": self._token,
            "form": f"{number:032x}{self._own}",
            "rights": "access",
            "identifier-email": email.format(number),
            "words": "Please.",
        }
        headers = {"Accept-Language": "en", "Sec-Fetch-Site": "same-origin"}
        return self.visitor.client.post(FORM, data=fields, headers=headers, base_url=self.visitor.portal_url)


def test_every_open_door_is_in_the_table() -> None:
    assert NAMED | STATUS | NOBODY_IS_NAMED.keys() == OPEN_TO_ALL["intake"]


def test_a_form_is_taken_in_alike_whoever_it_is_about(intake: Context) -> None:
    """To the byte, to the statement and to the letters that go out."""
    app, seen = create_app(intake), {}
    Asking(app).send("first{:06}@example.com")  # the first case of all makes keys that the next ones have
    with watched(intake) as work:
        for kind, email in KINDS.items():
            asking = Asking(app)
            work()
            answer = asking.send(email)
            done = work()
            page = asking.visitor.get("/received")
            case = page.text.split("/prove/")[1][:36]
            reference = page.text.split("<strong>")[1].split("<")[0]
            cookies = sorted(each.partition("=")[0] for each in answer.headers.getlist("Set-Cookie"))
            shown = SECRET.sub("SECRET", token_free(page.text).replace(case, "CASE").replace(reference, "REFERENCE"))
            seen[kind] = (answer.status, answer.headers["Location"], answer.text, cookies, done, page.status, shown)
    assert seen["customer"] == seen["stranger"]
    assert {kind for kind, _ in seen["customer"][4].said} == {"case.opened"}


def test_a_form_takes_as_long_whoever_it_is_about(intake: Context, counts: Callable[[int, int], int]) -> None:
    """As at identity's doors, whose test says why a comparison that fails is made once more."""
    asking, bound = Asking(create_app(intake)), bound_for(1)
    asks = {kind: (lambda email=email: asking.send(email)) for kind, email in KINDS.items()}  # type: ignore[misc]
    for seed in (8, 88):
        taken = time_in_turns(asks, counts(100, 2000), seed=seed)
        z = tell_apart(taken["customer"], taken["stranger"])
        if abs(z) < bound:
            break
    print(f"\nz {z:+.2f}, bound {bound:.2f}")
    assert abs(z) < bound


@pytest.mark.parametrize("door", sorted(STATUS))
def test_a_number_that_nobody_has_takes_as_long(intake: Context, door: str, counts: Callable[[int, int], int]) -> None:
    app, bound, path = create_app(intake), bound_for(len(STATUS)), door.split(" ")[1]
    known, looking = references(intake, app), Asking(app)
    asks = {kind: (lambda number=number: looking.look(path, number)) for kind, number in known.items()}  # type: ignore[misc]
    for seed in (8, 88):
        z = tell_apart(*time_in_turns(asks, counts(100, 2000), seed=seed).values())
        if abs(z) < bound:
            break
    print(f"\n{door}: z {z:+.2f}, bound {bound:.2f}")
    assert abs(z) < bound


def references(context: Context, app: Flask) -> dict[str, str]:
    """The number of a case that there is, and one that nobody has."""
    asking = Asking(app)
    assert asking.send(KINDS["customer"]).status_code == 303
    with context.database.reading() as session:
        return {"a case": str(session.scalars(text("SELECT reference FROM case_file")).one()), "none": make_reference()}


@pytest.mark.parametrize("door", sorted(STATUS))
def test_a_number_that_nobody_has_is_answered_as_one_whose_secret_does_not_fit(intake: Context, door: str) -> None:
    """Case 9; also when it was tried so often that no more is looked at."""
    app, path = create_app(intake), door.split(" ")[1]
    known, looking = references(intake, app), Asking(app)
    with watched(intake) as work:
        for turn in range(25):
            seen = {}
            for kind, reference in known.items():
                work()
                answer = looking.look(path, reference)
                seen[kind] = (answer.status, token_free(answer.text).replace(reference, "REFERENCE"), work())
            assert seen["a case"] == seen["none"], turn

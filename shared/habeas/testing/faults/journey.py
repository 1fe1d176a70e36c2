"""One case walked from the portal to the file in the person's hand, over whatever happens to the house meanwhile.

A person whose page does not answer loads it again; nobody knows more than what the pages, mails and texts say.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from habeas.testing.running import PASSWORD, House
from habeas.testing.waiting import DidNotHappen
from habeas.testing.walk import Agent, Form, LostWay, Person, asked_method, code_in

Seen = TypeVar("Seen")
_PAUSE = 0.1
_CODE_TRIES = 3
_DOOR_SECONDS = 30


@dataclass(frozen=True)
class Walked:
    """A case that was walked to its end: who asked for what, and the file that came of it."""

    case: str
    email: str
    right: str
    file: Path
    phone: str = ""


@dataclass
class Patience:
    """Tries a step again and again until it is done, for so many seconds a step."""

    seconds: float = 90

    def until(self, what: str, step: Callable[[], Seen | None]) -> Seen:
        """Repeat `step` over pages that do not answer until it gives something true, and return that."""
        deadline, seen_on_the_way = time.monotonic() + self.seconds, ["nothing yet"]
        while True:
            try:
                if seen := step():
                    return seen
            except (LostWay, httpx.HTTPError) as error:
                obstacle = f"{type(error).__name__}: {error}"
                if obstacle != seen_on_the_way[-1]:
                    seen_on_the_way.append(obstacle)
            if time.monotonic() > deadline:
                story = "; then ".join(seen_on_the_way[-8:])
                raise DidNotHappen(f"after {self.seconds} s it is still not so that {what}: {story}")
            time.sleep(_PAUSE)


@dataclass
class Office:
    """The two agents who approve, each in a browser that stays open from case to case."""

    house: House
    patience: Patience = field(default_factory=Patience)
    _browsers: dict[str, Agent] = field(default_factory=dict)

    def approve(self, case: str) -> None:
        """Have both approve the plan of a case."""
        for email in self.house.agents:
            self.approve_as(email, case)

    def approve_as(self, email: str, case: str) -> None:
        """Have one agent approve the plan of a case."""
        agent = self._browsers.setdefault(email, self.house.agent())
        sent = False

        def step() -> bool:
            nonlocal sent
            agent.sign_in(email, PASSWORD, f"/plan/{case}")
            if not any("/agents/approve/" in url for _, url in agent.page.links):
                return sent  # not made yet; or decided, if ours was on its way when the house fell
            agent.follow("/agents/approve/")
            if not any("password" in form.names for form in agent.page.forms):
                return True  # ours has arrived already
            sent = True
            agent.send(agent.form_with("password"), password=PASSWORD)
            return True

        self.patience.until(f"{email} has approved the plan", step)

    def close(self) -> None:
        """Close the browsers."""
        for agent in self._browsers.values():
            agent.__exit__(None, None, None)
        self._browsers.clear()


@dataclass
class Journey:
    """One person's way; the steps are separate, so that a test can let something happen in between."""

    house: House
    office: Office
    email: str
    right: str
    into: Path
    patience: Patience = field(default_factory=Patience)

    def __post_init__(self) -> None:
        self.person: Person = self.house.person("sv")
        self._reached_at = {"mailbox": self.email, "phone": self.house.phone_of(self.email)}
        self._tried: dict[str, int] = {}
        self._known = dict.fromkeys(self._reached_at, 0)

    def walk(self) -> Walked:
        """Walk all of it."""
        with self.person:
            self.ask()
            self.prove()
            if self.right == "erasure":
                self.office.approve(self.person.case)
            return self.fetch()

    def ask(self) -> str:
        """Send the form, the very same again if nobody answers; return the case's id."""
        person = self.person

        def look() -> Form:
            person.open("/")
            return person.form_with("rights")

        form = self.patience.until("the form is shown", look)

        def send() -> str:
            told: dict[str, Any] = {"rights": [self.right], "identifier-email": self.email}
            person.send(form, **told)
            person.case = next(url for _, url in person.page.links if "/prove/" in url).rpartition("/prove/")[2]
            return person.case

        return self.patience.until("the case is opened", send)

    def prove(self) -> None:
        """Type in the code from the mail, and the one from the text when the page asks for it."""

        def step() -> bool:
            self.person.open(f"/prove/{self.person.case}")
            if self.person.page.path.startswith("/case/"):
                return True
            form, code = self.person.form_with("code"), self._code()
            return code is not None and self.person.send(form, code=code).path.startswith("/case/")

        self.patience.until("the person has proved who they are", step)

    def begin_to_prove(self) -> None:
        """Type in the code from the mail, and let the one from the text lie."""

        def step() -> bool:
            self.person.open(f"/prove/{self.person.case}")
            if asked_method(self.person.page) == "phone":
                return True
            form, code = self.person.form_with("code"), self._code()
            return code is not None and asked_method(self.person.send(form, code=code)) == "phone"

        self.patience.until("the page asks for the second code", step)

    def fetch(self) -> Walked:
        """Ask for a code and fetch the file; a fetch that breaks off is begun anew with another code."""
        self.patience.until("the answer can be fetched", self.person.can_fetch)
        file = self.patience.until("the answer is fetched", self._fetch_once)
        return Walked(self.person.case, self.email, self.right, file, self._reached_at["phone"])

    def _fetch_once(self) -> Path | None:
        self._known = {method: len(self._codes(method)) for method in self._reached_at}
        self.person.ask_to_fetch()
        try:
            Patience(30).until("the codes to fetch by have come and are taken", self._release)
        except DidNotHappen as error:
            raise LostWay(str(error)) from None
        return self._download()

    def _download(self) -> Path:
        """Fetch the file; a door that nobody stands behind yet has not used the ticket up."""
        form = self.person.form_with("ticket")
        for _ in range(int(_DOOR_SECONDS / _PAUSE)):
            try:
                return self.person.fetch(form, self.into)
            except httpx.ConnectError:
                time.sleep(_PAUSE)
            except LostWay as lost:
                if not str(lost).endswith(" 502"):
                    raise
                time.sleep(_PAUSE)
        raise LostWay("the download door stays shut")

    def _release(self) -> bool:
        self.person.open(f"/prove/{self.person.case}/release?sent=yes")
        form, code = self.person.form_with("code"), self._code()
        if code is None:
            return False
        self.person.send(form, code=code)
        return any("ticket" in form.names for form in self.person.page.forms)

    def _codes(self, method: str) -> list[str]:
        address = self._reached_at[method]
        return [code for letter in self.house.letters_to(address) if (code := code_in(letter))] if address else []

    def _code(self) -> str | None:
        """Return the newest code for the proof that the page asks for, if it came after the last time that one was.

        One that was typed often enough is known as the wrong one.
        """
        method = asked_method(self.person.page)
        codes = self._codes(method)[self._known[method] :]
        if not codes or self._tried.get(codes[-1], 0) >= _CODE_TRIES:
            return None
        self._tried[codes[-1]] = self._tried.get(codes[-1], 0) + 1
        return codes[-1]

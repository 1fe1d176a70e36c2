# long because reading a page and walking it are one thing
"""Walking through the pages as people do, over HTTP: links are followed, forms are filled in and sent, nothing else.

Journeys, the demo and the fault tests all walk with this, so that what they prove is what the pages offer.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import httpx

from habeas.testing.waiting import wait_until

_CODE = re.compile(r"^(?:\s+|@\S+ #)([2-9A-HJ-NP-Z]{4}-?[2-9A-HJ-NP-Z]{4})\s*$", re.MULTILINE)
_MOST_STEPS = 3
NextCode = Callable[[str], str]
"""Waits for the next code for a proof (`mailbox`, `phone`) and gives it."""


class LostWay(AssertionError):  # noqa: N818 - it says what happened to the walker
    """Says that a page is not what the walk expected; it names the page, never what stands on it."""


@dataclass
class Form:
    """A form as it stands on a page: where it goes, and what its fields hold."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    """(label, formaction or empty) of each submit button."""


@dataclass(frozen=True)
class File:
    """A file that goes along with a form, under the name of its field."""

    field: str
    name: str
    content: bytes


@dataclass
class Page:
    """A page that was opened."""

    url: str
    status: int
    html: str
    forms: list[Form]
    links: list[tuple[str, str]]
    title: str

    @property
    def path(self) -> str:
        """Return the page's path."""
        return urlsplit(self.url).path


class _Reader(HTMLParser):
    """Reads forms, links and the title out of HTML."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.title = ""
        self._form: Form | None = None
        self._into: Callable[[str], None] | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what starts."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(urljoin(self.url, given.get("action", "")), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag in ("input", "textarea", "select") and self._form is not None and "name" in given:
            self._field(self._form, tag, given)
        elif tag == "button" and self._form is not None:
            form, action = self._form, given.get("formaction", "")
            self._collect(lambda label: form.buttons.append((label, urljoin(self.url, action) if action else "")))
        elif tag == "a" and "href" in given:
            self._collect(lambda label: self.links.append((label, urljoin(self.url, given["href"]))))
        elif tag == "title":
            self._collect(lambda label: setattr(self, "title", label))

    def _field(self, form: Form, tag: str, given: Mapping[str, str]) -> None:
        form.names.add(given["name"])
        chosen = given.get("type") not in ("checkbox", "radio") or "checked" in given
        if tag == "input" and chosen and given.get("type") != "file":
            form.fields.append((given["name"], given.get("value", "")))

    def _collect(self, into: Callable[[str], None]) -> None:
        self._into, self._text = into, ""

    def handle_data(self, data: str) -> None:
        """Gather the text of what was started."""
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        """Hand the text over at the end."""
        if tag in ("a", "button", "title") and self._into is not None:
            self._into(" ".join(self._text.split()))
            self._into = None
        elif tag == "form":
            self._form = None


class Walker:
    """One browser: keeps its cookies, says where its requests come from, follows redirects."""

    def __init__(self, portal: str, *, language: str = "en") -> None:
        self.portal = portal
        self._client = httpx.Client(
            base_url=portal, headers={"Accept-Language": language}, follow_redirects=True, timeout=60
        )
        self.page: Page = Page(portal, 0, "", [], [], "")

    def open(self, path: str, *, expect: int = 200) -> Page:
        """Open a page by its path or URL."""
        return self._show(self._client.get(path, headers={"Sec-Fetch-Site": "none"}), expect)

    def follow(self, contains: str) -> Page:
        """Follow the link whose address has `contains` in it."""
        for _label, url in self.page.links:
            if contains in url:
                return self.open(url)
        raise LostWay(f"{self.page.path} has no link to …{contains}…")

    def form_with(self, name: str) -> Form:
        """Find the form of this page that has a field of this name."""
        for form in self.page.forms:
            if name in form.names:
                return form
        raise LostWay(f"{self.page.path} (status {self.page.status}) has no form with the field {name}")

    def send(
        self,
        form: Form,
        *,
        action: str = "",
        expect: int = 200,
        file: File | None = None,
        **fields: str | Sequence[str],
    ) -> Page:
        """Send a form with some fields filled in; `action` names another button's address, `file` goes along."""
        told, files = _filled(form, fields), None if file is None else {file.field: (file.name, file.content)}
        answer = self._client.request(
            form.method, action or form.action, data=told, files=files, headers=self._as_from_page()
        )
        return self._show(answer, expect)

    def press(self, ending: str, *, expect: int = 200) -> Page:
        """Press the button that sends its form to an address with this ending."""
        for form in self.page.forms:
            for _label, action in form.buttons:
                if (action or form.action).endswith(ending):
                    return self.send(form, action=action or form.action, expect=expect)
        raise LostWay(f"{self.page.path} (status {self.page.status}) has no button to …{ending}")

    def fetch(self, form: Form, into: Path) -> Path:
        """Send a form that answers with a file, and keep the file in a folder; return where it lies."""
        with self._client.stream(
            form.method, form.action, data=dict(form.fields), headers=self._as_from_page()
        ) as answer:
            if answer.status_code != 200:
                raise LostWay(f"the download answered {answer.status_code}")
            named = re.search(r'filename="?([A-Za-z0-9._-]+)"?', answer.headers.get("Content-Disposition", ""))
            into.mkdir(parents=True, exist_ok=True)
            path = into / (named.group(1) if named else "download.zip")
            with path.open("wb") as file:
                for chunk in answer.iter_bytes():
                    file.write(chunk)
        return path

    def copy_cookies(self) -> httpx.Client:
        """Give a client of somebody who copied all the cookies of this browser; it follows no redirect."""
        return httpx.Client(base_url=self.portal, cookies=httpx.Cookies(self._client.cookies), timeout=60)

    def _as_from_page(self) -> dict[str, str]:
        return {"Sec-Fetch-Site": "same-origin", "Origin": self.portal}

    def _show(self, answer: httpx.Response, expect: int) -> Page:
        reader = _Reader(str(answer.url))
        reader.feed(answer.text)
        self.page = Page(str(answer.url), answer.status_code, answer.text, reader.forms, reader.links, reader.title)
        if answer.status_code != expect:
            raise LostWay(f"{self.page.path} answered {answer.status_code}, not {expect}: {reader.title}")
        return self.page

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()


def _filled(form: Form, fields: Mapping[str, str | Sequence[str]]) -> dict[str, str | list[str]]:
    unknown = fields.keys() - form.names
    if unknown:
        raise LostWay(f"the form has no field {', '.join(sorted(unknown))}")
    data: dict[str, str | list[str]] = {}
    for name, value in form.fields:
        if name not in fields:
            data.setdefault(name, value)
    data.update({name: value if isinstance(value, str) else list(value) for name, value in fields.items()})
    return data


def code_in(letter: str) -> str | None:
    """Find the code in a letter's text or a text message; None if there is none."""
    found = _CODE.search(letter)
    return found.group(1) if found else None


def asked_method(page: Page) -> str:
    """Tell which proof a page wants the code for: the mailbox's, if it names none."""
    fields = (field for form in page.forms if "code" in form.names for field in form.fields)
    return next((value for name, value in fields if name == "method" and value), "mailbox")


class Person(Walker):
    """A data subject: asks, confirms who they are, follows the case, fetches the answer."""

    case: str = ""

    def ask(self, rights: Sequence[str], email: str, **more: str) -> str:
        """Ask for something by the portal's form; return the case's id."""
        self.open("/")
        filled: dict[str, Any] = {"rights": list(rights), "identifier-email": email, **more}
        self.send(self.form_with("rights"), **filled)
        self.follow("/prove/")
        self.case = self.page.path.split("/")[2]
        return self.case

    def confirm(self, code: str) -> Page:
        """Type in one code that shows who asks."""
        self.open(f"/prove/{self.case}")
        if self.page.path.startswith("/case/"):
            return self.page
        return self.send(self.form_with("code"), code=code)

    def prove(self, next_code: NextCode) -> Page:
        """Type in every code that the page asks for, until it leads on to the case."""
        self.open(f"/prove/{self.case}")
        return self._type_codes(next_code, lambda page: page.path.startswith("/case/"))

    def release(self, next_code: NextCode) -> Page:
        """Type in every code that handing the answer out takes, after they were asked for."""
        return self._type_codes(next_code, lambda page: any("ticket" in form.names for form in page.forms))

    def _type_codes(self, next_code: NextCode, is_there: Callable[[Page], bool]) -> Page:
        for _ in range(_MOST_STEPS):
            if is_there(self.page):
                return self.page
            self.send(self.form_with("code"), code=next_code(asked_method(self.page)))
        if not is_there(self.page):
            raise LostWay(f"{self.page.path} asks for one code after the other")
        return self.page

    def can_fetch(self) -> bool:
        """Look at the case's page: is the answer ready?"""
        self.open(f"/case/{self.case}")
        return any("/release" in url for _, url in self.page.links)

    def ask_to_fetch(self) -> Page:
        """Ask for the code that the answer is handed out by."""
        self.open(f"/case/{self.case}")
        self.follow("/release")
        return self.press("/release/code")

    def fetch_answer(self, next_code: NextCode, into: Path) -> Path:
        """Type in what that takes and fetch the answer as a file."""
        self.release(next_code)
        return self.fetch(self.form_with("ticket"), into)


class Agent(Walker):
    """Somebody who works on cases: signs in, looks at the queue and a plan, approves it."""

    def sign_in(self, email: str, password: str, path: str = "/console") -> Page:
        """Open a page of the console, and sign in where that is asked."""
        self.open(path)
        if self.page.path.startswith("/agents/sign-in"):
            self.send(self.form_with("password"), email=email, password=password)
        return self.page

    def await_plan(self, case: str, timeout: float = 60) -> Page:
        """Look at a case's plan until it can be approved."""

        def is_there() -> bool:
            self.open(f"/plan/{case}")
            return any("/agents/approve/" in url for _, url in self.page.links)

        wait_until(is_there, timeout, "the plan can be approved")
        return self.page

    def approve(self, case: str, email: str, password: str) -> Page:
        """Approve the plan of a case, with the password once more."""
        self.sign_in(email, password, f"/plan/{case}")
        self.follow("/agents/approve/")
        form = self.form_with("password")
        if "email" in form.names:
            return self.send(form, email=email, password=password)
        return self.send(form, password=password)

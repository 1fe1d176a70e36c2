"""The steps that journeys are made of; each goes through the pages as a person or an agent does."""

import re
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from habeas.crypto.canonical import write_base64
from habeas.testing.running import PASSWORD, House
from habeas.testing.waiting import wait_until
from habeas.testing.walk import Agent, Page, Person, Walker

COMPANY = "nordlunds-lampor"
AT = "nordlunds-lampor.example"
AGENTS = (
    ("Ada", f"ada@{AT}", ("agent", "approver", "administrator")),
    ("Bo", f"bo@{AT}", ("agent", "approver")),
    ("Cy", f"cy@{AT}", ("agent",)),
    ("Di", f"di@{AT}", ("agent", "approver")),
    ("Ed", f"ed@{AT}", ("agent",)),
)
SECONDS = 60.0
OWN_PAGES = Ed25519PrivateKey.from_private_bytes(
    bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
)
"""The key of the company's own signed-in pages: that of RFC 8032, whose other half the documents show."""


def trust_own_pages(company: Path) -> Path:
    """Let the company's profile name the key of its signed-in pages; return the folder."""
    profile = company / "profile.yaml"
    public = write_base64(OWN_PAGES.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
    text = profile.read_text(encoding="utf-8")
    assert text.count("\nidentity:\n") == 1
    asserter = f"\nidentity:\n  asserter:\n    public_key: {public}\n    assurance: A2\n"
    profile.write_text(text.replace("\nidentity:\n", asserter), encoding="utf-8")
    return company


def prove(house: House, person: Person, rights: list[str], email: str, **more: str) -> str:
    """Ask for rights and show who asks; return the case."""
    codes = house.codes_for(email)
    case = person.ask(rights, email, **more)
    person.prove(codes)
    assert person.page.path == f"/case/{case}"
    return case


def await_plan(agent: Agent, case: str) -> Page:
    """Wait until the plan can be approved, looking at its page."""

    def shown() -> bool:
        agent.open(f"/plan/{case}")
        return any("/agents/approve/" in url for _, url in agent.page.links)

    wait_until(shown, SECONDS, "the plan waits for an approval")
    return agent.page


def await_on_plan(agent: Agent, case: str, words: str) -> Page:
    """Wait until the plan's page says something."""

    def shown() -> bool:
        return words in agent.open(f"/plan/{case}").html

    wait_until(shown, SECONDS, f"the plan's page says {words!r}")
    return agent.page


def approve(agent: Agent, email: str, case: str) -> Page:
    """Approve the plan of a case."""
    await_plan(agent, case)
    return agent.approve(case, email, PASSWORD)


def await_answer(person: Person) -> Page:
    """Wait until the person's page says that there is something to fetch."""

    def shown() -> bool:
        person.open(f"/case/{person.case}")
        return any("/release" in url for _, url in person.page.links)

    wait_until(shown, SECONDS, "the answer can be fetched")
    return person.page


def fetch(house: House, person: Person, email: str, into: Path) -> Path:
    """Show once more who asks, and fetch the one answer there is."""
    await_answer(person)
    codes = house.codes_for(email)
    person.ask_to_fetch()
    return person.fetch_answer(codes, into)


def fetch_one_of_several(house: House, person: Person, email: str, into: Path, right: str) -> Path:
    """Fetch the answer to one right where there are several: choose it on the page between."""
    codes = house.codes_for(email)
    person.ask_to_fetch()
    person.release(codes)
    person.send(person.form_with("ticket"))
    chosen = next(form for form in person.page.forms if ("right", right) in form.fields)
    return person.fetch(chosen, into)


def press(walker: Walker, label: str) -> Page:
    """Press the first button that says this."""
    for form in walker.page.forms:
        for says, action in form.buttons:
            if says == label:
                return walker.send(form, action=action or form.action)
    raise AssertionError(f"{walker.page.path} has no button {label!r}")


def text_of(page: Page) -> str:
    """What can be read on a page, without its marks."""
    import html

    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.html)).split())


def follow_codes(house: House, person: Person, case: str, email: str) -> None:
    """Show who asks in a case whose first codes are good for nothing any more."""
    codes = house.codes_for(email)
    person.case = case
    person.open(f"/prove/{case}")
    person.press(f"/prove/{case}/code")
    person.prove(codes)


def approve_thaw(first: Agent, second: Agent, case: str) -> None:
    """Let two agents decide that a frozen case goes on."""
    first.open(f"/agents/frozen/{case}")
    first.send(first.form_with("reason"), reason="another_way")
    second.open(f"/agents/frozen/{case}")
    second.press("/confirm")
    assert "goes on again" in text_of(second.page)

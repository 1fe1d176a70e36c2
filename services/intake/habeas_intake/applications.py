"""What somebody asks for, read against the controller's profile: every fault at once, nothing guessed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email

from habeas.errors import Fault, Faults
from habeas.profile import IdentifierField, Profile
from habeas.sdk.errors import Faults as SubjectFaults
from habeas.sdk.subject import Subject
from habeas.vocabulary import COMPLAINT, Right


def _(words: str) -> str:
    """Mark words that a page translates; a program gets them as they are."""
    return words


MOST_WORDS = 4000
GDPR_APPLIES = datetime(2018, 5, 25, tzinfo=UTC)
OFFERED = (Right.ACCESS.value, Right.ERASURE.value, COMPLAINT)
"""What goes all the way through today: these rights, and a complaint."""


@dataclass(frozen=True)
class Application:
    """A request that can be opened as a case."""

    controller: str
    rights: tuple[str, ...]
    language: str
    token: str
    channel: str
    identifiers: Mapping[str, str] = field(repr=False)
    contact: str = field(repr=False)
    words: str = field(repr=False)
    browser: str = ""
    opened_by: str = ""
    received_at: datetime | None = None
    address: str = field(default="", repr=False)
    """Where it was sent from, at a door to which the person comes; it is counted by, and kept nowhere."""
    capacity: str = "self"
    acting: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Who acts for the person: {agent, reference, mandate}; empty if nobody does."""
    assertion: str = field(default="", repr=False)
    """What a signed-in page of the controller says of who is signed in there; for identity to judge."""


def read_application(
    profile: Profile, given: Mapping[str, Any], *, now: datetime | None = None, **known: Any
) -> Application:
    """Read what a form or an API body says; `known` is what the door itself knows (token, channel, browser …).

    `given` has rights (list), identifiers (object), contact, language, words; and received_at at a door that gives
    `now`: a day where the controller is, or an instant, on which the request arrived. Raises `Faults` naming each
    field.
    """
    faults: list[Fault] = []
    rights = _rights(given.get("rights") or (), faults)
    identifiers = _identifiers(profile, given.get("identifiers") or {}, faults)
    contact = str(given.get("contact") or "").strip()
    if contact and not _is_email(contact):
        faults.append(Fault("contact", _("this is not an e-mail address"), _("write it like name@example.com")))
    language = str(given.get("language") or profile.controller.languages[0])
    if language not in profile.controller.languages:
        offered = ", ".join(profile.controller.languages)
        faults.append(Fault("language", _("this language is not offered"), f"choose one of {offered}"))
    words = str(given.get("words") or "").strip()
    if len(words) > MOST_WORDS:
        faults.append(Fault("words", _("this is too long"), _("write at most 4000 characters")))
    received_at = read_arrival(profile, given.get("received_at"), now, faults) if now else None
    if faults:
        raise Faults(faults)
    return Application(
        received_at=received_at,
        controller=profile.name,
        rights=rights,
        language=language,
        identifiers=identifiers,
        contact=contact,
        words=words,
        **known,
    )


def read_arrival(profile: Profile, value: object, now: datetime, faults: list[Fault]) -> datetime | None:
    """When a request arrived, if somebody says so: never after `now`, never before the GDPR; a day is its beginning."""
    if value in (None, ""):
        return None
    at = _instant(value, ZoneInfo(profile.controller.zone))
    if at is None:
        faults.append(Fault("received_at", _("this is no day"), _("write it like 2026-03-05")))
    elif at > now:
        faults.append(Fault("received_at", _("this lies in the future"), _("give the day on which it arrived")))
    elif at < GDPR_APPLIES:
        faults.append(Fault("received_at", _("this is before 25 May 2018"), _("give the day on which it arrived")))
    else:
        return at
    return None


def _instant(value: object, zone: ZoneInfo) -> datetime | None:
    try:
        if isinstance(value, str) and len(value) == len("2026-03-05"):
            return datetime.combine(date.fromisoformat(value), time(), zone).astimezone(UTC)
        at = datetime.fromisoformat(value) if isinstance(value, str) else value
    except (ValueError, OverflowError):
        return None
    return at if isinstance(at, datetime) and at.utcoffset() is not None else None


def _rights(asked: Sequence[str], faults: list[Fault]) -> tuple[str, ...]:
    offered = ", ".join(OFFERED)
    if not asked:
        faults.append(Fault("rights", _("nothing was chosen"), _("choose at least one")))
    unknown = [right for right in asked if right not in OFFERED]
    if unknown:
        faults.append(Fault("rights", _("this cannot be chosen here"), f"choose among {offered}"))
        return ()
    return tuple(right for right in OFFERED if right in asked)


def _identifiers(profile: Profile, given: Mapping[str, str], faults: list[Fault]) -> dict[str, str]:
    known = {each.name: each for each in profile.identifiers}
    faults.extend(
        Fault(f"identifiers.{name}", _("this is not asked for"), f"give only {', '.join(known)}")
        for name in given
        if name not in known
    )
    found: dict[str, str] = {}
    for name, wanted in known.items():
        value = str(given.get(name) or "").strip()
        if not value:
            if wanted.required:
                faults.append(Fault(f"identifiers.{name}", _("this is missing"), _("fill it in: we search by it")))
            continue
        if _is_right(wanted, value, faults):
            found[name] = value
    if not found and not any(each.required for each in known.values()):
        first = next(iter(known), "")
        faults.append(Fault(f"identifiers.{first}", _("we cannot search without anything"), _("fill in at least one")))
    return found


def read_more(profile: Profile, given: Mapping[str, str]) -> dict[str, str]:
    """Read identifiers that are told later, at least one; raises `Faults` naming each field."""
    faults: list[Fault] = []
    told = [(each, str(given.get(each.name) or "").strip()) for each in profile.identifiers]
    found = {each.name: value for each, value in told if value and _is_right(each, value, faults)}
    if not found and not faults:
        first = next((each.name for each in profile.identifiers), "")
        faults.append(Fault(f"identifiers.{first}", _("we cannot search without anything"), _("fill in at least one")))
    if faults:
        raise Faults(faults)
    return found


def _is_right(wanted: IdentifierField, value: str, faults: list[Fault]) -> bool:
    where = f"identifiers.{wanted.name}"
    if wanted.kind == "email" and not _is_email(value):
        faults.append(Fault(where, _("this is not an e-mail address"), _("write it like name@example.com")))
        return False
    try:
        Subject({wanted.name: (value,)})
    except SubjectFaults:
        faults.append(Fault(where, _("this would fit too many people"), _("write it in full, without * or %")))
        return False
    return True


def _is_email(text: str) -> bool:
    try:
        validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return text.isprintable()

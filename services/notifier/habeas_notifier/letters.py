"""Letters from their folders, one a message and language: subject, text and HTML, or a text; pure but for reading."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage
from email.utils import formataddr
from functools import cache
from pathlib import Path

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from habeas.errors import Refused
from habeas_notifier.channels.channel import Text

FOLDER = Path(__file__).parent / "messages"
FALLBACK = "en"


@dataclass(frozen=True)
class Draft:
    """A letter before it is written: which message, to whom, and the few values it may show."""

    letter: str
    case: str
    message: str
    to: str
    language: str
    values: Mapping[str, str]
    channel: str = "email"
    """`email` or `sms`: then `to` is a number in E.164."""

    def __repr__(self) -> str:
        """Hide address and values."""
        return f"Draft({self.message} of {self.case})"


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        keep_trailing_newline=True,
    )
    environment.filters["day"] = _day
    return environment


def _day(value: str, language: str) -> str:
    """Write a day (ISO 8601) the way people do in that language."""
    return format_date(date.fromisoformat(value), "d MMMM y", locale=language)


def list_messages() -> tuple[str, ...]:
    """Name the messages there are."""
    return tuple(sorted(path.name for path in FOLDER.iterdir() if path.is_dir()))


def languages_of(message: str) -> tuple[str, ...]:
    """Name the languages that a message is written in."""
    return tuple(sorted(path.name for path in (FOLDER / message).iterdir() if path.is_dir()))


def write(draft: Draft, *, sender_name: str, sender: str) -> EmailMessage:
    """Write the letter as a mail with a text and an HTML part; its Message-ID is the same at every try."""
    language = _language_of(draft)
    render = _templates().get_template
    folder = f"{draft.message}/{language}"
    values = {**draft.values, "language": language}
    mail = EmailMessage()
    try:
        mail["Subject"] = render(f"{folder}/subject.txt").render(values).strip()
        mail["From"] = formataddr((sender_name, sender))
        mail["To"] = draft.to
    except ValueError:
        raise Refused("this address cannot stand in a mail") from None
    mail["Message-ID"] = f"<{draft.letter}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(render(f"{folder}/body.txt").render(values))
    mail.add_alternative(render(f"{folder}/body.html").render(values), subtype="html")
    mail["Content-Language"] = language  # last: making an alternative moves Content-… into the first part
    return mail


def write_text(draft: Draft) -> Text:
    """Write the letter as a text message; its id is the same at every try."""
    template = _templates().get_template(f"{draft.message}/{_language_of(draft)}/sms.txt")
    return Text(draft.letter, draft.to, template.render(draft.values).strip())


def _language_of(draft: Draft) -> str:
    return draft.language if draft.language in languages_of(draft.message) else FALLBACK

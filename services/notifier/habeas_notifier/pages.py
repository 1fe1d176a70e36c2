"""The local inbox page of the embedded mode: the mails and texts that would otherwise have gone out."""

import email
import json
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import default

from flask import Blueprint, abort, render_template
from sqlalchemy import select

from habeas.crypto.vault import Place
from habeas.service import Context
from habeas.web.access import everyone, open_to
from habeas_notifier.channels.inbox import RETENTION
from habeas_notifier.models import InboxMail

MOST = 50


@dataclass(frozen=True)
class ShownMail:
    """One letter as the page shows it: its text part only; a text message has no subject."""

    at: datetime
    to: str
    subject: str
    text: str
    kind: str = "mail"


def inbox_pages(context: Context) -> Blueprint:
    """Make the page; it answers only where mails stay on this machine."""
    pages = Blueprint("inbox", __name__, template_folder="templates")

    @pages.get("/inbox")
    @open_to(everyone)
    def show_inbox() -> str:
        if not context.settings.mail.startswith("inbox"):
            abort(404)
        return render_template("inbox.html", mails=read_inbox(context))

    return pages


def read_inbox(context: Context) -> list[ShownMail]:
    """Read the newest letters of the local inbox, newest first."""
    with context.reading() as tx:
        rows = tx.session.scalars(select(InboxMail).order_by(InboxMail.id.desc()).limit(MOST)).all()
        place = [Place("inbox_mail", "mail", row.id) for row in rows]
        plain = [
            tx.vault.decrypt(row.case_id, RETENTION, where, row.mail) for row, where in zip(rows, place, strict=True)
        ]
    shown = {"mail": _shown_mail, "sms": _shown_text}
    return [shown[row.kind](row.at, content) for row, content in zip(rows, plain, strict=True)]


def _shown_text(at: datetime, raw: bytes) -> ShownMail:
    told = json.loads(raw)
    return ShownMail(at, told["to"], "", told["text"], "sms")


def _shown_mail(at: datetime, raw: bytes) -> ShownMail:
    mail = email.message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    body = mail.get_body(("plain",))
    return ShownMail(at, str(mail["To"]), str(mail["Subject"]), "" if body is None else body.get_content())

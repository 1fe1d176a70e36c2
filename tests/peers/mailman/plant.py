"""Lets Mailman hold a message of each of these; run inside of Mailman."""

from mailman.app.moderator import hold_message
from mailman.database.transaction import transaction
from mailman.interfaces.listmanager import IListManager
from mailman.testing.helpers import specialized_message_from_string
from zope.component import getUtility

with transaction():
    mailing_list = getUtility(IListManager).get("news@lists.example")
    for name in ("ann", "bob", "joann"):
        text = f"From: {name}@example.com\nTo: news@lists.example\nSubject: Hi\nMessage-ID: <{name}>\n\nHello\n"
        hold_message(mailing_list, specialized_message_from_string(text), {}, "no member may write now")

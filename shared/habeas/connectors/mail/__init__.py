"""Mail archives: mbox files, Maildir folders and IMAP mailboxes."""

from habeas.connectors.mail.connector import MailConnector

__all__ = ["MailConnector"]

"""Reads what a settings file says of mail archives: which there are, and what of them is told."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from habeas.connectors.mail.addresses import domain_forms
from habeas.connectors.mail.archive import Archive
from habeas.connectors.mail.maildir import Maildir
from habeas.connectors.mail.mbox import QUOTINGS, SEPARATORS, Mbox
from habeas.sdk import MAX_ROWS, Fault, Faults, fold_ascii, read_secret

ARCHIVES = ("mbox", "maildir", "imap")
WAYS = {
    "quoting": QUOTINGS,
    "separators": SEPARATORS,
    "mentions": ("ignore", "report"),
    "unclear": ("stop", "report"),
    "third_parties": ("mark", "withhold"),
}
KNOWN = (*ARCHIVES, *WAYS, "activity", "kind", "own_domains", "free_text", "max_messages")
IMAP_WAYS = {"tls": ("implicit", "starttls", "none"), "search": ("scan", "server")}
IMAP_KNOWN = ("host", "port", *IMAP_WAYS, "user", "password", "password_file", "password_env", "folders", "ca_file")
PORTS = {"implicit": 993, "starttls": 143, "none": 143}
_KIND = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}")


@dataclass(frozen=True)
class MailSettings:
    """What is told of messages, and how; the names are those of the settings file."""

    activity: str
    kind: str
    own_domains: frozenset[str]
    mentions: bool
    stops_for_unclear: bool
    withholds: bool
    free_text: bool
    max_messages: int


def read_settings(settings: Mapping[str, object], here: Path) -> tuple[tuple[Archive, ...], MailSettings]:
    """The archives and what is told of them; raises Faults with every fault at once."""
    reading = _Reading(here)
    reading.known("", settings, KNOWN)
    archives = reading.archives(settings)
    found = reading.settings(settings)
    if reading.faults:
        raise Faults(reading.faults)
    return archives, found


class _Reading:
    def __init__(self, here: Path) -> None:
        self._here = here
        self.faults: list[Fault] = []

    def known(self, where: str, said: Mapping[str, object], known: Sequence[str]) -> None:
        self.faults.extend(
            Fault(f"{where}{key}", "this key is not known", f"known are {', '.join(known)}")
            for key in said
            if key not in known
        )

    def settings(self, said: Mapping[str, Any]) -> MailSettings:
        kind = self._text("kind", said.get("kind", "message"))
        if kind and not _KIND.fullmatch(kind):
            self._fault("kind", "it is not made of letters, digits, _ and -")
        domains = self._texts("own_domains", said.get("own_domains", []))
        if any("@" in each for each in domains):
            self._fault("own_domains", "an address is no domain", "write example.com")
        return MailSettings(
            activity=self._text("activity", said.get("activity")),
            kind=kind,
            own_domains=frozenset(form for each in domains for form in domain_forms(fold_ascii(each))),
            mentions=self._way("mentions", said, WAYS) == "report",
            stops_for_unclear=self._way("unclear", said, WAYS) == "stop",
            withholds=self._way("third_parties", said, WAYS) == "withhold",
            free_text=self._truth("free_text", said.get("free_text", True)),
            max_messages=self._number("max_messages", said.get("max_messages", MAX_ROWS), 2**31),
        )

    def archives(self, said: Mapping[str, Any]) -> tuple[Archive, ...]:
        if not any(name in said for name in ARCHIVES):
            self._fault("mbox", "there is no mailbox to search", f"give one or more of {', '.join(ARCHIVES)}")
        quoting, separators = self._way("quoting", said, WAYS), self._way("separators", said, WAYS)
        found: list[Archive] = []
        if "mbox" in said:
            globs = self._filled("mbox", said["mbox"], "write for example [mail/*.mbox]")
            if any(".." in Path(each).parts for each in globs):
                self._fault("mbox", "a pattern leads out of its folder by ..", "write the path that is meant")
            else:
                found.append(Mbox(self._here.resolve(), globs, quoting, separators))
        if "maildir" in said:
            folders = self._filled("maildir", said["maildir"], "write for example [mail/support]")
            found.append(Maildir(self._here.resolve(), [each.rstrip("/") or "/" for each in folders]))
        servers = said.get("imap", [])
        for number, each in enumerate(servers if isinstance(servers, list) else [servers]):
            where = f"imap.{number}." if isinstance(servers, list) else "imap."
            if (imap := self._imap(where, each, said)) is not None:
                found.append(imap)
        return tuple(found)

    def _imap(self, where: str, said: Any, whole: Mapping[str, Any]) -> Archive | None:
        if not isinstance(said, dict):
            self._fault(where.rstrip("."), "it is no mapping", f"known are {', '.join(IMAP_KNOWN)}")
            return None
        self.known(where, said, IMAP_KNOWN)
        host, user = (self._text(f"{where}{name}", said.get(name)) for name in ("host", "user"))
        tls, search = self._way("tls", said, IMAP_WAYS, where), self._way("search", said, IMAP_WAYS, where)
        port = self._number(f"{where}port", said.get("port", PORTS[tls]), 65535)
        folders = self._texts(f"{where}folders", said.get("folders", []))
        ca_file = self._here / self._text(f"{where}ca_file", said["ca_file"]) if "ca_file" in said else None
        if ca_file is not None and not ca_file.is_file():
            self._fault(f"{where}ca_file", "the file is not there")
        if tls == "none" and not _is_loopback(host):
            self._fault(
                f"{where}tls", "without TLS everybody on the way reads the password", "only loopback may be none"
            )
        if search == "server" and whole.get("mentions") == "report":
            self._fault(f"{where}search", "a server that searches headers finds no mentions", "say search: scan")
        password = read_secret(said, "password", self._here)
        if isinstance(password, Fault):
            self._fault(f"{where}{password.where}", password.problem, password.remedy)
        if self.faults or isinstance(password, Fault):
            return None
        try:  # who reads mbox and Maildir alone needs none of it
            from habeas.connectors.mail.imap import Imap
            from habeas.connectors.mail.line import Door
        except ModuleNotFoundError:
            self._fault(where.rstrip("."), "what speaks IMAP is not installed", "pip install 'habeas[connect,mail]'")
            return None
        return Imap(Door(host, port, tls, user, password, ca_file), folders, search)

    def _way(self, name: str, said: Mapping[str, Any], ways: Mapping[str, tuple[str, ...]], where: str = "") -> str:
        """One of the ways that are known, the first of them where nothing is said."""
        chosen = said.get(name, ways[name][0])
        if chosen not in ways[name]:
            self._fault(f"{where}{name}", "this way is not known", f"one of: {', '.join(ways[name])}")
            return ways[name][0]
        return str(chosen)

    def _filled(self, where: str, said: object, remedy: str) -> list[str]:
        found = self._texts(where, said)
        if said == []:
            self._fault(where, "it is empty", remedy)
        return found

    def _texts(self, where: str, said: object) -> list[str]:
        if not isinstance(said, list):
            self._fault(where, "it is no list")
            return []
        return [self._text(f"{where}.{number}", each) for number, each in enumerate(said)]

    def _text(self, where: str, said: object) -> str:
        if not isinstance(said, str) or not said.strip():
            self._fault(where, "it is missing" if said is None else "it is no text")
            return ""
        return said

    def _truth(self, where: str, said: object) -> bool:
        if not isinstance(said, bool):
            self._fault(where, "it is neither true nor false")
        return bool(said)

    def _number(self, where: str, said: object, most: int) -> int:
        if not isinstance(said, int) or isinstance(said, bool) or not 1 <= said <= most:
            self._fault(where, f"it is no number from 1 to {most}")
            return 1
        return said

    def _fault(self, where: str, problem: str, remedy: str = "") -> None:
        self.faults.append(Fault(where, problem, remedy))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

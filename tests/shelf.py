"""A system in memory that can do everything, and fail in every way, with a connector that keeps every promise."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from io import BytesIO

from habeas.sdk import (
    Attachment,
    Changed,
    Channel,
    Connector,
    Correction,
    Decided,
    Deed,
    Done,
    Health,
    Identified,
    Mark,
    NeedsPerson,
    Record,
    Refused,
    Secret,
    Subject,
    TryLater,
)

ANN, BOB = Subject({"email": ("ann@example.com",)}), Subject({"email": ("bob@example.com",)})
TOKEN = "shelf-token-4711"
PAGE = 2
FIELDS = {"email", "customer", "note", "photo"}
Row = dict[str, str]


class Failed(Exception):  # noqa: N818 -- what the system answers when it does not work
    """One of the shelf's own troubles, by the status an HTTP server would give."""

    def __init__(self, status: int, retry_after: int = 0) -> None:
        super().__init__(f"status {status}")
        self.status, self.retry_after = status, retry_after


@dataclass
class Shelf:
    """Rows by key, in pages, with what is restricted and who gets no marketing; each trouble is a switch."""

    rows: dict[str, Row] = field(default_factory=dict)
    restricted: set[str] = field(default_factory=set)
    quiet: set[str] = field(default_factory=set)
    trouble: str = ""
    retry_after: int = 0
    ready: bool = True

    def slow(self) -> None:
        self.trouble = "slow"

    def too_many_requests(self, retry_after: int) -> None:
        self.trouble, self.retry_after = "429", retry_after

    def server_error(self) -> None:
        self.trouble = "500"

    def half_a_page(self) -> None:
        self.trouble = "half"

    def lies_about_deleting(self) -> None:
        self.trouble = "lies"

    def someone_elses_row(self) -> None:
        self.trouble = "other"

    def drifted_schema(self) -> None:
        self.trouble = "drifted"

    def wrong_token(self) -> None:
        self.trouble = "401"

    def revoked_scope(self) -> None:
        self.trouble = "403"

    def heal(self) -> None:
        self.trouble = ""

    def ping(self) -> None:
        """Answers, or fails like everything else here."""
        if self.trouble == "slow":
            raise TimeoutError
        if self.trouble.isdigit():
            raise Failed(int(self.trouble), self.retry_after)

    def page(self, email: str, after: str) -> tuple[list[tuple[str, Row]], bool]:
        """So many rows of an address after a key, and whether there are more."""
        self.ping()
        found = [(key, dict(row)) for key, row in sorted(self.rows.items()) if row["email"] == email and key > after]
        if self.trouble == "other" and not after:
            found[:0] = [(key, dict(row)) for key, row in self.rows.items() if row["email"] != email][:1]
        if self.trouble == "drifted":
            found = [(key, {"mail": row["email"]}) for key, row in found]
        if self.trouble == "half":
            return found[:1], len(found) > 1
        return found[:PAGE], len(found) > PAGE

    def delete(self, key: str) -> None:
        self.ping()
        if self.trouble != "lies":
            self.rows.pop(key, None)


class ShelfConnector(Connector):
    """Keeps every promise; what breaks one overrides one of its small steps."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._token = Secret(TOKEN)

    def check(self) -> Health:
        try:
            self._answer(self._shelf.ping)
        except (TryLater, NeedsPerson, Refused) as error:
            return Health(problems=(str(error),))
        return Health(facts={"shelf": "1.0"})

    def channels(self, claimed: Subject) -> Iterator[Channel]:
        for _, row in self._mine(claimed):
            yield Channel("email", row["email"], {"email": row["email"], "customer": row["customer"]})
            return

    def identify(self, subject: Subject) -> Iterator[Identified]:
        for _, row in self._mine(subject):
            yield Identified("customer", row["customer"], {"email": row["email"]})

    def export(self, subject: Subject) -> Iterator[Record | Mark]:
        return self.resume(subject, "")

    def resume(self, subject: Subject, after: str) -> Iterator[Record | Mark]:
        for count, (key, row) in enumerate(self._mine(subject, after), 1):
            yield self._record(key, row)
            if count % PAGE == 0:
                yield Mark(key)

    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        mine = dict(self._mine(subject))
        for each in self._known(scope):
            if each.key not in mine:
                yield Done("card", Deed.ERASED, 1, verified=each.key not in self._keys(subject))
            elif self._record(each.key, mine[each.key]).digest != each.digest:
                yield Done("card", Deed.NEEDS_PERSON, 1, why="it changed after the plan was made")
            elif each.keep:
                yield Done("card", Deed.KEPT, 1, each.ground, each.until, verified=True)
            else:
                self._delete(each.key)
                if each.key in self._keys(subject):
                    raise NeedsPerson("the system says that a card is deleted, and it is still there")
                yield Done("card", Deed.ERASED, 1, verified=True)

    def rectify(self, subject: Subject, corrections: Sequence[Correction]) -> Iterator[Changed]:
        mine = dict(self._mine(subject))
        for each in corrections:
            if set(each.changes) - FIELDS:
                raise Refused("a card has no such field")
            if each.key not in mine or self._record(each.key, mine[each.key]).digest != each.digest:
                yield Changed("card", 0, why="it changed after it was looked at")
            else:
                self._shelf.rows[each.key].update({name: str(value) for name, value in each.changes.items()})
                yield Changed("card", 1, verified=True)

    def restrict(self, subject: Subject, lift: bool = False) -> Iterator[Changed]:
        for key, _ in self._mine(subject):
            self._shelf.restricted -= {key}
            if not lift:
                self._shelf.restricted.add(key)
            yield Changed("card", 1, verified=True)

    def suppress(self, claimed: Subject, lift: bool = False) -> Iterator[Changed]:
        for _, row in self._mine(claimed):
            self._shelf.quiet -= {row["email"]}
            if not lift:
                self._shelf.quiet.add(row["email"])
            yield Changed("mailing", 1, verified=True)
            return

    def plant(self, canary: Subject) -> bool:
        (email,) = canary.values("email")
        self._shelf.rows["9"] = {"email": email, "customer": "C9", "note": "synthetic", "photo": "none"}
        return True

    def unplant(self, canary: Subject) -> None:
        self._shelf.rows = {k: row for k, row in self._shelf.rows.items() if row["email"] not in canary.values("email")}

    def _mine(self, subject: Subject, after: str = "") -> Iterator[tuple[str, Row]]:
        for email in subject.values("email"):
            last, more = after, True
            while more:
                rows, more = self._page(email, last)
                for key, row in rows:
                    if set(row) != FIELDS:
                        raise NeedsPerson("the cards have other fields than this connector knows")
                    if row["email"] != email:
                        raise NeedsPerson("the system answered with a card of somebody else")
                    last = key
                    yield key, row

    def _page(self, email: str, after: str) -> tuple[list[tuple[str, Row]], bool]:
        rows, more = self._answer(lambda: self._shelf.page(email, after))
        if more and len(rows) < PAGE:
            raise TryLater("a page was cut off")
        return rows, more

    def _delete(self, key: str) -> None:
        self._answer(lambda: self._shelf.delete(key))

    def _answer(self, call):
        try:
            return call()
        except TimeoutError:
            raise TryLater("the system did not answer in time") from None
        except Failed as failed:
            if failed.status in (401, 403):
                raise NeedsPerson("the system does not let this connector in: look at its token and scopes") from None
            after = timedelta(seconds=failed.retry_after) if failed.retry_after else None
            raise TryLater(f"the system answered {failed.status}", after) from None

    def _keys(self, subject: Subject) -> set[str]:
        return {key for key, _ in self._mine(subject)}

    def _known(self, scope: Sequence[Decided]) -> Sequence[Decided]:
        if any(each.kind != "card" for each in scope):
            raise Refused("the order names kinds that this system does not have")
        if len({each.key for each in scope}) != len(scope):
            raise Refused("the order names a record twice")
        return scope

    def _record(self, key: str, row: Mapping[str, str]) -> Record:
        photo = row["photo"].encode()
        data = {**row, "photo": sha256(photo).hexdigest()}
        file = Attachment("photo", "photo.png", "image/png", len(photo), lambda: BytesIO(photo))
        return Record("card", key, "cards", data, {"email": row["email"]}, (file,), date(2024, 1, 31))


def fill() -> Shelf:
    """A shelf with four cards of Ann and three of Bob."""
    cards = [("1", "ann"), ("2", "ann"), ("3", "bob"), ("4", "ann"), ("5", "bob"), ("6", "ann"), ("7", "bob")]
    return Shelf(
        {
            key: {
                "email": f"{who}@example.com",
                "customer": f"C{who}",
                "note": f"note {key} of 2024",
                "photo": f"p{key}",
            }
            for key, who in cards
        }
    )

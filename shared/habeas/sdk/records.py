"""What a connector yields, and what it is told to do: values that cannot be changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import BinaryIO

from habeas.sdk.values import Json, digest_of
from habeas.sdk.words import Deed

#: Parts the steps of a chain in `matches`: `email > customer > orders`.
STEP = " > "


@dataclass(frozen=True)
class Attachment:
    """A file that belongs to a record; `open` gives its bytes from the start and may be called more than once."""

    id: str
    name: str = field(repr=False)
    media_type: str
    size: int
    open: Callable[[], BinaryIO] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Record:
    """One thing that a system holds about the person.

    kind: the class of records, `orders`; key: what tells it from others of its kind; activity: the processing activity
    it belongs to; data: its content, see `values.plain`; matches: what ties it to the person, either the identifier
    itself (`email`) or a chain rooted in one (`email > customer > orders`), to the very value that was proved; dated:
    when its retention began. What an attachment holds is part of `data` as its digest, so that a change shows;
    presumed: the system cannot be read, and is held to have something under what was proved.
    """

    kind: str
    key: str
    activity: str
    data: Mapping[str, Json] = field(repr=False)
    matches: Mapping[str, str] = field(repr=False)
    attachments: tuple[Attachment, ...] = ()
    dated: date | None = None
    presumed: bool = False

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of kind, key and data."""
        return digest_of(self.kind, self.key, self.data)

    def located(self) -> "Located":
        """The same record as `locate` speaks of it: without its content."""
        return Located(self.kind, self.key, self.activity, self.digest, self.dated, self.matches, self.presumed)


@dataclass(frozen=True)
class Located:
    """One record as a plan needs it: no content, only the digest that `export` gives for the same record."""

    kind: str
    key: str
    activity: str
    digest: str
    dated: date | None = None
    matches: Mapping[str, str] = field(repr=False, compare=False, default_factory=dict)
    presumed: bool = False


@dataclass(frozen=True)
class Mark:
    """Stands between two records of an export: what came before is complete, and `resume` goes on after `at`.

    `at` is the connector's own text, and may hold a key of the person: it is kept encrypted.
    """

    at: str = field(repr=False)


@dataclass(frozen=True)
class Identified:
    """A further identifier by which a system knows the person, and what ties the record that holds it to them."""

    name: str
    value: str = field(repr=False)
    matches: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Decided:
    """What the approved plan decided for one record: keep it (on a ground, until a day) or let it go."""

    kind: str
    key: str
    digest: str
    keep: bool
    ground: str | None = None
    until: date | None = None


@dataclass(frozen=True)
class Done:
    """What was done to `count` records of a kind: `verified` if it was read back, `why` where a person is needed."""

    kind: str
    deed: Deed
    count: int
    ground: str | None = None
    until: date | None = None
    verified: bool = False
    why: str = ""


@dataclass(frozen=True)
class Correction:
    """New content for some fields of one record, which still has to have `digest`."""

    kind: str
    key: str
    digest: str
    changes: Mapping[str, Json] = field(repr=False)


@dataclass(frozen=True)
class Changed:
    """How many records of a kind were corrected, restricted or suppressed; `why` where some were not."""

    kind: str
    count: int
    verified: bool = False
    why: str = ""


@dataclass(frozen=True)
class Health:
    """Whether a connector could work now: problems in words an operator understands, facts such as a version."""

    problems: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def ok(self) -> bool:
        return not self.problems

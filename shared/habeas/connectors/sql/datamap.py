"""What a data map says: which tables hold a person's data, how they hang together, and how they are erased."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from habeas.connectors.sql.treatments import Blanking
from habeas.marked import Marked, Where


@dataclass(frozen=True)
class Identifier:
    """A column that tells whose row it is; `fold` lets A to Z match a to z, as mail addresses are written."""

    name: str
    column: str
    fold: bool = False


@dataclass(frozen=True)
class Reference:
    """A way from the person's rows of another table into this one: `source.source_columns -> columns`."""

    source: str
    source_columns: tuple[str, ...]
    columns: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.source}.{', '.join(self.source_columns)} -> {', '.join(self.columns)}"


@dataclass(frozen=True)
class Switch:
    """Values that a row gets when something begins (`on`) and when it is lifted (`off`)."""

    on: Mapping[str, str | int | float | bool | None]
    off: Mapping[str, str | int | float | bool | None]

    def values(self, lift: bool) -> Mapping[str, str | int | float | bool | None]:
        return self.off if lift else self.on


@dataclass(frozen=True)
class FileColumn:
    """A column that holds files: their bytes, or (with a `root`) their paths below a folder."""

    column: str
    root: Path | None
    name: str | None
    media_type: str


@dataclass(frozen=True)
class MappedTable:
    """One table as the map describes it; `kind` is its name in records, `name` its name in the database."""

    kind: str
    name: str
    key: tuple[str, ...]
    activity: str
    identifiers: tuple[Identifier, ...] = ()
    decides: str | None = None
    channel: Mapping[str, str] = field(default_factory=dict)
    dated_by: str | None = None
    leave_out: frozenset[str] = frozenset()
    describe: Mapping[str, str] = field(default_factory=dict)
    reached_from: tuple[Reference, ...] = ()
    shared: bool | None = None
    erase: Blanking | None = None  # None: the row is deleted
    when_kept: Blanking | None = None
    files: FileColumn | None = None
    gives: Mapping[str, str] = field(default_factory=dict)  # further identifiers, name to column
    correctable: tuple[str, ...] = ()
    restrict: Switch | None = None
    suppress: Switch | None = None
    canary: Mapping[str, str | int | float | bool | None] | None = None  # what stands in a synthetic person's row


@dataclass(frozen=True)
class DataMap:
    """The whole map of one system, and the document it was read from, for faults with lines."""

    system: str
    tables: Mapping[str, MappedTable]
    document: Marked = field(repr=False)

    @staticmethod
    def at(kind: str, *path: str | int) -> Where:
        """The place of a table's setting in the document."""
        return ("tables", kind, *path)

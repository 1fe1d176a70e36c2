"""What each table of a schema can be: reached from people, holding nobody for a reason, or open."""

from dataclasses import dataclass, field

from habeas.connectors.sql.proposing.facts import Link
from habeas.connectors.sql.proposing.words import Tokens, tokens_of
from habeas.connectors.sql.schema import Columns


@dataclass(frozen=True)
class Way:
    """A way from the rows of one table into another, along a link or against it."""

    source: str
    source_columns: Columns
    columns: Columns
    link: Link


@dataclass
class Roles:
    """What each table is: `depth` holds all that is reached, 0 being what has identifiers of its own."""

    roots: set[str] = field(default_factory=set)  # found by identifiers of their own
    depth: dict[str, int] = field(default_factory=dict)
    ways: dict[str, list[Way]] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)
    outsiders: dict[str, list[str]] = field(default_factory=dict)  # table -> columns that number people kept elsewhere
    notes: dict[str, list[str]] = field(default_factory=dict)
    open: dict[str, list[str]] = field(default_factory=dict)
    nobody: dict[str, str] = field(default_factory=dict)

    def note(self, name: str, text: str) -> None:
        """Tell something of a table that keeps nothing from being loaded."""
        self.notes.setdefault(name, []).append(text)

    def ask(self, name: str, text: str) -> None:
        """Leave a decision about a table to a person."""
        self.open.setdefault(name, []).append(text)


def words_of(table: str) -> Tokens:
    """The words of a table's name, without its schema."""
    return tokens_of(table.rpartition(".")[2])

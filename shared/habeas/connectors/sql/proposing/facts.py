"""What was seen of a database before anything is guessed: its tables, shares of sampled values, and its links."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from habeas.connectors.sql.schema import Columns, LiveTable, Survey


@dataclass(frozen=True)
class Sample:
    """How many values of a column were looked at, and which share of them (0 to 1) fits each pattern."""

    seen: int = 0
    shares: Mapping[str, float] = field(default_factory=dict)

    def share(self, pattern: str) -> float:
        """The share that fits a pattern; 0 where no value was there."""
        return self.shares.get(pattern, 0.0)


@dataclass(frozen=True)
class Link:
    """Columns of one table whose values are those of another: a foreign key, or what looks like one.

    `seen` and `share` are of sampled values that stand in the other table, too; of a declared link none are taken.
    """

    table: str
    columns: Columns
    to: str
    target: Columns
    declared: bool = True
    seen: int = 0
    share: float = 1.0

    def __str__(self) -> str:
        return f"{', '.join(self.columns)} -> {self.to}.{', '.join(self.target)}"


@dataclass(frozen=True)
class SeenTable:
    """One table, with a sample of each column that could be looked into; `readable` is false where none could."""

    live: LiveTable
    samples: Mapping[str, Sample] = field(default_factory=dict)
    readable: bool = True

    @property
    def name(self) -> str:
        return self.live.name

    def sample(self, column: str) -> Sample:
        """The sample of a column; an empty one for a column of bytes."""
        return self.samples.get(column, Sample())


@dataclass(frozen=True)
class Facts:
    """A whole schema as it was seen; `refuted` are links by name whose sampled values stand nowhere."""

    survey: Survey = field(repr=False)
    tables: Mapping[str, SeenTable]
    links: tuple[Link, ...]
    refuted: tuple[Link, ...] = ()
    outside: tuple[Link, ...] = ()  # foreign keys that lead to tables which were not looked at

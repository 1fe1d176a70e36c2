"""What a column holds, guessed by its name and its sampled values, and how sure that is."""

from dataclasses import dataclass

import sqlalchemy as sa

from habeas.connectors.sql.proposing.facts import SeenTable
from habeas.connectors.sql.proposing.words import kind_named, tokens_of

#: With fewer values than this a share tells nothing.
ENOUGH = 5
FITS = 0.9
REFUTES = 0.5

#: Kinds that make a table somebody's, wherever it hangs; `weak` and `free_text` do so only in rows that are reached.
STRONG = ("email", "phone", "personal_number", "name", "address", "birth_date", "ip", "payment", "mentions")
_BY_VALUE = ("email", "personal_number", "ip", "payment", "secret", "phone")
_CHECKED = ("email", "ip", "personal_number")


@dataclass(frozen=True)
class Guess:
    """What a column holds; `why` says by what, with shares and never with values."""

    column: str
    kind: str
    why: str

    @property
    def is_strong(self) -> bool:
        return self.kind in STRONG


def guess_all(table: SeenTable) -> dict[str, Guess]:
    """A guess for each column of which there is something to say."""
    found = {name: _guess(table, name) for name in table.live.types}
    return {name: guess for name, guess in found.items() if guess}


def is_text(table: SeenTable, column: str) -> bool:
    """Whether a column can hold any text (an enumeration cannot)."""
    kind = table.live.types[column]
    return isinstance(kind, sa.String | sa.types.NullType) and not isinstance(kind, sa.Enum)


def _guess(table: SeenTable, column: str) -> Guess | None:
    sample, named = table.sample(column), kind_named(tokens_of(column))
    if named and not _can_hold(table, column, named):
        named = None
    if named in _CHECKED and sample.seen >= ENOUGH and sample.share(named) < REFUTES:
        named = None
    enough = sample.seen >= ENOUGH
    for kind in _BY_VALUE:
        if enough and sample.share(kind) >= FITS and _can_hold(table, column, kind):
            if named and named not in (kind, "weak", "free_text"):
                break  # the name says more: a card's number may look like a telephone's
            return Guess(column, kind, f"{'name and ' if named == kind else ''}{percent(sample.share(kind))} of values")
    if named in (None, "free_text", "weak") and enough and is_text(table, column):
        if sample.share("mentions"):
            return Guess(column, "mentions", f"{percent(sample.share('mentions'))} of texts name an e-mail address")
        if named is None and sample.share("free_text") >= REFUTES:
            return Guess(column, "free_text", "texts of many words")
    return Guess(column, named, "name") if named else None


def _can_hold(table: SeenTable, column: str, kind: str) -> bool:
    """Whether the column's type can hold such a thing: `email_verified` is a yes or no."""
    declared = table.live.types[column]
    if kind == "birth_date":
        return isinstance(declared, sa.Date | sa.DateTime) or is_text(table, column)
    if kind == "secret":
        return is_text(table, column) or isinstance(declared, sa.LargeBinary)
    if kind == "ip":
        return is_text(table, column) or type(declared).__name__ in ("INET", "CIDR")
    if kind in ("phone", "personal_number", "payment", "address") and not isinstance(declared, sa.Boolean):
        return is_text(table, column) or isinstance(declared, sa.Numeric | sa.BigInteger | sa.Integer)
    return is_text(table, column)


def percent(share: float) -> str:
    """A share as people read it."""
    return f"{share:.0%}".replace("%", " %")

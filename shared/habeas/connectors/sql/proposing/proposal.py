"""Puts a proposal together: each table with its key, identifiers, dates and ways, and what a person has to decide."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from habeas.connectors.sql.datamap import Identifier
from habeas.connectors.sql.proposing.blanking import blank
from habeas.connectors.sql.proposing.circles import break_circles
from habeas.connectors.sql.proposing.facts import Facts, Link, SeenTable
from habeas.connectors.sql.proposing.guesses import Guess, guess_all, is_text, percent
from habeas.connectors.sql.proposing.identifiers import identify
from habeas.connectors.sql.proposing.names import name_kinds
from habeas.connectors.sql.proposing.reach import reach
from habeas.connectors.sql.proposing.reasons import explain_people, explain_rest
from habeas.connectors.sql.proposing.roles import Roles, Way
from habeas.connectors.sql.proposing.words import BEGINS, LATER, tokens_of
from habeas.connectors.sql.schema import Columns, key_type


@dataclass(frozen=True)
class Draft:
    """One table as it is proposed; `open` is what keeps the map from being loaded, `notes` what is only told."""

    kind: str
    table: SeenTable
    key: Columns = ()
    identifiers: tuple[Identifier, ...] = ()
    decides: str | None = None
    channel: Mapping[str, str] = field(default_factory=dict)
    dated_by: str | None = None
    leave_out: Columns = ()
    file: str | None = None
    ways: tuple[Way, ...] = ()
    shared: bool = False
    kept: Mapping[str, str | int | bool | None] = field(default_factory=dict)
    personal: tuple[Guess, ...] = ()
    is_root: bool = False
    open: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.table.name


@dataclass(frozen=True)
class Proposal:
    """Every table of a schema: drafted, or holding nobody for a reason."""

    drafts: tuple[Draft, ...]
    nobody: Mapping[str, str]

    @property
    def open(self) -> int:
        """How many decisions are left to a person beside the activities."""
        return sum(len(draft.open) for draft in self.drafts)

    def kind_of(self, table: str) -> str:
        """The name in the map of a drafted table."""
        return next(draft.kind for draft in self.drafts if draft.name == table)


def propose(facts: Facts) -> Proposal:
    """A proposal for the whole schema."""
    guesses = {name: guess_all(table) for name, table in facts.tables.items()}
    roles = reach(facts, guesses)
    explain_people(facts, roles)
    explain_rest(facts, guesses, roles)
    kinds = name_kinds(name for name in facts.tables if name not in roles.nobody)
    order = sorted(kinds, key=lambda name: (roles.depth.get(name, len(facts.tables)), name))
    drafts = [_draft(kinds[name], facts, roles, guesses[name], name) for name in order]
    drafts = break_circles(drafts, facts)
    mapped = {draft.name for draft in drafts}
    return Proposal(tuple(blank(draft, facts, roles.shared, mapped) for draft in drafts), roles.nobody)


def _draft(kind: str, facts: Facts, roles: Roles, guesses: Mapping[str, Guess], name: str) -> Draft:
    table = facts.tables[name]
    dated_by, others = _date(table, guesses)
    secrets = tuple(guess.column for guess in guesses.values() if guess.kind == "secret")
    files = [column for column, kind in table.live.types.items() if isinstance(kind, sa.LargeBinary)]
    files = [column for column in files if column not in secrets]
    draft = Draft(
        kind=kind,
        table=table,
        key=_key(table),
        dated_by=dated_by,
        leave_out=secrets,
        file=files[0] if files else None,
        ways=tuple(roles.ways.get(name, ())),
        shared=name in roles.shared,
        personal=tuple(guess for guess in guesses.values() if guess.kind != "secret"),
        is_root=roles.depth.get(name) == 0,
        open=tuple(roles.open.get(name, ())),
        notes=tuple(roles.notes.get(name, ())),
    )
    draft = identify(draft, roles)
    return replace(draft, open=(*draft.open, *_open(draft)), notes=(*draft.notes, *_notes(draft, facts, others, files)))


def _open(draft: Draft) -> list[str]:
    asked = []
    if not draft.key:
        asked.append("no primary or unique key that can be used tells its rows apart: add one, or leave it to a person")
    if "." in draft.table.live.sql.name:
        asked.append("a name with a dot cannot be told from a schema's: rename it, or leave it to a person")
    if not draft.identifiers and not draft.ways and not draft.open:
        asked.append("nothing reaches it from a person: give identifiers or reached_from")
    return asked


def _notes(draft: Draft, facts: Facts, dates: list[str], files: list[str]) -> list[str]:
    taken = [way.link for way in draft.ways]
    notes = [
        f"{link} is likely, not declared, and not taken: {stands(link)}"
        for link in (*facts.links, *facts.refuted)
        if link.table == draft.name and not link.declared and link not in taken
    ]
    notes += [f"{link} leads out of what was looked at" for link in facts.outside if link.table == draft.name]
    if dates:
        notes.append(f"other dates: {', '.join(dates)}")
    notes += [f"{column} holds bytes, too: one column of files can be named" for column in files[1:]]
    return notes


def stands(link: Link) -> str:
    """What a sample says of a link that is not declared."""
    return f"{percent(link.share)} of {link.seen} sampled values stand there" if link.seen else "no values to check"


def _key(table: SeenTable) -> Columns:
    """The primary key, or the smallest unique one without empty columns; nothing if none can be a key of a map."""
    live = table.live
    uniques = sorted(live.unique, key=lambda each: (len(each), sorted(each)))
    ordered = [tuple(name for name in live.types if name in each) for each in uniques]
    found = [live.primary] if live.primary else []
    found += [each for each in ordered if not any(live.nullable[name] for name in each)]
    return next((key for key in found if all(key_type(live.types[name]) for name in key)), ())


def _date(table: SeenTable, guesses: Mapping[str, Guess]) -> tuple[str | None, list[str]]:
    """The date with which a row most likely begins, and the other dates."""
    dates = []
    for column, kind in table.live.types.items():
        dated = isinstance(kind, sa.Date | sa.DateTime)
        as_text = is_text(table, column) and isinstance(table.live.sql.c[column].type, sa.types.NullType)
        if dated or (as_text and table.sample(column).share("date") >= 0.95):
            dates.append(column)
    born = [column for column in dates if (guess := guesses.get(column)) and guess.kind == "birth_date"]

    def rank(column: str) -> tuple[int, int]:
        words = set(tokens_of(column))
        return (0 if words & BEGINS and not words & LATER else 1, dates.index(column))

    begins = [column for column in sorted(dates, key=rank) if column not in born and not set(tokens_of(column)) & LATER]
    chosen = begins[0] if begins else None
    return chosen, [column for column in dates if column not in (chosen, *born)]

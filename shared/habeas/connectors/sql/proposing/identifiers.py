"""By which columns a table's rows are found from outside, and what has to be asked before that is believed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from habeas.connectors.sql.datamap import Identifier
from habeas.connectors.sql.proposing.links import stem_of
from habeas.connectors.sql.proposing.roles import Roles, words_of
from habeas.connectors.sql.proposing.words import NUMBERING, entity_of, is_one_of, tokens_of

if TYPE_CHECKING:
    from habeas.connectors.sql.proposing.proposal import Draft

_IDENTIFYING = ("text", "number", "uuid", "any")
#: People whom nobody gives a number that they know: their row's number is no identifier.
_UNNUMBERED = ("subscriber", "lead", "applicant", "guest", "person")


def identify(draft: Draft, roles: Roles) -> Draft:
    """The draft with its identifiers: of a table of people all, of a reached one those that links could miss."""
    emails, numbers = _of_kind(draft, "email"), _of_kind(draft, "personal_number")
    may_miss = _links_may_be_empty(draft)
    if not draft.is_root and not may_miss:
        needless = [f"{each} is no identifier here: its link leads to every row" for each in (*emails, *numbers)]
        return replace(draft, notes=(*draft.notes, *(needless if draft.ways else ())))
    found = [Identifier("email", column, fold=True) for column in emails[:1]]
    found += [Identifier("personal_number", column) for column in numbers[:1]]
    asked = [
        f"{each} identifies, too, and rows that only it would find are missed" for each in emails[1:] + numbers[1:]
    ]
    if may_miss:
        notes = ("its links may be empty, so its rows are looked for by identifiers, too",) if found else ()
        return replace(draft, identifiers=tuple(found), open=(*draft.open, *asked), notes=(*draft.notes, *notes))
    found += [own] if (own := _own_number(draft)) else []
    if not found:
        found += [Identifier("phone", column) for column in _of_kind(draft, "phone")[:1]]
    elsewhere = _numbers_elsewhere(draft, roles, {each.name for each in found})
    asked += [
        f"{each.column} numbers people by its name: is it the {each.name} that is proved elsewhere?"
        for each in elsewhere
    ]
    found += elsewhere
    return replace(
        draft,
        identifiers=tuple(found),
        decides=_decider(draft, found),
        channel=_channel(draft),
        open=(*draft.open, *asked),
    )


def _links_may_be_empty(draft: Draft) -> bool:
    """Whether a row of a reached table may have none of its links, so that nothing would lead to it."""
    down = [way for way in draft.ways if way.link.table == draft.name]
    return bool(down) and all(any(draft.table.live.nullable[name] for name in way.columns) for way in down)


def _decider(draft: Draft, found: list[Identifier]) -> str | None:
    """The identifier that one row at most can hold, where there is another that two people may share."""
    alone = [each.name for each in found if not each.fold and draft.table.live.tells_apart([each.column])]
    return alone[0] if alone and len(found) > 1 else None


def _channel(draft: Draft) -> dict[str, str]:
    """Where the people of a table can be written to; a fax is no telephone that takes a text."""
    phones = [column for column in _of_kind(draft, "phone") if "fax" not in tokens_of(column)]
    phones = [column for column in phones if draft.table.live.categories[column] in ("text", "any")]
    ways = (("email", _of_kind(draft, "email")), ("sms", phones))
    return {name: columns[0] for name, columns in ways if columns}


def _of_kind(draft: Draft, kind: str) -> list[str]:
    """The columns of that kind that can identify, the shortest name first: `email` before `email_of_boss`."""
    columns = [guess.column for guess in draft.personal if guess.kind == kind]
    columns = [column for column in columns if draft.table.live.categories[column] in _IDENTIFYING]
    return sorted(columns, key=lambda column: (len(tokens_of(column)), columns.index(column)))


def _own_number(draft: Draft) -> Identifier | None:
    """The column that numbers the people of this table: one that says so, or else the primary key."""
    entity, live = entity_of(words_of(draft.name)), draft.table.live
    if entity is None:
        return None
    name = f"{entity}_number"
    for column in live.types:
        stem, ending = stem_of(tokens_of(column))
        said = ending in NUMBERING and is_one_of(stem, words_of(draft.name))
        said = said or (len(tokens_of(column)) == 1 and tokens_of(column)[0] in NUMBERING)
        if said and live.tells_apart([column]) and live.categories[column] in _IDENTIFYING:
            return Identifier(name, column)
    if entity in _UNNUMBERED or len(live.primary) != 1:
        return None
    (column,) = live.primary
    return Identifier(name, column) if live.categories[column] in _IDENTIFYING else None


def _numbers_elsewhere(draft: Draft, roles: Roles, taken: set[str]) -> list[Identifier]:
    found: dict[str, Identifier] = {}
    for column in roles.outsiders.get(draft.name, ()):
        name = f"{entity_of(stem_of(tokens_of(column))[0])}_number"
        if name not in taken:
            found.setdefault(name, Identifier(name, column))
    return list(found.values())

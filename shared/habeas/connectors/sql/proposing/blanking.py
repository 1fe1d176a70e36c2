"""What to blank in a row that rows kept by law refer to: everything personal, and every identifier."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from habeas.connectors.sql.proposing.facts import Facts
from habeas.connectors.sql.proposing.guesses import is_text

if TYPE_CHECKING:
    from habeas.connectors.sql.proposing.proposal import Draft

_KEY_ROOM = 20  # characters that a key may take in a blanked text
_FORMS = ("erased-{key}@invalid", "erased-{key}", "x{key}")
#: Which kinds of columns carry the mark best, the best first.
_MARKED = ("email", "name", "address", "weak", "phone")
Value = str | int | None


class _Stuck:
    """Stands where a column cannot be emptied."""


_NO = _Stuck()


def blank(draft: Draft, facts: Facts, shared: AbstractSet[str], mapped: AbstractSet[str]) -> Draft:
    """The draft with what to blank, where other mapped rows refer to it and something of it is personal."""
    referred = any(link.to == draft.name and link.table in mapped - {draft.name} for link in facts.links)
    columns = _columns(draft, facts, shared)
    if not referred or not columns or not draft.key:
        return draft
    values = {column: _value(draft, facts, column) for column in columns}
    needed = {each.column for each in draft.identifiers} - set(draft.key)
    stuck = [column for column, value in values.items() if value is _NO]
    mark: dict[str, Value] = {}
    if not any("{key}" in str(value) for value in values.values()):
        mark.update(_marked(draft, facts, [column for column in values if values[column] is not _NO]))
    if not mark and not any("{key}" in str(value) for value in values.values()):
        return _told(draft, "no column can hold a mark, so a row that kept rows need goes to a person")
    if needed & set(stuck):
        return _told(draft, f"{', '.join(stuck)} cannot be emptied, so a row that kept rows need goes to a person")
    kept = {column: value for column, value in values.items() if not isinstance(value, _Stuck)} | mark
    left = _told(draft, f"{', '.join(stuck)} cannot be emptied and would stay in a blanked row") if stuck else draft
    return replace(left, kept=kept)


def _columns(draft: Draft, facts: Facts, shared: AbstractSet[str]) -> list[str]:
    """Personal columns, secrets, identifiers, and links to rows that other people share; never the key."""
    personal = {guess.column for guess in draft.personal} | set(draft.leave_out)
    personal |= {each.column for each in draft.identifiers}
    if not personal - set(draft.key):
        return []
    links = [link for link in facts.links if link.table == draft.name and link.to in shared]
    personal |= {column for link in links for column in link.columns if draft.table.live.nullable[column]}
    return [column for column in draft.table.live.types if column in personal and column not in draft.key]


def _value(draft: Draft, facts: Facts, column: str) -> Value | _Stuck:
    live = draft.table.live
    kind, alone = live.types[column], any(column in unique for unique in live.unique)
    if live.nullable[column]:
        return None
    if any(link.table == draft.name and column in link.columns and link.declared for link in facts.links):
        return _NO
    if is_text(draft.table, column):
        if alone:
            return _fitting(draft, column) or _NO
        return "erased" if _room(kind) >= len("erased") else "-"
    if isinstance(kind, sa.Integer) and not alone:
        return 0
    return _NO


def _marked(draft: Draft, facts: Facts, columns: list[str]) -> dict[str, str]:
    """One column with the mark by which a blanked row is known again: an e-mail address if there is one."""
    linked = {column for link in facts.links if link.table == draft.name for column in link.columns}
    kinds = {guess.column: guess.kind for guess in draft.personal}
    ranks = {kind: rank for rank, kind in enumerate(_MARKED)}
    for column in sorted(columns, key=lambda column: ranks.get(kinds.get(column, ""), len(ranks))):
        if column not in linked and is_text(draft.table, column) and (form := _fitting(draft, column)):
            return {column: form}
    return {}


def _fitting(draft: Draft, column: str) -> str | None:
    room = _room(draft.table.live.types[column])
    is_mail = any(guess.column == column and guess.kind == "email" for guess in draft.personal)
    key_room = sum(
        _room(draft.table.live.types[name]) if isinstance(draft.table.live.types[name], sa.String) else _KEY_ROOM
        for name in draft.key
    ) + 4 * (len(draft.key) - 1)
    key_room = min(key_room, 64)
    return next((form for form in _FORMS[0 if is_mail else 1 :] if len(form) - len("{key}") + key_room <= room), None)


def _room(kind: object) -> int:
    """How many characters a text column takes."""
    length = getattr(kind, "length", None)
    return length if isinstance(length, int) else 1 << 16


def _told(draft: Draft, note: str) -> Draft:
    return replace(draft, notes=(*draft.notes, f"when_kept_rows_need_it: {note}"))

"""Finds tables whose rows refer to each other in a circle that no empty column opens, and leaves one of each open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from habeas.connectors.sql.datamap import DataMap, MappedTable, Reference
from habeas.connectors.sql.proposing.facts import Facts
from habeas.connectors.sql.references import order_of, referers_of
from habeas.connectors.sql.schema import BoundTable
from habeas.marked import Marked

if TYPE_CHECKING:
    from habeas.connectors.sql.proposing.proposal import Draft

_WHY = "its rows refer to each other in a circle that no empty column can open: leave it to a person"


def break_circles(drafts: Sequence[Draft], facts: Facts) -> list[Draft]:
    """The drafts, of which no closed circle is left once those are taken out that are open for it."""
    opened: set[str] = set()
    while stuck := _stuck([draft for draft in drafts if draft.kind not in opened], facts):
        roots = {draft.kind for draft in drafts if draft.is_root}
        opened.add(next((kind for kind in reversed(stuck) if kind not in roots), stuck[-1]))
    return [replace(draft, open=(*draft.open, _WHY)) if draft.kind in opened else draft for draft in drafts]


def _stuck(drafts: Sequence[Draft], facts: Facts) -> list[str]:
    """The tables in closed circles, judged as fitting the map would judge them."""
    kinds = {draft.name: draft.kind for draft in drafts}
    tables = {
        draft.kind: MappedTable(
            draft.kind,
            draft.name,
            draft.key,
            activity="",
            reached_from=tuple(
                Reference(kinds[way.source], way.source_columns, way.columns)
                for way in draft.ways
                if way.source in kinds
            ),
        )
        for draft in drafts
    }
    data_map = DataMap("", tables, Marked({}, "", {}))
    live = {draft.kind: draft.table.live for draft in drafts}
    bound = {
        kind: BoundTable(mapped, live[kind], tuple(referers_of(kind, data_map, live, facts.survey)))
        for kind, mapped in tables.items()
    }
    return order_of(bound)[2]

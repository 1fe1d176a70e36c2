"""Writes a converted dataset as a data map, with what Fides said beside what a person has to decide."""

from collections.abc import Iterator

from habeas.connectors.sql.fides.conversion import Converted, ConvertedTable
from habeas.connectors.sql.proposing.writing import TO_FINISH, comments, several, text, value


def write_map(converted: Converted, activity: str | None = None) -> str:
    """The text of the map; `activity` stands in each table that has nothing else to decide."""
    asks = [f"{TO_FINISH}: {remark}" for remark in converted.remarks if remark.asks]
    told = [str(remark) for remark in converted.remarks if not remark.asks]
    lines = [
        f"# Made of the Fides dataset {converted.dataset}.",
        f"# It is not loaded before each place is done that says {TO_FINISH} ({converted.open} beside the activities).",
        "# What a policy masks with stands in no dataset: look at each erase. `habeas check` tells what does not fit.",
        *comments("", told),
        "version: 1",
        *comments("", asks),
        # an open question about the whole dataset keeps the map from being loaded as an open table does
        "system:" if asks else f"system: {converted.system}",
        "tables:" if converted.tables else "tables: {}",
        *(line for table in converted.tables for line in _table(table, activity)),
    ]
    if converted.left_out:
        lines += ["", "# Collections that Fides skips: say of each whether it holds nobody."]
        lines += comments("", [f"  {name}: {why}" for name, why in sorted(converted.left_out.items())])
    return "\n".join(lines) + "\n"


def _table(table: ConvertedTable, activity: str | None) -> Iterator[str]:
    yield ""
    yield f"  {text(table.kind)}:"
    if table.kind != table.name:
        yield f"    table: {text(table.name)}"
    yield f"    key: {several(table.key)}" if table.key else "    key:"
    asked = [f"{TO_FINISH}: {each}" for each in table.open]
    if not table.open and activity is None:
        used = f" (data uses in Fides: {', '.join(table.uses)})" if table.uses else ""
        asked.append(f"{TO_FINISH}: name the activity of your profile{used}")
    yield from comments("    ", asked)
    yield f"    activity: {text(activity)}" if activity and not table.open else "    activity:"
    if table.identifiers:
        yield "    identifiers:"
        for each in table.identifiers:
            column = text(each.column)
            yield f"      {each.name}: {f'{{column: {column}, match: email}}' if each.fold else column}"
    if table.gives:
        yield "    gives:"
        yield from (f"      {name}: {text(column)}" for name, column in table.gives.items())
    if table.leave_out:
        yield "    columns:"
        yield f"      leave_out: [{', '.join(map(text, table.leave_out))}]"
    if table.ways:
        yield "    reached_from:"
        yield from (f"      - {text(way)}" for way in table.ways)
    if table.shared:
        yield "    shared: yes  # several rows may refer to one here; say no only if they are one person's"
    yield from _erase(table)
    yield from comments("    ", table.notes)


def _erase(table: ConvertedTable) -> Iterator[str]:
    if table.erase or table.hashed:
        yield "    erase:"
    if table.erase:
        yield "      set:"
        yield from (f"        {text(name)}: {value(each)}" for name, each in table.erase.items())
    if table.hashed:
        yield "      columns:  # the system's settings have to name a hash_key_file"
        yield from (f"        {text(name)}: hash" for name in table.hashed)

"""Names for tables in a map, where a table's own name does not have the form of one."""

import re
from collections.abc import Iterable

_ODD = re.compile(r"[^A-Za-z0-9_-]+")


def name_kinds(tables: Iterable[str]) -> dict[str, str]:
    """Table to its name in the map, each once: the table's own where that has the form, without its schema."""
    given: dict[str, str] = {}
    for table in tables:
        plain = _ODD.sub("_", table.rpartition(".")[2])[:50].strip("_-") or "table"
        if not plain[0].isalpha():
            plain = f"t_{plain}"
        name, number = plain, 1
        while name in given.values():
            number += 1
            name = f"{plain}_{number}"
        given[table] = name
    return given


def system_named(database: str) -> str:
    """A system's name made of a database's."""
    plain = re.sub(r"[^a-z0-9]+", "-", database.lower()).strip("-")
    plain = plain if plain[:1].isalpha() else f"system-{plain}".rstrip("-")
    return (plain if len(plain) > 1 else f"{plain}-database")[:31].rstrip("-")

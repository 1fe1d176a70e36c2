"""Names what does not fit together between the tables of a data map, whatever the database holds."""

from habeas.connectors.sql.datamap import DataMap
from habeas.sdk import Fault


def faults_between(data_map: DataMap) -> list[Fault]:
    """Every fault between tables, each with its line."""
    fault, at, tables = data_map.document.fault, data_map.at, data_map.tables
    faults = []
    reached = {kind for kind, table in tables.items() if table.identifiers}
    while more := {
        kind
        for kind, table in tables.items()
        if kind not in reached and any(way.source in reached for way in table.reached_from)
    }:
        reached |= more
    if tables and not reached:
        faults.append(fault(("tables",), "no table has identifiers, so nobody could be found"))
    names: dict[str, str] = {}
    for kind, table in tables.items():
        if kind not in reached:
            faults.append(fault(at(kind), "nothing reaches it from a person", "give identifiers or reached_from"))
        if names.setdefault(table.name, kind) != kind:
            faults.append(fault(at(kind), f"{names[table.name]} describes the same table already"))
        if table.decides and table.decides not in {each.name for each in table.identifiers}:
            faults.append(fault(at(kind, "decides"), "it names no identifier of this table"))
        for number, way in enumerate(table.reached_from):
            if way.source not in tables:
                faults.append(fault(at(kind, "reached_from", number), f"there is no table {way.source} in the map"))
            elif tables[way.source].shared:
                faults.append(
                    fault(
                        at(kind, "reached_from", number),
                        f"rows of {way.source} are shared, so they would lead to other people",
                        "reach this table from a table that is not shared",
                    )
                )
    return faults

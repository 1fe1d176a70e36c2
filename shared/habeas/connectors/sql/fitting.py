"""Fits a data map to a database, and names everything in which the two do not agree."""

import difflib
from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from habeas.connectors.sql.datamap import DataMap, MappedTable, Reference
from habeas.connectors.sql.fittingvalues import faults_of_values, place_of
from habeas.connectors.sql.references import order_of, referers_of
from habeas.connectors.sql.schema import BoundTable, LiveTable, Schema, Survey, key_type
from habeas.sdk import Fault, Faults

_IDENTIFYING = ("text", "number", "uuid", "any")
_DATES = (sa.Date, sa.DateTime)
_TRANSACTIONAL = ("InnoDB", "RocksDB", "ROCKSDB")


def fit(data_map: DataMap, connection: sa.Connection) -> Schema:
    """The map bound to the live tables; raises Faults with every fault, each with its line in the map."""
    survey = Survey(connection, [table.name for table in data_map.tables.values()])
    live = {kind: survey.find(table.name) for kind, table in data_map.tables.items()}
    faults = [fault for kind in data_map.tables for fault in _faults_of_table(data_map, kind, live, survey)]
    if faults:
        raise _sorted(faults)
    found = {kind: table for kind, table in live.items() if table is not None}
    faults = [fault for kind in data_map.tables for fault in _faults_of_use(data_map, kind, found)]
    for kind in data_map.tables if not faults else ():
        faults.extend(faults_of_values(data_map, kind, found[kind], survey, connection))
    bound = {
        kind: BoundTable(mapped, found[kind], tuple(referers_of(kind, data_map, found, survey)))
        for kind, mapped in data_map.tables.items()
    }
    order, loops, stuck = order_of(bound)
    for kind in stuck:
        faults.append(
            data_map.document.fault(
                data_map.at(kind),
                "its rows refer to each other in a circle that no empty column can open",
                "leave one of these tables to a person",
            )
        )
    if faults:
        raise _sorted(faults)
    return Schema(data_map, bound, order, loops)


def _sorted(faults: list[Fault]) -> Faults:
    return Faults(sorted(faults, key=lambda fault: int(fault.where.rpartition(":")[2])))


def _faults_of_table(
    data_map: DataMap, kind: str, live: Mapping[str, LiveTable | None], survey: Survey
) -> Iterator[Fault]:
    """Tables and columns that the map names and the database does not have."""
    mapped, table = data_map.tables[kind], live[kind]
    fault, at = data_map.document.fault, data_map.at
    if table is None:
        close = difflib.get_close_matches(mapped.name, survey.tables, n=1, cutoff=0.5)
        yield fault(
            at(kind, "table"),
            f"the database has no table {mapped.name}",
            f"is it {close[0]}?" if close else "add the schema's name if it stands in another: schema.table",
        )
        return
    for path, name in _columns_named(data_map, mapped):
        if name not in table.types:
            close = difflib.get_close_matches(name, table.types, n=1, cutoff=0.5)
            yield fault(at(kind, *path), f"{mapped.name} has no column {name}", f"is it {close[0]}?" if close else "")
    for number, way in enumerate(mapped.reached_from):
        source = live.get(way.source)
        for name in way.source_columns if source else ():
            if source and name not in source.types:
                yield fault(at(kind, "reached_from", number), f"{way.source} has no column {name}")


def _columns_named(data_map: DataMap, mapped: MappedTable) -> Iterator[tuple[tuple[str | int, ...], str]]:
    yield from ((("key",), name) for name in mapped.key)
    yield from ((("identifiers", each.name), each.column) for each in mapped.identifiers)
    yield from ((("channel", kind), name) for kind, name in mapped.channel.items())
    yield from ((("columns", "leave_out"), name) for name in sorted(mapped.leave_out))
    yield from ((("columns", "describe", name), name) for name in mapped.describe)
    yield from (
        (("reached_from", number), name) for number, way in enumerate(mapped.reached_from) for name in way.columns
    )
    for setting, blanking in (("erase", mapped.erase), ("when_kept_rows_need_it", mapped.when_kept)):
        yield from (
            (place_of(data_map, mapped.kind, setting, name), name) for name in (blanking.treatments if blanking else ())
        )
    for setting, switch in (("restrict", mapped.restrict), ("suppress", mapped.suppress)):
        yield from (((setting, "set", name), name) for name in (switch.on if switch else ()))
    yield from ((("canary", name), name) for name in mapped.canary or ())
    yield from ((("gives", each), name) for each, name in mapped.gives.items())
    yield from ((("correctable",), name) for name in mapped.correctable)
    if mapped.dated_by:
        yield ("dated_by",), mapped.dated_by
    if mapped.files:
        yield ("files", "column"), mapped.files.column
        if mapped.files.name:
            yield ("files", "name"), mapped.files.name


def _faults_of_use(data_map: DataMap, kind: str, live: Mapping[str, LiveTable]) -> Iterator[Fault]:
    """Columns that are there and cannot be used the way the map says."""
    mapped, table = data_map.tables[kind], live[kind]
    fault, at = data_map.document.fault, data_map.at
    if not table.tells_apart(mapped.key):
        yield fault(at(kind, "key"), f"two rows of {mapped.name} may have the same key", "name a primary or unique key")
    for name in mapped.key:
        if key_type(table.types[name]) is None:
            yield fault(at(kind, "key"), f"{name} is of a type that cannot be a key here")
    for each in mapped.identifiers:
        if table.categories[each.column] not in _IDENTIFYING:
            yield fault(at(kind, "identifiers", each.name), f"{each.column} holds no text, whole number or UUID")
        elif each.fold and table.categories[each.column] not in ("text", "any"):
            yield fault(at(kind, "identifiers", each.name), f"{each.column} holds no text, so no e-mail addresses")
    yield from _faults_of_types(data_map, kind, table)
    for number, way in enumerate(mapped.reached_from):
        yield from _faults_of_way(data_map, kind, number, way, live)
    if table.engine and table.engine not in _TRANSACTIONAL:
        yield fault(
            at(kind, "table"),
            f"{mapped.name} is kept by {table.engine}, which has no transactions",
            "ALTER TABLE ... ENGINE=InnoDB, or leave the table to a person",
        )


def _faults_of_types(data_map: DataMap, kind: str, table: LiveTable) -> Iterator[Fault]:
    mapped, fault, at = data_map.tables[kind], data_map.document.fault, data_map.at
    for channel, name in mapped.channel.items():
        if table.categories[name] not in ("text", "any"):
            yield fault(at(kind, "channel", channel), f"{name} holds no text, so no addresses")
    if mapped.dated_by and not _can_date(table, mapped.dated_by):
        yield fault(at(kind, "dated_by"), f"{mapped.dated_by} holds no dates")
    if mapped.files and not _can_hold(table, mapped):
        problem = "no paths" if mapped.files.root else "no bytes"
        yield fault(at(kind, "files", "column"), f"{mapped.files.column} holds {problem}", "a path needs a root")


def _can_date(table: LiveTable, name: str) -> bool:
    return isinstance(table.types[name], _DATES) or table.categories[name] == "any" or _is_sqlite_text(table, name)


def _is_sqlite_text(table: LiveTable, name: str) -> bool:
    return table.categories[name] == "text" and isinstance(table.sql.c[name].type, sa.types.NullType)


def _can_hold(table: LiveTable, mapped: MappedTable) -> bool:
    assert mapped.files
    kind, category = table.types[mapped.files.column], table.categories[mapped.files.column]
    if mapped.files.root:
        return category in ("text", "any")
    return isinstance(kind, sa.LargeBinary | sa.BINARY | sa.VARBINARY | sa.types.NullType)


def _faults_of_way(
    data_map: DataMap, kind: str, number: int, way: Reference, live: Mapping[str, LiveTable]
) -> Iterator[Fault]:
    fault, at, table, source = data_map.document.fault, data_map.at, live[kind], live[way.source]
    for left, right in zip(way.source_columns, way.columns, strict=True):
        if len({source.categories[left], table.categories[right]} - {"any"}) > 1:
            yield fault(at(kind, "reached_from", number), f"{left} and {right} cannot be compared: their types differ")
    many_lead_to_one = table.tells_apart(way.columns) and not source.tells_apart(way.source_columns)
    if many_lead_to_one and data_map.tables[kind].shared is None:
        yield fault(
            at(kind, "reached_from", number),
            f"several rows of {way.source} may refer to one row here, perhaps of different people",
            "say shared: yes if other people may refer to it, shared: no if not",
        )

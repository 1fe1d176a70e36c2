"""Names the values of a data map that the live columns cannot take, so that no erasure finds it out half-way."""

from collections.abc import Iterator

import sqlalchemy as sa

from habeas.connectors.sql.datamap import DataMap, MappedTable, Switch
from habeas.connectors.sql.schema import LiveTable, Survey
from habeas.connectors.sql.treatments import KEY, Blanking, Coarsen, Constant, Hash, Mask, Treatment
from habeas.sdk import Fault

_SAMPLE = "0"  # stands for the row's key where a constraint is tried


def place_of(data_map: DataMap, kind: str, setting: str, name: str) -> tuple[str, ...]:
    """Where in the map a blanking says what becomes of a column: a null may stand in either place."""
    for side in ("set", "columns"):
        if data_map.at(kind, setting, side, name) in data_map.document.lines:
            return (setting, side, name)
    return (setting,)


def faults_of_values(
    data_map: DataMap, kind: str, table: LiveTable, survey: Survey, connection: sa.Connection
) -> Iterator[Fault]:
    """Every value that a table's columns cannot take: by type, null, uniqueness, rule, or what refers to what."""
    mapped, fault, at = data_map.tables[kind], data_map.document.fault, data_map.at
    for setting, blanking in (("erase", mapped.erase), ("when_kept_rows_need_it", mapped.when_kept)):
        if blanking is not None:
            for name, problem, remedy in _problems(blanking, table, survey, connection, mapped.key):
                yield fault(at(kind, *place_of(data_map, kind, setting, name)), problem, remedy)
            for column, name in _seen_through(blanking, mapped, table):
                yield fault(at(kind, setting), f"the row would still be found by its {name}", f"set {column}, too")
    for setting, switch in (("restrict", mapped.restrict), ("suppress", mapped.suppress)):
        if switch:
            yield from _faults_of_switch(data_map, kind, setting, switch, table)
    yield from _faults_of_canary(data_map, kind, table)
    yield from _faults_of_correctable(data_map, kind, table)
    for given, name in mapped.gives.items():
        if table.categories[name] not in ("text", "number", "uuid", "any"):
            yield fault(at(kind, "gives", given), f"{name} holds no text, whole number or UUID")


def _faults_of_canary(data_map: DataMap, kind: str, table: LiveTable) -> Iterator[Fault]:
    mapped, fault, at = data_map.tables[kind], data_map.document.fault, data_map.at
    if mapped.canary is not None and not mapped.identifiers:
        yield fault(at(kind, "canary"), "nobody is known by a row here", "say it at a table with identifiers")
    identifying = {each.column: each.name for each in mapped.identifiers}
    for name, value in (mapped.canary or {}).items():
        where = at(kind, "canary", name)
        if name in identifying and table.categories[name] in ("text", "any"):
            yield fault(where, f"{name} is the canary's own {identifying[name]}", "leave it out")
        elif isinstance(value, str) and KEY in value:
            yield fault(where, f"{KEY} is not known before the row is there", "write a value")
        elif value is None and not table.nullable[name]:
            yield fault(where, f"{name} cannot be null", "give a value")
        elif problem := Constant(value).misfit(table.types[name]):
            yield fault(where, f"{name} {problem}")


def _faults_of_correctable(data_map: DataMap, kind: str, table: LiveTable) -> Iterator[Fault]:
    mapped, fault, at = data_map.tables[kind], data_map.document.fault, data_map.at
    for name in mapped.correctable:
        if name in mapped.key:
            yield fault(at(kind, "correctable"), f"{name} is part of the key, by which the row is found again")
        if any(name in way.columns for way in mapped.reached_from):
            yield fault(at(kind, "correctable"), f"{name} says whose row it is", "leave that to a person")
        if table.shown[name] is not table.sql.c[name]:
            yield fault(at(kind, "correctable"), f"{name} is of a type that cannot be corrected here")


def _seen_through(blanking: Blanking, mapped: MappedTable, table: LiveTable) -> Iterator[tuple[str, str]]:
    """The columns, with their identifiers, by which a row could still be found when it is blank."""
    for each in mapped.identifiers:
        if each.column not in mapped.key and not _hides(blanking.treatments.get(each.column), table, each.column):
            yield each.column, each.name


def _hides(treatment: Treatment | None, table: LiveTable, name: str) -> bool:
    """Whether a row cannot be found by what an identifier's column becomes; a mask or a year may be as it was."""
    if isinstance(treatment, Coarsen):
        return isinstance(table.types[name], sa.String | sa.types.NullType)
    return isinstance(treatment, Constant | Hash)


def _problems(
    blanking: Blanking, table: LiveTable, survey: Survey, connection: sa.Connection, key: tuple[str, ...]
) -> Iterator[tuple[str, str, str]]:
    """Column, problem and remedy."""
    links = [link for link in survey.foreign if survey.find(link[0]) is table]
    targets = {name for link in survey.foreign if survey.find(link[2]) is table for name in link[3]}
    for name, treatment in blanking.treatments.items():
        is_null = isinstance(treatment, Constant) and treatment.value is None
        if name in key:
            yield name, f"{name} is part of the key, by which the row is found again", ""
        elif is_null and not table.nullable[name]:
            yield name, f"{name} cannot be null", "give a value"
        elif problem := treatment.misfit(table.types[name]):
            yield name, f"{name} {problem}", ""
        elif name in targets:
            yield name, f"other tables refer to {name}", "leave it as it is, or delete the row"
        else:
            yield from _problems_of_links(name, treatment, links, survey, connection)
    for unique in table.unique:
        changed = unique & blanking.treatments.keys()
        if changed and not unique & set(key) and not any(_keeps_apart(blanking, name) for name in unique):
            name = min(changed)
            yield name, f"{name} has to differ between rows", "put {key} into it, or null or hash it"
    yield from _problems_of_rules(blanking, table, connection)


def _keeps_apart(blanking: Blanking, name: str) -> bool:
    treatment = blanking.treatments.get(name)
    return treatment is None or treatment.keeps_apart


def _problems_of_links(
    name: str,
    treatment: Treatment,
    links: list[tuple[str, tuple[str, ...], str, tuple[str, ...]]],
    survey: Survey,
    connection: sa.Connection,
) -> Iterator[tuple[str, str, str]]:
    """What a column that refers to another table cannot become: anything but null, or a row that is there."""
    if isinstance(treatment, Constant) and treatment.value is None:
        return
    for _, columns, to, target in links:
        if name not in columns:
            continue
        referred = survey.find(to)
        if isinstance(treatment, Constant) and len(columns) == 1 and referred is not None:
            there = sa.select(sa.literal(1)).where(referred.sql.c[target[0]] == treatment.value).limit(1)
            if connection.execute(there).first() is not None:
                continue
        yield name, f"{name} refers to {to}", "set it to null, or to a row of it that stays"


def _problems_of_rules(
    blanking: Blanking, table: LiveTable, connection: sa.Connection
) -> Iterator[tuple[str, str, str]]:
    """Tries the CHECKs on what is the same for every row; what depends on the row is left to the transaction."""
    known = {
        name: _sample(treatment)
        for name, treatment in blanking.treatments.items()
        if isinstance(treatment, Constant | Hash) or (isinstance(treatment, Mask) and treatment.pattern is not None)
    }
    schema, _, name = table.name.rpartition(".")
    for rule in sa.inspect(connection).get_check_constraints(name, schema=schema or None):
        mentioned = {column for column in table.types if column.lower() in str(rule["sqltext"]).lower()}
        if not mentioned or not mentioned <= known.keys():
            continue
        given = sa.select(*(sa.cast(sa.literal(known[each]), table.types[each]).label(each) for each in mentioned))
        names = ", ".join(connection.dialect.identifier_preparer.quote(each) for each in mentioned)
        inner = given.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        # the rule's own text, as the database gives it, over values that the map gives: nothing of a person is in it
        statement = f"SELECT ({rule['sqltext']}) FROM (SELECT {names} FROM ({inner}) AS v) AS t"  # noqa: S608
        if connection.exec_driver_sql(statement.replace("%", "%%")).scalar() in (False, 0):
            column = min(mentioned)
            yield column, f"the rule {rule['name'] or rule['sqltext']} does not allow it for {column}", "give another"


def _sample(treatment: Treatment) -> object:
    """What a treatment gives for every row, or a value like it."""
    if isinstance(treatment, Hash):
        return "0" * 64
    if isinstance(treatment, Mask):
        return treatment.of("0" * len(treatment.pattern or ""), _SAMPLE, None)
    return treatment.of(None, _SAMPLE, None)


def _faults_of_switch(data_map: DataMap, kind: str, setting: str, switch: Switch, table: LiveTable) -> Iterator[Fault]:
    mapped, fault, at = data_map.tables[kind], data_map.document.fault, data_map.at
    held = {
        *mapped.key,
        *(each.column for each in mapped.identifiers),
        *(n for w in mapped.reached_from for n in w.columns),
    }
    for side, values in (("set", switch.on), ("lift", switch.off)):
        for name, value in values.items():
            where = at(kind, setting, side, name)
            if name in held:
                yield fault(where, f"{name} says whose row it is", "name a column that says what may be done with it")
            elif value is None and not table.nullable[name]:
                yield fault(where, f"{name} cannot be null", "give a value")
            elif problem := Constant(value).misfit(table.types[name]):
                yield fault(where, f"{name} {problem}")
    if setting == "suppress" and not mapped.identifiers:
        yield fault(at(kind, setting), "nobody could be found here by a claim", "say it at a table with identifiers")

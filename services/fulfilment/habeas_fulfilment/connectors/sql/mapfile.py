"""Reads a data map from its file: the form first, then what the tables say of each other; the database comes later."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from habeas.marked import Marked, Where, load_marked
from habeas.sdk import Fault, Faults
from habeas_fulfilment.connectors.sql.datamap import (
    KEY,
    Blanking,
    DataMap,
    FileColumn,
    Identifier,
    MappedTable,
    Reference,
)

_SYSTEM = re.compile(r"[a-z][a-z0-9-]{1,30}")
_KIND = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,30}")
_BRACES = re.compile(r"\{[^}]*\}?|\}")
_REFERENCE = re.compile(r"\s*(?P<source>[^.]+)\.(?P<from>.+?)\s*->\s*(?P<to>.+?)\s*")
_TOP = ("version", "system", "tables")
_TABLE = (
    "table", "key", "activity", "identifiers", "decides", "channel", "dated_by", "columns", "reached_from", "shared",
    "erase", "when_kept_rows_need_it", "files",
)  # fmt: skip


def load_map(source: Path | str, here: Path) -> DataMap:
    """The map in a file (Path) or text (str); raises Faults with every fault. `here` is where file roots start."""
    document = load_marked(source)
    reading = _Reading(document, here)
    tables = reading.read()
    if not reading.faults:
        reading.faults.extend(_faults_between(DataMap(reading.system, tables, document)))
    if reading.faults:
        raise Faults(sorted(reading.faults, key=lambda fault: int(fault.where.rpartition(":")[2])))
    return DataMap(reading.system, tables, document)


class _Reading:
    """Takes the document apart and collects every fault on the way."""

    def __init__(self, document: Marked, here: Path) -> None:
        self.document = document
        self.here = here
        self.system = ""
        self.faults: list[Fault] = []

    def read(self) -> dict[str, MappedTable]:
        top = self._mapping((), self.document.data, _TOP)
        if top.get("version") != 1:
            self._fault(("version",), "the version of the map's form is not given", "write version: 1")
        self.system = self._name(("system",), top.get("system"), _SYSTEM)
        tables = self._mapping(("tables",), top.get("tables"))
        if not tables:
            self._fault(("tables",), "there are no tables", "describe at least the table of the person's account")
        return {kind: self._table(kind, said) for kind, said in tables.items()}

    def _table(self, kind: str, said: Any) -> MappedTable:
        at: Where = ("tables", kind)
        if not _KIND.fullmatch(kind):
            self._fault(at, "the name is not made of letters, digits, _ and -", "give the real name as table:")
        said = self._mapping(at, said, _TABLE)
        columns = self._mapping((*at, "columns"), said.get("columns", {}), ("leave_out", "describe"))
        erase = said.get("erase", "delete")
        needed = said.get("when_kept_rows_need_it")
        shared = said.get("shared")
        if shared is not None and not isinstance(shared, bool):
            self._fault((*at, "shared"), "it is neither yes nor no")
        return MappedTable(
            kind=kind,
            name=self._text((*at, "table"), said.get("table", kind)),
            key=self._names((*at, "key"), said.get("key")),
            activity=self._text((*at, "activity"), said.get("activity")),
            identifiers=self._identifiers((*at, "identifiers"), said.get("identifiers", {})),
            decides=self._text((*at, "decides"), said["decides"]) if "decides" in said else None,
            channel=self._texts((*at, "channel"), said.get("channel", {})),
            dated_by=self._text((*at, "dated_by"), said["dated_by"]) if "dated_by" in said else None,
            leave_out=frozenset(self._names((*at, "columns", "leave_out"), columns.get("leave_out", []))),
            describe=self._texts((*at, "columns", "describe"), columns.get("describe", {})),
            reached_from=self._references((*at, "reached_from"), said.get("reached_from", [])),
            shared=shared if isinstance(shared, bool) else None,
            erase=None if erase == "delete" else self._blanking((*at, "erase"), erase),
            when_kept=None if needed is None else self._blanking((*at, "when_kept_rows_need_it"), needed),
            files=self._files((*at, "files"), said["files"]) if "files" in said else None,
        )

    def _identifiers(self, at: Where, said: Any) -> tuple[Identifier, ...]:
        found = []
        for name, value in self._mapping(at, said).items():
            self._name((*at, name), name, _IDENTIFIER)
            if isinstance(value, str):
                found.append(Identifier(name, value))
                continue
            if not isinstance(value, dict):
                self._fault((*at, name), f"{name} names no column", "write its name, or {column: name, match: email}")
                continue
            value = self._mapping((*at, name), value, ("column", "match"))
            if value.get("match", "exact") not in ("exact", "email"):
                self._fault((*at, name, "match"), "it is neither exact nor email")
            column = self._text((*at, name, "column"), value.get("column"))
            found.append(Identifier(name, column, fold=value.get("match") == "email"))
        return tuple(found)

    def _references(self, at: Where, said: Any) -> tuple[Reference, ...]:
        if not isinstance(said, list):
            self._fault(at, "it is no list", "write - table.column -> column")
            return ()
        found = []
        for number, text in enumerate(said):
            match = _REFERENCE.fullmatch(text) if isinstance(text, str) else None
            if not match:
                self._fault((*at, number), "it does not say from where to where", "write table.column -> column")
                continue
            ways = [tuple(each.strip() for each in match[side].split(",")) for side in ("from", "to")]
            if len(ways[0]) != len(ways[1]):
                self._fault((*at, number), "the two sides have different numbers of columns")
                continue
            found.append(Reference(match["source"].strip(), *ways))
        return tuple(found)

    def _blanking(self, at: Where, said: Any) -> Blanking:
        if not isinstance(said, dict):
            self._fault(at, "it is neither delete nor a set of columns", "write delete, or set: {column: value}")
            return Blanking({})
        values = self._mapping((*at, "set"), self._mapping(at, said, ("set",)).get("set"))
        if not values:
            self._fault(at, "it sets no column", "write set: {column: value}")
        for name, value in values.items():
            if value is not None and not isinstance(value, str | int | float | bool):
                self._fault((*at, "set", name), "it is no single value")
            if isinstance(value, str) and (set(_BRACES.findall(value)) - {KEY}):
                self._fault((*at, "set", name), "only {key} can stand in braces")
        return Blanking(values)

    def _files(self, at: Where, said: Any) -> FileColumn:
        said = self._mapping(at, said, ("column", "root", "name", "media_type"))
        root = self._text((*at, "root"), said["root"]) if "root" in said else None
        return FileColumn(
            column=self._text((*at, "column"), said.get("column")),
            root=None if root is None else self.here / root,
            name=self._text((*at, "name"), said["name"]) if "name" in said else None,
            media_type=self._text((*at, "media_type"), said.get("media_type", "application/octet-stream")),
        )

    def _mapping(self, at: Where, said: Any, known: tuple[str, ...] | None = None) -> dict[str, Any]:
        if not isinstance(said, dict):
            self._fault(at, f"{at[-1] if at else 'the map'} is no mapping of names to values")
            return {}
        for key in said:
            if known is not None and key not in known:
                self._fault((*at, key), f"{key} is not known here", f"known are {', '.join(known)}")
        return said

    def _texts(self, at: Where, said: Any) -> Mapping[str, str]:
        return {name: self._text((*at, name), value) for name, value in self._mapping(at, said).items()}

    def _names(self, at: Where, said: Any) -> tuple[str, ...]:
        names = [said] if isinstance(said, str) else said
        if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
            self._fault(at, f"{at[-1]} names no columns", "give one column, or a list of them")
            return ()
        if not names and at[-1] == "key":
            self._fault(at, "a key needs at least one column")
        return tuple(names)

    def _text(self, at: Where, said: Any) -> str:
        if not isinstance(said, str) or not said.strip():
            self._fault(at, f"{at[-1]} is missing" if said is None else f"{at[-1]} is no text")
            return ""
        return said

    def _name(self, at: Where, said: Any, form: re.Pattern[str]) -> str:
        text = self._text(at, said)
        if text and not form.fullmatch(text):
            self._fault(at, f"{text!r} is no name here", f"it has to look like {form.pattern}")
        return text

    def _fault(self, at: Where, problem: str, remedy: str = "") -> None:
        self.faults.append(self.document.fault(at, problem, remedy))


def _faults_between(data_map: DataMap) -> list[Fault]:
    """What does not fit together between tables, whatever the database holds."""
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

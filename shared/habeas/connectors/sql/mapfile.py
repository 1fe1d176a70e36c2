"""Reads a data map from its file: the form first, then what the tables say of each other; the database comes later."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from habeas.connectors.sql.datamap import DataMap, FileColumn, Identifier, MappedTable, Reference, Switch
from habeas.connectors.sql.mapchecks import faults_between
from habeas.connectors.sql.treatments import KEY, Blanking, Coarsen, Constant, Hash, Mask, Treatment
from habeas.marked import Marked, Where, load_marked
from habeas.sdk import Fault, Faults

_SYSTEM = re.compile(r"[a-z][a-z0-9-]{1,30}")
_KIND = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,30}")
_BRACES = re.compile(r"\{[^}]*\}?|\}")
_REFERENCE = re.compile(r"\s*(?P<source>[^.]+)\.(?P<from>.+?)\s*->\s*(?P<to>.+?)\s*")
_TOP = ("version", "system", "tables")
_TABLE = (
    "table", "key", "activity", "identifiers", "decides", "channel", "dated_by", "columns", "reached_from", "shared",
    "erase", "when_kept_rows_need_it", "files", "gives", "correctable", "restrict", "suppress",
    "canary",
)  # fmt: skip


def load_map(source: Path | str, here: Path) -> DataMap:
    """The map in a file (Path) or text (str); raises Faults with every fault. `here` is where file roots start."""
    document = load_marked(source)
    reading = _Reading(document, here)
    tables = reading.read()
    if not reading.faults:
        reading.faults.extend(faults_between(DataMap(reading.system, tables, document)))
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
            gives=self._texts((*at, "gives"), said.get("gives", {}), _IDENTIFIER),
            correctable=self._names((*at, "correctable"), said.get("correctable", [])),
            restrict=self._switch((*at, "restrict"), said["restrict"]) if "restrict" in said else None,
            suppress=self._switch((*at, "suppress"), said["suppress"]) if "suppress" in said else None,
            canary=self._values((*at, "canary"), said["canary"]) if "canary" in said else None,
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
        said = self._mapping(at, said, ("set", "columns"))
        treatments: dict[str, Treatment] = {
            name: Constant(value) for name, value in self._values((*at, "set"), said.get("set", {})).items()
        }
        for name, how in self._mapping((*at, "columns"), said.get("columns", {})).items():
            if name in treatments:
                self._fault((*at, "columns", name), f"{name} is set already", "keep one of them")
            treatments[name] = self._treatment((*at, "columns", name), how)
        if not treatments:
            self._fault(at, "it sets no column", "write set: {column: value}, or columns: {column: null}")
        return Blanking(treatments)

    def _values(self, at: Where, said: Any) -> dict[str, Any]:
        values = self._mapping(at, said)
        for name, value in values.items():
            if value is not None and not isinstance(value, str | int | float | bool):
                self._fault((*at, name), "it is no single value")
            if isinstance(value, str) and (set(_BRACES.findall(value)) - {KEY}):
                self._fault((*at, name), "only {key} can stand in braces")
        return values

    def _treatment(self, at: Where, said: Any) -> Treatment:
        """How one column is treated: null, hash, anonymise, {mask: ...} or {anonymise: ...}."""
        if said is None or said == "null":
            return Constant(None)
        if said == "hash":
            return Hash()
        if said == "anonymise":
            return Coarsen()
        if isinstance(said, dict) and list(said) == ["mask"]:
            mask = self._mapping((*at, "mask"), said["mask"], ("keep", "pattern"))
            keep, pattern = mask.get("keep", 0), mask.get("pattern")
            if len(mask) == 1 and type(keep) is int and 0 <= keep <= 100 and isinstance(pattern or "#", str):
                return Mask(keep, pattern)
            self._fault((*at, "mask"), "it is neither keep nor pattern", 'write {keep: 4}, or {pattern: "##**"}')
        elif isinstance(said, dict) and list(said) == ["anonymise"]:
            less = self._mapping((*at, "anonymise"), said["anonymise"], ("band", "text"))
            band, text = less.get("band", 10), less.get("text", Coarsen.text)
            if type(band) is int and band > 0 and isinstance(text, str) and set(_BRACES.findall(text)) <= {KEY}:
                return Coarsen(band, text)
            self._fault((*at, "anonymise"), "it is neither a band nor a text", "write {band: 1000} or {text: gone}")
        else:
            self._fault(at, "it is no way to treat a column", "write null, hash, anonymise or {mask: {keep: 4}}")
        return Constant(None)

    def _switch(self, at: Where, said: Any) -> Switch:
        said = self._mapping(at, said, ("set", "lift"))
        on, off = (self._values((*at, side), said.get(side, {})) for side in ("set", "lift"))
        if not on:
            self._fault(at, "it sets no column", "write set: {column: value}, lift: {column: value}")
        elif on.keys() != off.keys():
            self._fault(at, "set and lift name other columns", "what is set has to be lifted")
        return Switch(on, off)

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

    def _texts(self, at: Where, said: Any, names: re.Pattern[str] | None = None) -> Mapping[str, str]:
        said = self._mapping(at, said)
        for name in said if names else ():
            self._name((*at, name), name, names)
        return {name: self._text((*at, name), value) for name, value in said.items()}

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

    def _name(self, at: Where, said: Any, form: re.Pattern[str] | None) -> str:
        text = self._text(at, said)
        if text and form and not form.fullmatch(text):
            self._fault(at, f"{text!r} is no name here", f"it has to look like {form.pattern}")
        return text

    def _fault(self, at: Where, problem: str, remedy: str = "") -> None:
        self.faults.append(self.document.fault(at, problem, remedy))

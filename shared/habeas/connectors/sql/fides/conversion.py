"""Makes tables of a data map out of the collections of Fides datasets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from habeas.connectors.sql.datamap import Identifier
from habeas.connectors.sql.fides.datasets import Collection, Column, Dataset, Remark
from habeas.connectors.sql.fides.masking import ERASED, MARKED, is_credential, mask, takes_mark
from habeas.connectors.sql.fides.traversal import (
    Node,
    Places,
    Step,
    depths,
    directed,
    identifier_named,
    names_across,
    steps_of,
)
from habeas.connectors.sql.proposing.names import name_kinds, system_named
from habeas.errors import Fault, Faults


@dataclass
class ConvertedTable:
    """One table of a map; `open` is what keeps it from being loaded, `notes` what is only told."""

    kind: str
    name: str
    key: tuple[str, ...]
    identifiers: list[Identifier] = field(default_factory=list)
    gives: dict[str, str] = field(default_factory=dict)
    ways: list[str] = field(default_factory=list)
    shared: bool = False
    leave_out: list[str] = field(default_factory=list)
    erase: dict[str, str | None] = field(default_factory=dict)  # empty: the row is deleted
    hashed: list[str] = field(default_factory=list)
    uses: tuple[str, ...] = ()
    open: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def tell(self, remark: Remark) -> None:
        """Put a remark where it belongs: to what is asked, or to what is only told."""
        (self.open if remark.asks else self.notes).append(str(remark))


@dataclass(frozen=True)
class Converted:
    """One dataset as a data map."""

    system: str
    dataset: str
    tables: tuple[ConvertedTable, ...]
    left_out: Mapping[str, str]
    remarks: tuple[Remark, ...]

    @property
    def open(self) -> int:
        """How many decisions are left to a person beside the activities."""
        return sum(len(table.open) for table in self.tables) + sum(remark.asks for remark in self.remarks)


def convert(datasets: Sequence[Dataset], policy: str = "null_rewrite") -> list[Converted]:
    """A map for each dataset; raises Faults where a dataset refers to nothing, or is no database."""
    places = Places(datasets)
    steps, missing, faults = steps_of(datasets, places)
    faults += _faults_of_names(datasets)
    if faults:
        raise Faults(faults)
    depth = depths(steps, places)
    followed, unclear = directed(steps, depth)
    names = names_across(followed, places)
    converted = []
    for dataset in datasets:
        kinds = name_kinds(each.name for each in dataset.collections if not each.skipped)
        work = _Converting(dataset, kinds, places, followed, names, policy)
        tables = {each.name: work.table(each) for each in dataset.collections if not each.skipped}
        _ask_directions(dataset.key, tables, unclear)
        for edge in missing:
            for name, table in tables.items():
                if any(edge in column.edges for column in places.collections[dataset.key, name].columns):
                    text = f"the dataset {edge.dataset} was not given: what it finds or is found by is missing"
                    table.tell(Remark(edge.where, text, asks=True))
        left_out = {each.name: f"skip_processing at {each.where}" for each in dataset.collections if each.skipped}
        system = system_named(dataset.key)
        converted.append(Converted(system, dataset.key, tuple(tables.values()), left_out, dataset.remarks))
    return converted


def _ask_directions(dataset: str, tables: Mapping[str, ConvertedTable], unclear: Sequence[Step]) -> None:
    for step in unclear:
        for key, name in dict.fromkeys((step.source, step.target)):
            if key == dataset and name in tables:
                ends = f"{step.source[1]}.{step.source_column} and {step.target[1]}.{step.column}"
                tables[name].tell(Remark(step.where, f"{ends}: say which leads to which", asks=True))


def _faults_of_names(datasets: Sequence[Dataset]) -> list[Fault]:
    faults, taken = [], dict[str, Dataset]()
    for dataset in datasets:
        if dataset.key.startswith("<"):
            faults.append(Fault(dataset.where, "it is a template for a web service, and no database of yours"))
            continue
        other = taken.setdefault(system_named(dataset.key), dataset)
        if other is not dataset:
            faults.append(Fault(dataset.where, f"it would be called like {other.key} at {other.where}", "rename one"))
    return faults


@dataclass
class _Converting:
    """Converts the collections of one dataset."""

    dataset: Dataset
    kinds: Mapping[str, str]
    places: Places
    steps: Sequence[Step]
    names: Mapping[tuple[Node, str], str]
    policy: str

    def table(self, collection: Collection) -> ConvertedTable:
        node = self.dataset.key, collection.name
        key = tuple(column.name for column in collection.columns if column.primary)
        table = ConvertedTable(self.kinds[collection.name], collection.name, key, uses=collection.uses)
        for remark in collection.remarks:
            table.tell(remark)
        if not key:
            table.tell(Remark(collection.where, "no field is a primary_key: name a primary or unique key", asks=True))
        self._identify(table, collection, node)
        self._reach(table, collection, node)
        self._erase(table, collection)
        return table

    def _identify(self, table: ConvertedTable, collection: Collection, node: Node) -> None:
        for column in collection.columns:
            if column.identity:
                name = identifier_named(column.identity)
                if name != column.identity:
                    table.tell(Remark(column.where, f"the identity {column.identity} is called {name} here"))
                self._add(table, Identifier(name, column.name, fold=name == "email"), column.where)
        for step in self.steps:
            if step.leaves and step.target == node:
                name = self.names[step.source, step.source_column]
                self._add(table, Identifier(name, step.column, fold=name == "email"), step.where)
                table.tell(Remark(step.where, f"{name} is what the system {system_named(step.source[0])} gives"))
            elif step.leaves and step.source == node:
                giving = self.places.column(node, step.source_column)
                if giving is None or not giving.identity:
                    table.gives[self.names[step.source, step.source_column]] = step.source_column

    def _add(self, table: ConvertedTable, identifier: Identifier, where: str) -> None:
        if identifier in table.identifiers:
            return
        if identifier.name in [each.name for each in table.identifiers]:
            text = f"{identifier.column} holds {identifier.name}, too: a row that only it would find is missed"
            table.tell(Remark(where, text, asks=True))
        elif self.places.column((self.dataset.key, table.name), identifier.column) is None:
            table.tell(Remark(where, f"{identifier.column} lies inside a column, which finds no rows", asks=True))
        else:
            table.identifiers.append(identifier)

    def _reach(self, table: ConvertedTable, collection: Collection, node: Node) -> None:
        for step in self.steps:
            if step.leaves or step.target != node:
                continue
            text = f"{step.source[1]}.{step.source_column} -> {step.column}"
            if step.source == node:
                table.tell(Remark(step.where, f"{text} would lead to other people's rows", asks=True))
            elif self.places.collections[step.source].skipped:
                table.tell(Remark(step.where, f"{text} leads from a collection that is skipped", asks=True))
            elif "." in step.column or "." in step.source_column:
                table.tell(Remark(step.where, f"{text} leads through the inside of a column", asks=True))
            elif self.places.has_identity(node) and self._is_shared(step):
                table.tell(Remark(step.where, f"{text} leads to people: add it if they are the same person", asks=True))
            elif any(self._is_shared(each) for each in self.steps if each.target == step.source):
                table.tell(Remark(step.where, f"{text} leads from rows that people share", asks=True))
            else:
                table.ways.append(f"{self.kinds[step.source[1]]}.{step.source_column} -> {step.column}")
                table.shared = table.shared or self._is_shared(step)
        if not table.identifiers and not table.ways and not table.open:
            table.tell(Remark(collection.where, "nothing reaches it from an identity", asks=True))

    def _is_shared(self, step: Step) -> bool:
        """Whether several rows may lead to one: from a column that is no key to the other's whole key."""
        to_one = self.places.is_alone(step.target, step.column)
        return not step.leaves and to_one and not self.places.is_alone(step.source, step.source_column)

    def _erase(self, table: ConvertedTable, collection: Collection) -> None:
        table.leave_out = [column.name for column in collection.columns if is_credential(column)]
        if collection.deleted or (self.policy == "delete" and any(each.is_personal for each in collection.columns)):
            return
        found_by = {each.column for each in table.identifiers}
        for column in collection.columns:
            if column.is_personal or column.masking or column.name in found_by:
                self._mask(table, column)
        if table.erase or table.hashed:
            self._mark(table, collection)
        else:
            text = "Fides masks nothing in these rows, and here they would be deleted with the person: is that meant?"
            table.tell(Remark(collection.where, text, asks=True))

    def _mask(self, table: ConvertedTable, column: Column) -> None:
        """Say what becomes of one column, and ask where a row would still be found by it."""
        if column.name in table.key:
            table.tell(Remark(column.where, f"{column.name} is the key, by which the row is found again: it stays"))
            return
        masked = mask(column, "null_rewrite" if self.policy == "delete" else self.policy)
        if masked.told:
            where = column.masking.where if column.masking else column.where
            table.tell(Remark(where, masked.told, asks=masked.asks))
        if masked.hashes:
            table.hashed.append(column.name)
        elif not masked.keeps:
            table.erase[column.name] = masked.value
        elif column.name in {each.column for each in table.identifiers}:
            table.tell(Remark(column.where, f"by {column.name} the row would still be found", asks=True))

    def _mark(self, table: ConvertedTable, collection: Collection) -> None:
        """See that a blanked row is known again by its key, in a text that Fides does not fix."""
        if any("{key}" in str(value) for value in table.erase.values()):
            return
        free = [
            column
            for column in collection.columns
            if table.erase.get(column.name, "") in (None, ERASED) and column.masking is None and takes_mark(column)
        ]
        free.sort(key=lambda column: (column.identity != "email", column.data_type != "string"))
        if free:
            mail = free[0].identity == "email"
            table.erase[free[0].name] = f"{MARKED}@invalid" if mail else MARKED
        elif self._is_still_found(table):
            table.tell(Remark(collection.where, "no value has {key}, so a blanked row would be shown as the person's"))

    def _is_still_found(self, table: ConvertedTable) -> bool:
        """Whether something that leads to a row is left in it after it was blanked."""
        leading = {each.column for each in table.identifiers}
        leading |= {way.rpartition(" -> ")[2] for way in table.ways}
        return bool(leading - table.erase.keys() - set(table.hashed))

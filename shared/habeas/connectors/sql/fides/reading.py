"""Reads Fides dataset files; what has no counterpart in a data map becomes a remark with its line, and never nothing.

Beside `fides_meta` the older `fidesops_meta` is read. Keys that Fides does not know either are remarks, too, since it
passes over them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from habeas.connectors.sql.fides.datasets import Collection, Column, Dataset, Edge, Masking, Remark
from habeas.errors import Fault, Faults
from habeas.marked import Marked, Where, load_marked

#: Keys that describe, and that nothing of what is found or erased depends on.
_TOLD = frozenset(
    ("name", "description", "organization_fides_key", "tags", "meta", "data_purposes", "data_subjects", "namespace",
     "data_qualifier", "joint_controller", "retention", "third_country_transfers")
)  # fmt: skip
_DATASET = frozenset(("fides_key", "collections", "data_categories", "data_uses", "fides_meta", "fidesops_meta"))
_COLLECTION = frozenset(("fields", "data_categories", "data_uses", "fides_meta", "fidesops_meta"))
_FIELD = frozenset(("fields", "data_categories", "data_uses", "fides_meta", "fidesops_meta"))
_FIELD_META = frozenset(
    ("references", "identity", "primary_key", "data_type", "length", "return_all_elements", "read_only",
     "custom_request_field", "masking_strategy_override", "redact")
)  # fmt: skip
_DONE = ("skip_processing", "masking_strategy_override")
_DIRECTIONS = ("from", "to", None)


def read_datasets(files: Iterable[Path]) -> list[Dataset]:
    """Every dataset of the files; raises Faults with every fault of all of them."""
    found: list[Dataset] = []
    faults: list[Fault] = []
    for file in files:
        try:
            reading = _Reading(load_marked(file))
        except Faults as wrong:
            faults.extend(wrong.faults)
            continue
        for dataset in reading.datasets():
            first = next((each for each in found if each.key == dataset.key), None)
            if first:
                faults.append(Fault(dataset.where, f"the dataset {dataset.key} stands at {first.where}, too"))
            found.append(dataset)
        faults.extend(reading.faults)
    if not found and not faults:
        faults.append(Fault("FILE", "there is no dataset in these files"))
    if faults:
        raise Faults(faults)
    return found


@dataclass
class _Reading:
    """Takes one document apart, and collects every fault on the way."""

    document: Marked
    faults: list[Fault] = field(default_factory=list)

    def datasets(self) -> Iterator[Dataset]:
        """The datasets of the document; what else it holds is a remark of the first."""
        top = self._mapping((), self.document.data)
        if "dataset" not in top:
            self._fault((), "there is no dataset", "give files that have dataset:")
            return
        others = tuple(
            self._remark((key,), f"{key} is no dataset, and nothing of it is in a map")
            for key in top
            if key != "dataset"
        )
        for number, said in enumerate(self._list(("dataset",), top["dataset"])):
            found = self._dataset(("dataset", number), said)
            yield replace(found, remarks=found.remarks + others) if number == 0 else found

    def _dataset(self, at: Where, said: Any) -> Dataset:
        said = self._mapping(at, said)
        remarks = list(self._unknown(at, said, _DATASET))
        meta, meta_at = self._meta(at, said)
        for key in meta:
            order = "rows are erased in the order of their references" if key == "after" else "a map has no such thing"
            remarks.append(self._remark((*meta_at, key), f"{key}: {order}", asks=key == "namespace"))
        key = self._text((*at, "fides_key"), said.get("fides_key"))
        categories = self._names((*at, "data_categories"), said.get("data_categories"))
        uses = self._names((*at, "data_uses"), said.get("data_uses"))
        collections = self._list((*at, "collections"), said.get("collections"))
        read = [self._collection((*at, "collections", number), each, categories, uses)
                for number, each in enumerate(collections)]  # fmt: skip
        return Dataset(key, self.document.where(at), tuple(read), tuple(remarks))

    def _collection(self, at: Where, said: Any, categories: tuple[str, ...], uses: tuple[str, ...]) -> Collection:
        said = self._mapping(at, said)
        remarks = list(self._unknown(at, said, _COLLECTION))
        meta, meta_at = self._meta(at, said)
        masking = meta.get("masking_strategy_override")
        strategy = self._mapping((*meta_at, "masking_strategy_override"), masking).get("strategy") if masking else None
        if masking and strategy != "delete":
            remarks.append(
                self._remark((*meta_at, "masking_strategy_override"), f"{strategy} is not known here", asks=True)
            )
        for key in [each for each in meta if each not in _DONE]:
            in_order = key in ("after", "erase_after")
            told = "rows are erased in the order of their references" if in_order else "a map has no such thing"
            remarks.append(self._remark((*meta_at, key), f"{key}: {told}", asks=key == "partitioning"))
        own = categories + self._names((*at, "data_categories"), said.get("data_categories"))
        columns = []
        for number, each in enumerate(self._list((*at, "fields"), said.get("fields"))):
            columns.append(self._column((*at, "fields", number), each, own, remarks))
        return Collection(
            name=self._text((*at, "name"), said.get("name")),
            where=self.document.where(at),
            columns=tuple(columns),
            skipped=self._yes((*meta_at, "skip_processing"), meta.get("skip_processing")),
            deleted=strategy == "delete",
            uses=uses + self._names((*at, "data_uses"), said.get("data_uses")),
            remarks=tuple(remarks),
        )

    def _column(self, at: Where, said: Any, categories: tuple[str, ...], remarks: list[Remark]) -> Column:
        said = self._mapping(at, said)
        name = self._text((*at, "name"), said.get("name"))
        remarks.extend(self._unknown(at, said, _FIELD))
        meta, meta_at = self._meta(at, said)
        remarks.extend(self._of_meta(name, meta, meta_at))
        length, data_type = meta.get("length"), meta.get("data_type")
        if length is not None and (not isinstance(length, int) or isinstance(length, bool) or length < 1):
            self._fault((*meta_at, "length"), "it is no number of characters")
            length = None
        inside = self._list((*at, "fields"), said["fields"]) if said.get("fields") else []
        deep: list[Remark] = []
        nested = [self._column((*at, "fields", number), each, (), deep) for number, each in enumerate(inside)]
        is_list = isinstance(data_type, str) and data_type.endswith("[]")
        remarks.extend([*deep, *self._of_nested(name, nested, at, is_list)])
        own = categories + self._names((*at, "data_categories"), said.get("data_categories"))
        return Column(
            name=name,
            where=self.document.where(at),
            categories=own + tuple(each for inner in nested for each in inner.categories),
            data_type=data_type if isinstance(data_type, str) else None,
            length=length,
            primary=self._yes((*meta_at, "primary_key"), meta.get("primary_key")),
            identity=self._text((*meta_at, "identity"), meta["identity"]) if meta.get("identity") else None,
            edges=tuple(self._edges((*meta_at, "references"), meta.get("references"))),
            masking=self._masking((*meta_at, "masking_strategy_override"), meta.get("masking_strategy_override")),
            read_only=self._yes((*meta_at, "read_only"), meta.get("read_only")),
            nested=bool(nested) or is_list or data_type == "object",
        )

    def _of_meta(self, name: str, meta: Mapping[str, Any], at: Where) -> Iterator[Remark]:
        if wanted := meta.get("custom_request_field"):
            yield self._remark(
                (*at, "custom_request_field"),
                f"{name} takes {wanted} from the request: make it an identifier if somebody proves it",
                asks=True,
            )
        for key in ("return_all_elements", "redact"):
            if meta.get(key):
                yield self._remark((*at, key), f"{key} of {name}: a map has no such thing")
        for key in [each for each in meta if each not in _FIELD_META]:
            yield self._remark((*at, key), f"{key} of {name} is not known")

    def _of_nested(self, name: str, nested: list[Column], at: Where, is_list: bool) -> Iterator[Remark]:
        """A map knows whole columns: what is inside one is told, and asked about where it finds or masks rows."""
        if is_list or nested:
            yield self._remark(
                at, f"{name} holds {'a list' if is_list else 'fields of its own'}: it is taken as a whole"
            )
        for each in nested:
            if each.identity or each.edges or each.primary:
                yield Remark(each.where, f"{name}.{each.name} finds rows, which a map does by whole columns", asks=True)
            if each.masking:
                yield Remark(
                    each.where, f"{name}.{each.name} is masked alone, and a map masks whole columns", asks=True
                )

    def _edges(self, at: Where, said: Any) -> Iterator[Edge]:
        for number, each in enumerate(self._list(at, said) if said is not None else []):
            each = self._mapping((*at, number), each)
            dataset = self._text((*at, number, "dataset"), each.get("dataset"))
            path = self._text((*at, number, "field"), each.get("field")).split(".")
            direction = each.get("direction")
            if direction not in _DIRECTIONS:
                self._fault((*at, number, "direction"), "it is neither from nor to")
            elif len(path) < 2 or not all(path):
                self._fault((*at, number, "field"), "it names no field of a collection", "write collection.field")
            else:
                yield Edge(dataset, path[0], ".".join(path[1:]), direction, self.document.where((*at, number)))

    def _masking(self, at: Where, said: Any) -> Masking | None:
        if said is None:
            return None
        said = self._mapping(at, said)
        configuration = self._mapping((*at, "configuration"), said.get("configuration") or {})
        return Masking(self._text((*at, "strategy"), said.get("strategy")), configuration, self.document.where(at))

    def _meta(self, at: Where, said: Mapping[str, Any]) -> tuple[dict[str, Any], Where]:
        """The meta of a thing, by its name or its older one, and where it stands; what is null says nothing."""
        key = "fides_meta" if said.get("fides_meta") else "fidesops_meta"
        meta = self._mapping((*at, key), said.get(key) or {})
        return {name: value for name, value in meta.items() if value is not None}, (*at, key)

    def _unknown(self, at: Where, said: Mapping[str, Any], known: frozenset[str]) -> Iterator[Remark]:
        for key in [each for each in said if each not in known | _TOLD]:
            yield self._remark(
                (*at, key), f"{key} is not known, as it is not to Fides", asks=key == "masking_strategy_override"
            )

    def _remark(self, at: Where, text: str, *, asks: bool = False) -> Remark:
        return Remark(self.document.where(at), text, asks)

    def _mapping(self, at: Where, said: Any) -> dict[str, Any]:
        if not isinstance(said, dict):
            self._fault(at, f"{at[-1] if at else 'the file'} is no mapping of names to values")
            return {}
        return said

    def _list(self, at: Where, said: Any) -> list[Any]:
        if not isinstance(said, list) or not said:
            self._fault(at, f"{at[-1]} is no list of anything")
            return []
        return said

    def _names(self, at: Where, said: Any) -> tuple[str, ...]:
        if said is None or said == []:
            return ()
        return tuple(self._text((*at, number), each) for number, each in enumerate(self._list(at, said)))

    def _text(self, at: Where, said: Any) -> str:
        if not isinstance(said, str) or not said.strip():
            self._fault(at, f"{at[-1]} is {'missing' if said is None else 'no text'}")
            return ""
        return said

    def _yes(self, at: Where, said: Any) -> bool:
        """Yes or no, also as other readers of YAML take it: `True`, `Yes`."""
        if isinstance(said, str) and said.lower() in ("true", "yes", "on", "false", "no", "off"):
            return said.lower() in ("true", "yes", "on")
        if said is not None and not isinstance(said, bool):
            self._fault(at, f"{at[-1]} is neither yes nor no")
        return bool(said)

    def _fault(self, at: Where, problem: str, remedy: str = "") -> None:
        self.faults.append(self.document.fault(at, problem, remedy))

"""What a Fides dataset says: its collections, their fields, and remarks on what a data map cannot say.

The form is that of the Dataset model of fideslang (https://github.com/ethyca/fideslang), version 3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Remark:
    """Something of a dataset that a map cannot say; `asks` if a person has to decide before the map is used."""

    where: str
    text: str
    asks: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


@dataclass(frozen=True)
class Edge:
    """A field's reference to one of another collection; without a direction it may be followed either way."""

    dataset: str
    collection: str
    column: str
    direction: str | None
    where: str


@dataclass(frozen=True)
class Masking:
    """How a field is masked: the strategy's name and what configures it."""

    strategy: str
    configuration: Mapping[str, Any]
    where: str


@dataclass(frozen=True)
class Column:
    """A field that stands in a collection itself; `nested` if it holds fields or lists."""

    name: str
    where: str
    categories: tuple[str, ...] = ()
    data_type: str | None = None
    length: int | None = None
    primary: bool = False
    identity: str | None = None
    edges: tuple[Edge, ...] = ()
    masking: Masking | None = None
    read_only: bool = False
    nested: bool = False

    @property
    def is_personal(self) -> bool:
        """Whether one of its categories is of the user."""
        return any(each == "user" or each.startswith("user.") for each in self.categories)


@dataclass(frozen=True)
class Collection:
    """A collection: a table of a SQL database."""

    name: str
    where: str
    columns: tuple[Column, ...]
    skipped: bool = False
    deleted: bool = False
    uses: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Dataset:
    """A dataset, which is one database."""

    key: str
    where: str
    collections: tuple[Collection, ...]
    remarks: tuple[Remark, ...] = ()

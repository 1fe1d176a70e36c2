"""Whatever a Fides dataset holds: its map loads exactly if nothing is left to decide, and nothing vanishes silently."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from habeas.connectors.sql.fides import convert, read_datasets, write_map
from habeas.connectors.sql.mapfile import load_map
from habeas.errors import Faults
from habeas.marked import load_marked

_STRATEGIES = (
    "null_rewrite", "string_rewrite", "hash", "hmac", "aes_encrypt", "random_string_rewrite", "preserve", "ip_mask",
)  # fmt: skip
_CATEGORIES = (
    "user.contact.email",
    "user.name",
    "user.unique_id",
    "system.operations",
    "user.authorization.credentials",
)
#: What a map has no word for, so that its line has to be told.
_TOLD = ("custom_request_field", "after", "erase_after", "partitioning", "return_all_elements", "redact", "surprise")


def random_dataset(chance: random.Random) -> dict[str, Any]:
    """A dataset of up to five collections, each field of which may say anything; every other one is a tame one."""
    if chance.random() < 0.5:
        return {"dataset": [{"fides_key": "d_db", "collections": [_tame(chance, name) for name in ("a", "b")]}]}
    names = chance.sample(("a", "b", "c.d", "E", "f-g"), chance.randint(1, 5))
    fields = {name: [f"x{number}" for number in range(chance.randint(1, 4))] for name in names}
    collections = []
    for name in names:
        meta: dict[str, Any] = {}
        if chance.random() < 0.1:
            meta["skip_processing"] = True
        if chance.random() < 0.2:
            meta["masking_strategy_override"] = {"strategy": chance.choice(("delete", "delete", "other"))}
        for key in ("after", "erase_after", "partitioning"):
            if chance.random() < 0.1:
                meta[key] = ["d_db.a"]
        made = [_random_field(chance, field, number == 0, fields) for number, field in enumerate(fields[name])]
        collections.append({"name": name, "fields": made, **({"fides_meta": meta} if meta else {})})
    return {"dataset": [{"fides_key": "d_db", "collections": collections}]}


def _tame(chance: random.Random, name: str) -> dict[str, Any]:
    """A collection that a map can say all of, but for some words that change nothing."""
    masking = {"strategy": chance.choice(_STRATEGIES[2:6])}
    plain = {"data_type": "string", **chance.choice(({}, {"masking_strategy_override": masking}))}
    told = {key: "name" for key in ("redact", "surprise", "return_all_elements") if chance.random() < 0.2}
    return {
        "name": name,
        "fides_meta": {key: ["d_db.a"] for key in ("after", "erase_after") if chance.random() < 0.3},
        "fields": [
            {"name": "id", "fides_meta": {"primary_key": True}},
            {"name": "mail", "data_categories": ["user.contact.email"], "fides_meta": {"identity": "email", **told}},
            {"name": "more", "data_categories": ["user.name"], "fides_meta": plain},
        ],
    }


def _random_field(chance: random.Random, name: str, first: bool, fields: dict[str, list[str]]) -> dict[str, Any]:
    meta: dict[str, Any] = {"data_type": chance.choice(("string", "integer"))}
    meta["primary_key"] = first and chance.random() < 0.9
    if chance.random() < 0.25:
        meta["identity"] = chance.choice(("email", "phone_number", "loyalty-id"))
    if chance.random() < 0.3:
        plain = [each for each in fields if "." not in each]
        if plain:
            other = chance.choice(plain)
            reference = {"dataset": "d_db", "field": f"{other}.{chance.choice(fields[other])}"}
            direction = chance.choice(("from", "to", None))
            meta["references"] = [reference | ({"direction": direction} if direction else {})]
    if chance.random() < 0.3:
        meta["masking_strategy_override"] = {"strategy": chance.choice(_STRATEGIES)}
    for key in ("custom_request_field", "return_all_elements", "redact", "surprise"):
        if chance.random() < 0.05:
            meta[key] = "name"
    categories = [chance.choice(_CATEGORIES)] if chance.random() < 0.6 else []
    return {"name": name, "data_categories": categories, "fides_meta": meta}


def lines_told(file: Path) -> set[int]:
    """The lines of everything in a dataset that a map has no word for, beside what stands in a skipped collection."""
    document = load_marked(file)
    skipped = {
        number
        for number, each in enumerate(document.data["dataset"][0]["collections"])
        if each.get("fides_meta", {}).get("skip_processing")
    }
    return {line for at, line in document.lines.items() if at[-1:] and at[-1] in _TOLD and at[3] not in skipped}


def test_a_map_of_any_dataset_loads_exactly_if_nothing_is_left_open(
    tmp_path: Path, counts: Callable[[int, int], int]
) -> None:
    loaded = refused = told = 0
    file = tmp_path / "d.yml"
    for seed in range(counts(100, 5000)):
        chance = random.Random(seed)
        file.write_text(yaml.safe_dump(random_dataset(chance), sort_keys=False))
        policy = chance.choice(("null_rewrite", "string_rewrite", "delete"))
        (each,) = convert(read_datasets([file]), policy)
        text = write_map(each, "anything")
        for line in lines_told(file):
            assert f"{file}:{line}: " in text, (seed, line)
            told += 1
        if each.open or not any(table.identifiers for table in each.tables):
            with pytest.raises(Faults):
                load_map(text, tmp_path)
            refused += 1
        else:
            load_map(text, tmp_path)
            loaded += 1
    print(f"{loaded} loaded, {refused} refused until somebody decides, {told} remarks found in their maps")
    assert min(loaded, refused, told) > 5

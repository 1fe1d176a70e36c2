"""The published form of a profile: it is what the command prints, takes what the loader takes, and refuses a slip."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from habeas.marked import load_marked
from habeas.profile import schema
from habeas.profile.schema import describe_profile

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "examples/sample-company/profile.yaml"
PUBLISHED = Path(schema.__file__).with_name("profile.schema.json")


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    form = describe_profile()
    Draft202012Validator.check_schema(form)
    return Draft202012Validator(form)


def errors(validator: Draft202012Validator, data: Any) -> list[str]:
    return [error.json_path for error in validator.iter_errors(data)]


def changed(*path: str | int, to: Any) -> Any:
    """The sample's data with another value at that path; a key that is not there yet is added."""
    data = load_marked(SAMPLE).data
    part = data
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = to
    return data


def test_the_published_form_is_what_the_command_prints() -> None:
    """Print it again with `habeas profile schema` when a shape has changed."""
    assert PUBLISHED.read_text(encoding="utf-8") == json.dumps(describe_profile(), indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("file", [SAMPLE, *sorted((ROOT / "examples/profiles").glob("*.yaml"))], ids=lambda p: p.stem)
def test_a_right_profile_has_the_published_form(validator: Draft202012Validator, file: Path) -> None:
    assert errors(validator, load_marked(file).data) == []


@pytest.mark.parametrize(
    ("path", "to"),
    [
        (("surprise",), 1),
        (("controller", "contry"), "SE"),
        (("controller", "country"), "XX"),
        (("controller", "calendar"), "DE"),
        (("activities", 0, "base"), "contract"),
        (("activities", 0, "basis"), []),
        (("activities", 0, "basis"), ["contract", "hope"]),
        (("activities", 0, "retention"), "a year"),
        (("activities", 0, "retention", "for"), "1 week"),
        (("activities", 0, "title"), {"sv": ""}),
        (("activities", 0, "recipients", 0, "safeguard"), "clauses"),
        (("legal_retention", 0, "article"), "17(3)(f)"),
        (("legal_retention", 0, "financial_year_ends"), "13-31"),
        (("authorities",), {"XX": {"name": "a", "url": "https://a.example/"}}),
        (("identity", "steps", 0, "assurance"), "A9"),
        (("rights", "access"), "refused"),
        (("target_days",), 31),
        (("signals",), ["global_privacy_control", "global_privacy_control"]),
    ],
)
def test_a_wrong_key_or_value_has_it_not(validator: Draft202012Validator, path: tuple[str | int, ...], to: Any) -> None:
    assert errors(validator, changed(*path, to=to))


def test_every_key_of_every_part_is_described(validator: Draft202012Validator) -> None:
    form = describe_profile()
    parts: Mapping[str, Any] = form["$defs"]
    assert form["description"]
    assert all(part["description"] for part in parts.values()), parts
    assert all(part.get("additionalProperties") is False for name, part in parts.items() if "properties" in part)
    assert set(form["required"]) <= set(form["properties"])

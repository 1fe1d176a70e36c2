"""Holds what a connector asked to a vendor's document: each method and path stands there, each query and body fits."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator

from habeas.testing.vendors.messages import Asked

FOLDER = Path(__file__).parent / "documents"


def problems_of(asked: Iterable[Asked], name: str) -> list[str]:
    """What is wrong with requests by the document of a vendor."""
    document = json.loads((FOLDER / f"{name}.json").read_text())
    return [problem for each in asked for problem in _problems(each, document["paths"])]


def _problems(asked: Asked, paths: dict[str, Any]) -> list[str]:
    path = urlsplit(asked.target).path
    fitting = [
        (known, each)
        for known, each in paths.items()
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/:]+", re.escape(known)), path)
    ]
    fitting.sort(key=lambda found: found[0].count("{"))  # what is named in full goes first
    operation = next((each[asked.method.lower()] for _, each in fitting if asked.method.lower() in each), None)
    if operation is None:
        return [f"{asked.method} {path}: it is not in the document"]
    query = {
        "type": "object",
        "properties": {each["name"]: each["schema"] for each in operation.get("parameters", [])},
        "required": [each["name"] for each in operation.get("parameters", []) if each.get("required")],
        "additionalProperties": False,
    }
    wrong = [f"query {each.message}" for each in _errors(query, _single(asked.query, query))]
    contents = operation.get("requestBody", {}).get("content", {})
    if not contents:
        return wrong + (["it has a body"] if asked.body else [])
    ((kind, content),) = contents.items()
    if not asked.headers["Content-Type"].startswith(kind):
        return [*wrong, f"the body is not {kind}"]
    schema = content["schema"]
    body = asked.json if kind == "application/json" else _single(asked.form, schema)
    return wrong + [f"body {each.message}" for each in _errors(schema, body)]


def _errors(schema: dict[str, Any], value: Any) -> Iterable[Any]:
    return Draft202012Validator(schema).iter_errors(value)


def _single(values: Any, schema: dict[str, Any]) -> dict[str, Any]:
    """Values of a query or form by the types that their schema has; `a[]` is a list and `a[b]` an object's field."""
    types = {name: each.get("type") for name, each in schema["properties"].items()}
    single: dict[str, Any] = {}
    for named, each in values.items():
        name, _, inner = named.partition("[")
        if inner == "]" or (not inner and types.get(name) == "array"):
            single[name] = each
        elif inner:
            single.setdefault(name, {})[inner.removesuffix("]")] = each[0]
        else:
            single[name] = int(each[0]) if types.get(name) == "integer" else each[0]
    return single

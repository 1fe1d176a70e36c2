"""Makes one request of a call: every value enters through a slot, encoded for its place."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from habeas.connectors.http.templates import Slots, fill_json, fill_path, fill_text, fill_values
from habeas.connectors.http.vendorfile import Call
from habeas.sdk import Json, NeedsPerson


@dataclass
class Outgoing:
    """A request before it is signed and sent."""

    call: Call
    base: str
    path: str = field(repr=False)
    query: list[tuple[str, str]] = field(repr=False)
    form: list[tuple[str, str]] | None = field(repr=False)
    json: Json = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    next_url: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        if self.next_url:
            return self.next_url
        query = "?" + urlencode(self.query, quote_via=quote, errors="surrogatepass") if self.query else ""
        return self.base + self.path + query

    @property
    def content(self) -> bytes | None:
        """The body; None where there is none."""
        if self.form is not None:
            return urlencode(self.form, errors="surrogatepass").encode("ascii")
        # ensure_ascii: a lone surrogate of a stranger's text stays an escape, and the body is valid UTF-8
        return json.dumps(self.json, allow_nan=False).encode("ascii") if self.call.has_json else None

    @property
    def content_type(self) -> str:
        if self.form is not None:
            return "application/x-www-form-urlencoded"
        return "application/json" if self.call.has_json else ""

    @property
    def mark(self) -> list[Json]:
        """What tells this request from others, without who asks."""
        return [self.call.name, self.call.method, self.url, (self.content or b"").decode("ascii")]

    def put(self, place: str, value: Json) -> None:
        """Puts a value at a place that the vendor's file names: query.x, form.x, json.x.y."""
        where, _, name = place.partition(".")
        if where == "json":
            self._put_json(name.split(".") if name else [], value)
            return
        pairs = self.query if where == "query" else self.form
        if pairs is None:
            raise NeedsPerson(f"{self.call.name} has no {where} to put something in")
        pairs[:] = [pair for pair in pairs if pair[0] != name] + [(name, str(value))]

    def _put_json(self, steps: list[str], value: Json) -> None:
        inner: Any = self.json
        if not steps and isinstance(inner, dict) and isinstance(value, Mapping):
            inner.update(value)
            return
        for step in steps[:-1]:
            at = _at(inner, step)
            inner = inner.setdefault(at, {}) if isinstance(inner, dict) else inner[at] if at is not None else None
        at = _at(inner, steps[-1])
        if at is None:
            raise NeedsPerson(f"{self.call.name} has no place {'.'.join(steps)} in its body")
        inner[at] = value


def _at(inner: Any, step: str) -> Any:
    """A step of a place as a mapping or a list takes it; None where there is no such place."""
    if isinstance(inner, dict):
        return step
    return int(step) if isinstance(inner, list) and step.isdigit() and int(step) < len(inner) else None


def build(call: Call, slots: Slots, base: str, raw: frozenset[str]) -> Outgoing:
    """The request of a call with the slots filled; `raw` names the options that are paths."""
    return Outgoing(
        call=call,
        base=base,
        path=fill_path(call.path, slots, raw, changes=call.method != "GET"),
        query=fill_values(call.query, slots),
        form=None if call.form is None else fill_values(call.form, slots),
        json=fill_json(call.json, slots),
        headers={name: fill_text(template, slots) for name, template in call.headers.items()},
    )

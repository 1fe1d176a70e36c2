# long because it is one table: every key of the form with its shape
"""The form of a vendor's file, version 1; `docs/writing-an-http-connector.md` explains every key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from habeas.connectors.http.fields import Field
from habeas.connectors.http.pace import Limits, Rate
from habeas.connectors.http.parts import Key, Part
from habeas.connectors.http.shapes import (
    DURATION,
    Choice,
    Described,
    Duration,
    Either,
    Expression,
    Flag,
    Many,
    Named,
    Number,
    Reading,
    Text,
    read_duration,
)
from habeas.connectors.http.templates import Template, beside_text, parse
from habeas.connectors.http.vendorfile import (
    METHODS,
    Basic,
    Belongs,
    Call,
    Check,
    Each,
    Erase,
    ErrorRule,
    Job,
    Kind,
    Match,
    OAuth1,
    OAuth2,
    Option,
    Pages,
    ReadBack,
    Reason,
    Rectify,
    Scheme,
    Step,
    Toggle,
    Vendor,
    Way,
)
from habeas.marked import Where

VENDOR = re.compile(r"[a-z][a-z0-9-]{0,47}")
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,30}")
HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
STATUS = re.compile(r"[1-5][0-9]{2}")
PLACE = re.compile(r"(?:query|form|json)\.[^.\s{}]+(?:\.[^.\s{}]+)*")
PUT = re.compile(r"json(?:\.[^.\s{}]+)*|form")
DOTTED = re.compile(r"[^.\s]+(?:\.[^.\s]+)*")
FIELD_NAME = re.compile(r"[^\s{}]{1,80}")
RATE = re.compile(rf"(\d{{1,9}}) per ({DURATION.pattern})")


@dataclass(frozen=True)
class FieldShape:
    """A JMESPath into a record."""

    def describe(self) -> Described:
        return Expression().describe()

    def read(self, reading: Reading, at: Where, said: Any) -> Field | None:
        compiled = Expression().read(reading, at, said)
        return Field(compiled) if compiled else None


@dataclass(frozen=True)
class TemplateShape:
    """Text with slots; `place` is path, value, header or url."""

    place: str

    def describe(self) -> Described:
        return {"type": "string", "minLength": 1, "description": "Text with slots, as {value}"}

    def read(self, reading: Reading, at: Where, said: Any) -> Template:
        text = Text("text with slots").read(reading, at, said)
        template, problems = parse(text)
        if self.place == "value":
            problems += beside_text(template)
        elif self.place == "path":
            problems += _faults_of_path(text)
        elif any(slot.root != "options" for slot in template.slots):
            problems.append("only options may stand in it, as nothing of a person belongs there")
        for problem in problems:
            reading.fault(at, problem)
        return template


def _faults_of_path(text: str) -> list[str]:
    bare = re.sub(r"\{[^{}]*\}", "x", text)
    problems = []
    if not text.startswith(("/", "{options.")):
        problems.append("a path begins with /")
    if re.search(r"[?#\s\\%]|//", bare) or any(each in (".", "..") for each in bare.split("/")):
        problems.append("a path holds no ?, #, %, \\, space, empty or dot segment: what comes after ? stands in query")
    return problems


@dataclass(frozen=True)
class Tree:
    """Any JSON in which each text is a template."""

    def describe(self) -> Described:
        return {}

    def read(self, reading: Reading, at: Where, said: Any) -> Any:
        if isinstance(said, str):
            return TemplateShape("value").read(reading, at, said) if said else ""
        if isinstance(said, Mapping):
            for name in said:
                if "{" in name and not name.startswith("$"):
                    reading.fault((*at, name), "the name of a key holds no slot")
            return {name: self.read(reading, (*at, name), each) for name, each in said.items()}
        if isinstance(said, list):
            return [self.read(reading, (*at, number), each) for number, each in enumerate(said)]
        if said is not None and not isinstance(said, bool | int | float):
            reading.fault(at, "a date is no JSON: put it in quotes")
        return said


@dataclass(frozen=True)
class Plain:
    """A single value, or a list of them."""

    def describe(self) -> Described:
        single: Described = {"type": ["string", "number", "boolean"]}
        return {"anyOf": [single, {"type": "array", "items": single}]}

    def read(self, reading: Reading, at: Where, said: Any) -> Any:
        for each in said if isinstance(said, list) else [said]:
            if not isinstance(each, str | int | float):
                reading.fault(at, "it is no single value and no list of them")
        return said


@dataclass(frozen=True)
class RateShape:
    """How many calls in how long: `190 per PT10S`."""

    def describe(self) -> Described:
        return {"type": "string", "pattern": f"^(?:{RATE.pattern})$"}

    def read(self, reading: Reading, at: Where, said: Any) -> Rate:
        match = RATE.fullmatch(said) if isinstance(said, str) else None
        length = read_duration(match[2]) if match else None
        if not match or not length or int(match[1]) < 1:
            reading.fault(at, "it is no rate", "write it like 190 per PT10S")
            return Rate(1, 1.0)
        return Rate(int(match[1]), length.total_seconds())


_name = Text("name", IDENTIFIER)
_call = Text("name of a call", re.compile(r"[a-z][a-z0-9_]{0,47}"))
_secret = Text("name of a secret", IDENTIFIER)
_value = TemplateShape("value")
_field = FieldShape()
_says = Text()
_status = Number(100, 599)

_step_keys = {"call": Key(_call, True), "by": Key(_name), "each": Key(_name)}
_step = Either(_call, Part(Step, _step_keys))
_read_back = Part(
    ReadBack,
    {"call": Key(_call, True), "expect": Key(Choice(("gone", "empty", "absent"))), "where": Key(Expression())},
    one_of=[("expect", "where")],
)
_toggle_keys = {
    "steps": Key(Many(_step), True),
    "lift": Key(Many(_step)),
    "read_back": Key(_read_back),
}
_toggle = Part(Toggle, _toggle_keys)
_error = Part(
    ErrorRule,
    {
        "when": Key(Expression()),
        "status": Key(_status),
        "means": Key(Choice(("person", "later", "nothing")), True),
        "say": Key(_says),
    },
)
_pages = Part(
    Pages,
    {
        "cursor": Key(_field),
        "offset": Key(Text("place in the request", PLACE)),
        "page": Key(Text("place in the request", PLACE)),
        "last": Key(_field),
        "next_url": Key(_field),
        "link": Key(Text("relation", re.compile(r"[a-z]{1,20}"))),
        "send": Key(Text("place in the request", PLACE)),
        "start": Key(_says),
        "first": Key(Number(0, 1)),
        "size": Key(Number(1, 10_000)),
        "send_size": Key(Text("place in the request", PLACE)),
        "total": Key(_field),
        "more": Key(_field),
        "most": Key(Number(1, 100_000)),
    },
    one_of=[("cursor", "offset", "page", "last", "next_url", "link")],
    together={"cursor": ("send",), "last": ("send",), "start": ("send",), "offset": ("size",), "send_size": ("size",)},
)
_job = Part(
    Job,
    {
        "id": Key(_field, True),
        "poll": Key(_call, True),
        "done": Key(Expression(), True),
        "failed": Key(Expression()),
        "every": Key(Duration()),
        "within": Key(Duration()),
        "fetch": Key(_call),
    },
)


def _make_call(**said: Any) -> Call:
    return Call(**said, has_json="json" in said)


_call_part = Part(
    _make_call,
    {
        **{method: Key(TemplateShape("path")) for method in METHODS},
        "base": Key(_name),
        "auth": Key(_name),
        "query": Key(Named(Tree(), FIELD_NAME)),
        "form": Key(Named(Tree(), FIELD_NAME, least=0)),  # an empty one is filled, by `rectify` or `auth`
        "json": Key(Tree()),
        "headers": Key(Named(TemplateShape("header"), HEADER)),
        "expect": Key(Many(_status)),
        "answers": Key(Named(Choice(("nothing", "later", "person")), STATUS)),
        "errors": Key(Many(_error)),
        "scope": Key(_says),
        "group": Key(_name),
        "records": Key(Expression()),
        "record": Key(Expression()),
        "pages": Key(_pages),
        "most_records": Key(Number(1, 100_000)),
        "idempotency": Key(Text("name of a header", HEADER)),
        "job": Key(_job),
        "timeout": Key(Number(1, 600)),
    },
    one_of=[METHODS],
    not_both=[("records", "record"), ("form", "json")],
    together={"pages": ("records",), "most_records": ("records",)},
)
_oauth2 = Part(
    OAuth2,
    {
        "grant": Key(Choice(("client_credentials", "refresh_token")), True),
        "token_url": Key(TemplateShape("url"), True),
        "client_id": Key(_secret, True),
        "client_secret": Key(_secret, True),
        "refresh_token": Key(_secret),
        "scope": Key(_says),
        "send": Key(Choice(("body", "basic"))),
    },
)
_scheme = Part(
    Scheme,
    {
        "bearer": Key(_secret),
        "header": Key(Text("name of a header", HEADER)),
        "secret": Key(_secret),
        "prefix": Key(_says),
        "basic": Key(
            Part(
                Basic,
                {"user": Key(TemplateShape("header")), "user_secret": Key(_secret), "password": Key(_secret, True)},
                one_of=[("user", "user_secret")],
            )
        ),
        "body": Key(Named(_secret, FIELD_NAME)),
        "oauth2": Key(_oauth2),
        "oauth1": Key(Part(OAuth1, {name: Key(_secret, True) for name in OAuth1.__dataclass_fields__})),
    },
    not_both=[("bearer", "header", "basic", "body", "oauth2", "oauth1")],
    together={"header": ("secret",), "secret": ("header",), "prefix": ("header",)},
)
_erase = Part(
    Erase,
    {
        "does": Key(Choice(("erases", "anonymises", "archives_only", "keeps")), True),
        "steps": Key(Many(Either(_call, Part(Step, {**_step_keys, "kept_if": Key(Expression())})))),
        "read_back": Key(_read_back),
        "within": Key(Duration()),
        "every": Key(Duration()),
        "recoverable": Key(Text("length of time, as P7D", DURATION)),
        "also_removes": Key(Many(_name)),
        "held_by": Key(Many(_name)),
        "ground": Key(_says),
        "not_if": Key(Many(Part(Reason, {"when": Key(Expression(), True), "say": Key(_says, True)}))),
    },
)
_match = Either(
    _field,
    Part(
        Match,
        {
            "field": Key(_field, True),
            "compare": Key(Choice(("exact", "email"))),
            "optional": Key(Flag()),
            "several": Key(Flag()),
        },
    ),
)
_fields = Either(Named(Text(), FIELD_NAME), Many(Text("name of a field", FIELD_NAME)), list)
_kind = Part(
    Kind,
    {
        "find": Key(
            Many(
                Part(
                    Way,
                    {"by": Key(_name, True), "call": Key(_call, True), "fuzzy": Key(Flag()), "each": Key(_name)},
                )
            )
        ),
        "under": Key(_name),
        "list": Key(_call),
        "fuzzy": Key(Flag()),
        "only_if": Key(Expression()),
        "only_with": Key(_name),
        "presumed": Key(Many(_name)),
        "about": Key(_says),
        "read": Key(_call),
        "key": Key(Either(_field, Many(_field), list)),
        "key_within": Key(Flag()),
        "match": Key(Named(_match, IDENTIFIER)),
        "decides": Key(_name),
        "belongs": Key(Part(Belongs, {"field": Key(_field, True), "to": Key(_field, True)})),
        "data": Key(Expression()),
        "leave_out": Key(Many(Text("name of a field", DOTTED))),
        "dated": Key(_field),
        "channel": Key(Named(_field, IDENTIFIER)),
        "identifies": Key(Named(_field, IDENTIFIER)),
        "erase": Key(_erase),
        "restrict": Key(_toggle),
        "rectify": Key(
            Part(
                Rectify,
                {"call": Key(_call, True), "put": Key(Text("place, as json.properties", PUT), True),
                 "fields": Key(_fields, True)},
            )
        ),
        "suppress": Key(_toggle),
    },
    one_of=[("find", "under", "presumed")],
    not_both=[("presumed", each) for each in ("key", "match", "read", "list", "channel", "identifies", "rectify")],
    together={"under": ("list", "key"), "list": ("under",), "find": ("key", "match"), "fuzzy": ("belongs",),
              "only_if": ("under",), "key_within": ("under",), "belongs": ("under",), "decides": ("match",)},
)  # fmt: skip
_option = Part(
    Option,
    {
        "about": Key(_says),
        "type": Key(Choice(("text", "path", "url", "number", "flag", "list"))),
        "default": Key(Plain()),
        "choices": Key(Many(Plain())),
    },
)
FORM = Part(
    Vendor,
    {
        "version": Key(Choice((1,)), True),
        "vendor": Key(Text("name", VENDOR), True),
        "about": Key(_says, True),
        "base_url": Key(TemplateShape("url")),
        "other_base_urls": Key(Named(TemplateShape("url"))),
        "options": Key(Named(_option)),
        "auth": Key(Named(Either(_scheme, Many(_scheme), list))),
        "limits": Key(
            Named(Part(Limits, {"rates": Key(Many(RateShape())), "concurrent": Key(Number(1, 1000))}))
        ),
        "waits": Key(Named(Choice(("seconds", "milliseconds", "epoch", "epoch_ms")), HEADER)),
        "errors": Key(Many(_error)),
        "each": Key(
            Named(
                Part(Each, {"option": Key(_name), "call": Key(_call), "take": Key(_field)}, one_of=[("option", "call")],
                     together={"call": ("take",), "take": ("call",)})
            )
        ),
        "calls": Key(Named(_call_part), True),
        "kinds": Key(Named(_kind)),
        "suppress": Key(Named(Part(Toggle, {"by": Key(_name, True), **_toggle_keys}))),
        "check": Key(
            Many(
                Part(
                    Check,
                    {"call": Key(_call, True), "with": Key(_says, name="with_value"), "where": Key(Expression()),
                     "say": Key(_says), "only_with": Key(_name)},
                )
            )
        ),
    },
)  # fmt: skip


def finish(read: Vendor) -> Vendor:
    """The file's short forms written out: a call's name for a step, a field for a match, a scheme for a list of one."""
    return replace(
        read,
        auth={name: each if isinstance(each, tuple) else (each,) for name, each in read.auth.items()},
        calls={name: replace(call, name=name, answers=dict(call.answers)) for name, call in read.calls.items()},
        kinds={name: _finish_kind(name, kind) for name, kind in read.kinds.items()},
        suppress={name: _finish_toggle(each) for name, each in read.suppress.items()},
    )


def _finish_kind(name: str, kind: Kind) -> Kind:
    rectify = kind.rectify
    if rectify and not isinstance(rectify.fields, Mapping):
        rectify = replace(rectify, fields={each: each for each in rectify.fields})
    return replace(
        kind,
        name=name,
        key=(kind.key,) if isinstance(kind.key, Field) else tuple(kind.key),
        match={each: found if isinstance(found, Match) else Match(found) for each, found in kind.match.items()},
        erase=replace(kind.erase, steps=_steps(kind.erase.steps)) if kind.erase else None,
        rectify=rectify,
        restrict=_finish_toggle(kind.restrict) if kind.restrict else None,
        suppress=_finish_toggle(kind.suppress) if kind.suppress else None,
    )


def _finish_toggle(toggle: Toggle) -> Toggle:
    return replace(toggle, steps=_steps(toggle.steps), lift=_steps(toggle.lift))


def _steps(steps: Any) -> tuple[Step, ...]:
    return tuple(each if isinstance(each, Step) else Step(each) for each in steps)

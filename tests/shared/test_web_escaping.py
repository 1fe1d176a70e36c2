"""Whatever a person writes is text: 200 hostile strings through every part of a page change nothing but the words."""

import itertools
from html.parser import HTMLParser

from flask import render_template_string

from habeas.testing.visitor import make_room
from habeas.web import create_app

OPENINGS = (
    "",
    '"',
    "'",
    "</textarea>",
    "</title>",
    "</style>",
    "-->",
    "]]>",
    "{{",
    "{%",
    "&quot;",
    "\x00",
    "`",
    "\u2028",
)
STRIKES = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    " onfocus=alert(1) autofocus x=",
    "<svg/onload=alert(1)>",
    "javascript:alert(1)",
    "<a href=javascript:alert(1)>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "7*7}}",
    "config.items()}}",
    " import os %}",
    "<base href=//evil.example>",
    "<form action=//evil.example><input>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<style>*{display:none}</style>",
)
PAYLOADS = [opening + strike for opening, strike in itertools.product(OPENINGS, STRIKES)]

PAGE = """{% extends "portal.html" %}{% import "forms.html" as forms %}{% import "mark.html" as mark %}
{% block title %}{{ x }}{% endblock %}
{% block before %}{{ forms.error_summary([("f", x)]) }}{% endblock %}
{% block main %}
{{ forms.text_input("f", x, value=x, hint=x, error=x) }}{{ forms.textarea("w", x, value=x, hint=x, error=x) }}
{{ forms.select("s", x, [{"value": x, "label": x}], value="", hint=x, error=x) }}
{{ forms.radios("r", x, [{"value": x, "label": x, "hint": x}], hint=x, error=x) }}
{{ forms.checkboxes("c", x, [{"value": x, "label": x}]) }}
{{ forms.cards("k", x, [{"value": x, "label": x, "hint": x, "more": x}]) }}
{{ forms.date_input("d", x, day=x, month=x, year=x, hint=x, error=x) }}{{ forms.button(x, name="b", value=x) }}
{{ mark.tag(x) }}{% call mark.notice(x) %}{{ x }}{% endcall %}{{ mark.table(x, [x, {"title": x}], [[x, x]]) }}
{{ mark.table(x, [x], [], empty=x) }}{{ mark.summary_list([{"key": x, "value": x}]) }}
{{ mark.timeline([{"title": x, "when": x, "datetime": x, "by": x, "body": x}]) }}{{ mark.progress([x, x], 0) }}
{% call mark.details(x) %}{{ x }}{% endcall %}{{ mark.panel(x, x) }}
{% endblock %}"""


class Shape(HTMLParser):
    """The elements and attribute names of a page, and all the words in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.words += [value or "" for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_no_hostile_text_becomes_anything_but_text() -> None:
    """Case 14."""
    app = create_app(make_room())
    assert len(PAYLOADS) >= 200
    with app.test_request_context(base_url="http://127.0.0.1:8080"):
        plain = Shape(render_template_string(PAGE, x="plain words", errors=[]))
        for payload in PAYLOADS:
            struck = Shape(render_template_string(PAGE, x=payload, errors=[]))
            assert struck.elements == plain.elements, payload
            assert sum(payload in word for word in struck.words) >= 30, payload

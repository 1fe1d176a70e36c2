"""In which language a page speaks, and how it says days."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Blueprint, render_template_string

from habeas.testing.visitor import Visitor, make_room
from habeas.web import create_app, everyone, open_to, present_language, speak, speak_for

PAGE = """{% extends "portal.html" %}{% block title %}x{% endblock %}
{% block main %}<h1>{{ language() }}</h1>{% endblock %}"""


def company(*languages: str, name: str = "Nordlund") -> Any:
    authority = SimpleNamespace(name="IMY", url="https://authority.example")
    return SimpleNamespace(controller=SimpleNamespace(name=name, languages=languages, authority=authority))


def make_pages(other: Any = None) -> Blueprint:
    pages = Blueprint("pages", __name__)

    @pages.get("/page")
    @open_to(everyone)
    def page() -> str:
        return render_template_string(PAGE)

    @pages.get("/case")
    @open_to(everyone)
    def case() -> str:
        speak("sv")
        return present_language()

    @pages.get("/other")
    @open_to(everyone)
    def of_other() -> str:
        speak_for(other)
        return render_template_string(PAGE)

    return pages


def visit(*languages: str, asks: str = "") -> Visitor:
    app = create_app(make_room(make_pages(company("sv", name="Other AB")), profiles={"n": company(*languages)}))
    return Visitor(app, language=asks)


@pytest.mark.parametrize(
    ("offered", "asks", "spoken"),
    [
        (("sv", "en"), "", "sv"),
        (("en", "sv"), "", "en"),
        (("sv", "en"), "en-GB,en;q=0.9", "en"),
        (("en", "sv"), "sv-SE", "sv"),
        (("sv", "en"), "de", "sv"),
        (("sv",), "en", "sv"),
        (("sl", "sv"), "sl", "sv"),
        (("sl",), "sl", "en"),
        (("sv", "en"), "*;q=x,;;", "sv"),
    ],
)
def test_a_page_speaks_a_language_of_the_company_that_we_have_words_for(
    offered: tuple[str, ...], asks: str, spoken: str
) -> None:
    page = visit(*offered, asks=asks).get("/page").text
    assert f"<h1>{spoken}</h1>" in page
    assert f'<html lang="{spoken}"' in page


def test_what_the_person_chose_is_remembered_and_goes_before_all_else() -> None:
    visitor = visit("sv", "en", asks="sv")
    assert "<h1>en</h1>" in visitor.get("/page?language=en").text
    assert "<h1>en</h1>" in visitor.get("/page").text
    assert visitor.get("/case").text == "en"


def test_a_case_speaks_its_own_language_to_whoever_has_not_chosen() -> None:
    assert visit("en", "sv", asks="en").get("/case").text == "sv"


@pytest.mark.parametrize("chosen", ["de", "xx", "../sv", "", "sv%00", "<script>"])
def test_a_language_that_is_not_offered_is_not_taken(chosen: str) -> None:
    answer = visit("sv", "en").get(f"/page?language={chosen}")
    assert "<h1>sv</h1>" in answer.text
    assert "habeas_language" not in str(answer.headers.getlist("Set-Cookie"))


def test_the_switch_keeps_the_rest_of_the_address_and_names_each_language_in_itself() -> None:
    page = visit("sv", "en").get("/page?step=2&language=sv").text
    assert '<a href="?step=2&amp;language=en" lang="en" hreflang="en">English</a>' in page
    assert ">Svenska</span>" in page


def test_a_page_can_speak_for_another_company() -> None:
    page = visit("sv", "en", asks="en").get("/other").text
    assert "Other AB" in page
    assert 'class="languages"' not in page


@pytest.mark.parametrize(
    ("language", "source", "said"),
    [
        ("en", "{{ d|day }} ({{ d|distance(t) }})", "Tue 10 March 2026 (in 12 days)"),
        ("sv", "{{ d|day }} ({{ d|distance(t) }})", "tis 10 mars 2026 (om 12 dagar)"),
        ("en", "{{ t|distance(d) }}", "12 days ago"),
        ("sv", "{{ t|distance(d) }}", "för 12 dagar sedan"),
        ("en", "{{ d|distance(d) }}", "today"),
        ("en", "{{ m|moment }}", "Tue 10 March 2026, 14:05"),
        ("sv", "{{ d|short_day }}", "10 mars 2026"),
    ],
)
def test_days_are_said_as_people_say_them(language: str, source: str, said: str) -> None:
    app = create_app(make_room(make_pages(), profiles={"n": company(language)}))
    with app.test_request_context(base_url="http://127.0.0.1:8080"):
        words = {"d": date(2026, 3, 10), "t": date(2026, 2, 26), "m": datetime(2026, 3, 10, 14, 5, tzinfo=UTC)}
        assert render_template_string(source, **words) == said

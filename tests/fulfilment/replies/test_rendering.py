"""A letter reads on paper and on a page, and nothing in it can become anything but words."""

import base64
import hashlib
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habeas.decisions.types import Verdict
from habeas.profile.types import Authority
from habeas.vocabulary import Right
from habeas_fulfilment.replies import Reply, render_html, render_text
from habeas_fulfilment.replies.rendering import WIDTH
from habeas_fulfilment.replies.types import Part, PartName, Place, Places

ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "section"),
    *("h1", "h2", "p", "ul", "li", "dl", "dt", "dd", "a"),
}
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</main><h1>x",
    "&amp;",
    "{art:15}",
    "a\nb\r\n- c",
]


class Outline(HTMLParser):
    """Collects tags, headings, ids and links, and that every tag is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.labels: list[str] = []
        self.links: list[str] = []
        self.words = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.tags.append(tag)
        for name, found in (("id", self.ids), ("aria-labelledby", self.labels), ("href", self.links)):
            found += [said[name] or ""] if name in said else []
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.words += f" {data}"


def everywhere(shop: Any, right: Right, language: str = "en") -> Reply:
    """A reply with every verdict in it."""
    final = [each for each in Verdict if each is not Verdict.ASKS]
    return shop.write(shop.ruling(right, *final), language)


@pytest.mark.parametrize("language", ["en", "sv"])
@pytest.mark.parametrize("right", Right)
def test_a_page_is_whole_and_every_section_has_its_heading(shop: Any, right: Right, language: str) -> None:
    reply = everywhere(shop, right, language)
    text = render_html(reply)
    page = Outline(text)
    assert set(page.tags) <= ALLOWED
    assert f'<html lang="{language}">' in text
    assert page.tags.count("h1") == page.tags.count("main") == 1
    assert page.tags.count("h2") == page.tags.count("section") == len(reply.parts)
    assert page.ids == page.labels
    assert len(set(page.ids)) == len(page.ids)
    assert page.links == ["https://www.imy.se/"]


def test_a_page_can_neither_run_nor_fetch_anything(shop: Any) -> None:
    text = render_html(everywhere(shop, Right.ACCESS))
    style = re.search(r"<style>(.*)</style>", text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"content=\"default-src 'none'; style-src 'sha256-{digest}'\"" in text
    assert " style=" not in text


@pytest.mark.parametrize("right", Right)
def test_paper_and_page_say_the_same(shop: Any, right: Right) -> None:
    reply = everywhere(shop, right)
    page = Outline(render_html(reply)).words.split()
    paper = render_text(reply)
    for part in reply.parts:
        assert part.heading in paper
    words = set(re.findall(r"\w{3,}", paper.partition("\n")[2]))
    assert words <= set(re.findall(r"\w{3,}", " ".join(page)))


def test_no_line_on_paper_is_too_long(shop: Any) -> None:
    for right in Right:
        for line in render_text(everywhere(shop, right, "sv")).splitlines():
            assert len(line) <= WIDTH or " " not in line.strip() or not line.startswith(("- ", "  ")), line


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_others_wrote_stays_words(shop: Any, hostile: str) -> None:
    facts = shop.facts(corrected={"email": (hostile, hostile), hostile: ("a", "b")})
    authorities = (
        Authority(hostile, f"https://x.example/?{hostile}", hostile),
        Authority("X", "javascript:alert(1)", ""),
    )
    ruling = shop.ruling(Right.RECTIFICATION, Verdict.APPLIES)
    reply = shop.write(ruling, facts=facts, authorities=authorities, reference=hostile)
    page = Outline(render_html(reply))
    assert set(page.tags) <= ALLOWED
    assert page.tags.count("h2") == len(reply.parts)
    assert not any(link.startswith("javascript") for link in page.links)
    assert " ".join(hostile.split()) in " ".join(page.words.split())
    paper = render_text(reply)
    assert "\n- c" not in paper


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(old=st.text(min_size=1), new=st.text(min_size=1))
def test_no_value_breaks_out_of_its_place(shop: Any, old: str, new: str) -> None:
    ruling = shop.ruling(Right.RECTIFICATION, Verdict.APPLIES)
    plain = Outline(render_html(shop.write(ruling)))
    reply = shop.write(ruling, facts=shop.facts(corrected={"email": (old, new)}))
    page = Outline(render_html(reply))
    assert page.tags == plain.tags
    assert len(render_text(reply).split("\n-----")) == len(reply.parts) + 1


def test_signs_that_turn_a_line_around_are_shown(shop: Any) -> None:
    facts = shop.facts(corrected={"email": ("a\u202eb\x00c", "👩‍🚀")})
    text = render_html(shop.write(shop.ruling(Right.RECTIFICATION, Verdict.APPLIES), facts=facts))
    assert "a\ufffdb\ufffdc → 👩‍🚀" in unescape(text)


def test_a_place_without_an_address_stands_alone(shop: Any) -> None:
    reply = everywhere(shop, Right.ERASURE)
    only = Part(PartName.COMPLAINT, "X", (Places((Place("ICO", "https://ico.org.uk/", ""),)),))
    page = render_html(replace(reply, parts=(only,)))
    assert '<li><a href="https://ico.org.uk/">ICO</a> (https://ico.org.uk/)</li>' in page
    assert render_text(replace(reply, parts=(only,))).endswith("- ICO\n  https://ico.org.uk/\n")

"""A letter on paper and on a page: plain text, and HTML that needs no script, with everything in it escaped."""

import base64
import hashlib
import textwrap
import unicodedata
from collections.abc import Iterator
from html import escape
from importlib.resources import files

from habeas_fulfilment.replies.types import Block, Bullets, Entries, Paragraph, Part, Place, Places, Reply

WIDTH = 76
_INVISIBLE = ("Cc", "Cf", "Cs")
_JOINERS = "\u200c\u200d"
"""Invisible, but without them some scripts and signs fall apart."""


def render_text(reply: Reply) -> str:
    """Write a letter as plain text, lines no longer than WIDTH where words allow it."""
    pieces = [_plain(reply.title).upper(), *(_text_part(part) for part in reply.parts)]
    return "\n\n".join(pieces) + "\n"


def render_html(reply: Reply) -> str:
    """Write a letter as one accessible HTML document in its language; it can run nothing and fetch nothing."""
    return "".join(_html(reply))


def _text_part(part: Part) -> str:
    heading = _plain(part.heading)
    blocks = "\n\n".join(_text_block(block) for block in part.blocks)
    return f"{heading}\n{'-' * min(len(heading), WIDTH)}\n{blocks}"


def _text_block(block: Block) -> str:
    match block:
        case Paragraph(text):
            return _wrap(text, "", "")
        case Bullets(items):
            return "\n".join(_wrap(item, "- ", "  ") for item in items)
        case Entries(entries):
            return "\n".join(_wrap(f"{entry.term}: {entry.text}", "- ", "  ") for entry in entries)
        case Places(places):
            return "\n".join("\n".join(_text_place(place)) for place in places)


def _text_place(place: Place) -> Iterator[str]:
    yield _wrap(place.name, "- ", "  ")
    for each in (place.address, place.url):
        if each:
            yield _wrap(each, "  ", "  ")


def _wrap(text: str, first: str, rest: str) -> str:
    return textwrap.fill(
        _plain(text),
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _html(reply: Reply) -> Iterator[str]:
    style = files("habeas_fulfilment.package").joinpath("page.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    title, controller = _safe(reply.title), _safe(reply.matter.profile.controller.name)
    yield f'<!doctype html>\n<html lang="{reply.matter.language}">\n<head>\n<meta charset="utf-8">\n'
    policy = f"default-src 'none'; style-src 'sha256-{digest}'"
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<meta name="referrer" content="no-referrer">\n'
    yield f"<title>{title} – {controller}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    yield f'<header>\n<p class="from">{controller}</p>\n<h1>{title}</h1>\n</header>\n<main>\n'
    for number, part in enumerate(reply.parts, start=1):
        name = f"{part.name}-{number}"
        yield f'<section aria-labelledby="{name}">\n<h2 id="{name}">{_safe(part.heading)}</h2>\n'
        yield from map(_html_block, part.blocks)
        yield "</section>\n"
    yield "</main>\n</body>\n</html>\n"


def _html_block(block: Block) -> str:
    match block:
        case Paragraph(text):
            return f"<p>{_safe(text)}</p>\n"
        case Bullets(items):
            return "<ul>\n" + "".join(f"<li>{_safe(item)}</li>\n" for item in items) + "</ul>\n"
        case Entries(entries):
            rows = (f"<dt>{_safe(entry.term)}</dt><dd>{_safe(entry.text)}</dd>\n" for entry in entries)
            return "<dl>\n" + "".join(rows) + "</dl>\n"
        case Places(places):
            return "<ul>\n" + "".join(f"<li>{_html_place(place)}</li>\n" for place in places) + "</ul>\n"


def _html_place(place: Place) -> str:
    name, address = _safe(place.name), _safe(place.address)
    if place.url.startswith(("https://", "http://")):
        name = f'<a href="{_safe(place.url)}">{name}</a> ({_safe(place.url)})'
    return f"{name}, {address}" if address else name


def _safe(text: str) -> str:
    return escape(_plain(text))


def _plain(text: str) -> str:
    """Put a text on one line, and show what would be invisible or turn the line around."""
    spaced = " ".join(text.split())
    return "".join(
        "\ufffd" if unicodedata.category(each) in _INVISIBLE and each not in _JOINERS else each for each in spaced
    )

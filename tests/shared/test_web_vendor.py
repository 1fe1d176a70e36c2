"""What others wrote and we serve is what they published, with its licence beside it."""

import hashlib
import json
import re
from pathlib import Path

import habeas.web

VENDOR = Path(habeas.web.__file__).parent / "static" / "vendor"
OURS = VENDOR.parent


def test_every_file_of_others_is_as_its_digest_says() -> None:
    named = {
        name: digest
        for package in json.loads((VENDOR / "vendor.json").read_text(encoding="utf-8")).values()
        for name, digest in package["files"].items()
    }
    assert {path.name for path in VENDOR.iterdir()} == {*named, "vendor.json"}
    for name, digest in named.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name


def test_our_styles_fetch_nothing() -> None:
    """No font, no picture, no sheet from anywhere: the policy would refuse it, and a person would be seen."""
    for sheet in OURS.glob("*.css"):
        assert not re.search(r"url\(|@import", sheet.read_text(encoding="utf-8")), sheet.name


def test_no_template_carries_a_script_or_an_inline_style() -> None:
    for template in (OURS.parent / "templates").glob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"<script|\son\w+=|\sstyle=|placeholder=|\|safe", text), template.name

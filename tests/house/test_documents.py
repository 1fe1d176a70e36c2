"""What the documents point at is there, and the glossary has every word."""

import inspect
import re
from enum import StrEnum
from pathlib import Path

from habeas import vocabulary

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"(?m)^#+\s+(.*)$")


def anchors(text: str) -> set[str]:
    """The anchors that a renderer gives the headings of a document."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in HEADING.findall(text)}


def test_every_link_to_a_file_here_leads_somewhere(root: Path, texts: dict[str, str]) -> None:
    faults = []
    for path, text in texts.items():
        if not path.endswith(".md"):
            continue
        for target in LINK.findall(text):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            place = (root / path).parent / name if name else root / path
            if not place.exists():
                faults.append(f"{path}: {target} is not there")
            elif anchor and anchor not in anchors(place.read_text()):
                faults.append(f"{path}: {target} has no such heading")
    assert not faults, "\n".join(faults)


def test_the_glossary_explains_every_word_of_the_vocabulary(root: Path) -> None:
    explained = set(re.findall(r"`([^`]+)`", (root / "docs/words.md").read_text()))
    lists = [thing for _, thing in inspect.getmembers(vocabulary, inspect.isclass) if issubclass(thing, StrEnum)]
    missing = [
        f"{words.__name__}: {word}"
        for words in lists
        if words is not StrEnum
        for word in words
        if word not in explained
    ]
    assert not missing, f"docs/words.md lacks {missing}"

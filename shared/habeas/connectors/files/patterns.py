"""Patterns of paths such as `applications/{email}/*`: an identifier fills one whole part, letter by letter."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from habeas.sdk import Subject

CANARY = "canary"
_IDENTIFIER = re.compile(r"\{([a-z][a-z0-9_]{0,30})\}")


@dataclass(frozen=True)
class Search:
    """A pattern filled in for a person: list what is below `prefix`, take what fits; `matches` is what filled it."""

    prefix: str
    parts: tuple[str | re.Pattern[str], ...]
    deep: bool
    matches: Mapping[str, str]

    def fits(self, path: str) -> bool:
        """Whether the path has these parts; a text is compared as it is, only the map's own `*` stands for more."""
        given = path.split("/")
        if len(given) < len(self.parts) + self.deep or (not self.deep and len(given) != len(self.parts)):
            return False
        return all(
            part == own if isinstance(part, str) else bool(part.fullmatch(own))
            for part, own in zip(self.parts, given, strict=False)
        )


@dataclass(frozen=True)
class PathPattern:
    """A path of literal parts, `{identifier}` parts, parts with `*` in them, and perhaps `**` at the end."""

    text: str

    @property
    def identifiers(self) -> tuple[str, ...]:
        """The identifiers that have to be known to search by this pattern."""
        return tuple(match[1] for part in self._parts() if (match := _IDENTIFIER.fullmatch(part)))

    def problem(self) -> str:
        """What is wrong with the pattern; empty if nothing is."""
        parts = self._parts()
        if any(part in ("", ".", "..") for part in parts) or "\\" in self.text:
            return "a part is empty, . or .., or holds a backslash"
        if any(("{" in part or "}" in part) and not _IDENTIFIER.fullmatch(part) for part in parts):
            return "an {identifier} has to fill a whole part between two /"
        if any("**" in part and (part != "**" or number + 1 < len(parts)) for number, part in enumerate(parts)):
            return "** can only be the last part"
        if not self.identifiers:
            return "it holds no {identifier}, so it would find everybody's files"
        return ""

    def searches(self, subject: Subject) -> Iterator[Search]:
        """One search for each combination of the person's values; a value that cannot be a file's name finds none."""
        names = list(dict.fromkeys(self.identifiers))
        for values in product(*(subject.values(name) for name in names)):
            if any("/" in value or "\\" in value or value in (".", "..") for value in values):
                continue
            filled = dict(zip(names, values, strict=True))
            parts = [self._part(part, filled) for part in self._parts() if part != "**"]
            literal = []
            for part in parts:
                if not isinstance(part, str):
                    break
                literal.append(part)
            yield Search("/".join(literal), tuple(parts), self._parts()[-1] == "**", filled)

    def path_of(self, canary: Subject) -> str:
        """The path of a synthetic person's file, who has one value of each identifier."""
        return "/".join(
            canary.values(match[1])[0]
            if (match := _IDENTIFIER.fullmatch(part))
            else part.replace("**", f"{CANARY}.txt").replace("*", CANARY)
            for part in self._parts()
        )

    def _parts(self) -> list[str]:
        return self.text.split("/")

    def _part(self, part: str, filled: Mapping[str, str]) -> str | re.Pattern[str]:
        if match := _IDENTIFIER.fullmatch(part):
            return filled[match[1]]
        if "*" not in part:
            return part
        return re.compile(".*".join(re.escape(each) for each in part.split("*")), re.DOTALL)

"""JMESPath over a vendor's answers, with one function more: `split(text, ';')`, as some keep lists in a text."""

from typing import Any

import jmespath
from jmespath import functions
from jmespath.exceptions import JMESPathError

from habeas.sdk import NeedsPerson


class _Functions(functions.Functions):  # type: ignore[misc, unused-ignore]
    """The functions of JMESPath, and `split`."""

    @functions.signature({"types": ["string", "null"]}, {"types": ["string"]})  # type: ignore[untyped-decorator, unused-ignore]
    def _func_split(self, text: str | None, part: str) -> list[str]:
        return [each.strip() for each in (text or "").split(part) if each.strip()]


_OPTIONS = jmespath.Options(custom_functions=_Functions())


class Query:
    """One expression, compiled; raises ValueError where it is none."""

    def __init__(self, text: str) -> None:
        self.expression = text
        try:
            self._compiled = jmespath.compile(text)
        except JMESPathError as error:
            raise ValueError(str(error).splitlines()[0]) from None

    def search(self, value: Any) -> Any:
        """What it finds; raises NeedsPerson where a function gets what it cannot take."""
        try:
            return self._compiled.search(value, _OPTIONS)
        except (JMESPathError, RecursionError):
            raise NeedsPerson(f"{self.expression} does not fit the answer: the vendor changed its form") from None

    def __repr__(self) -> str:
        return f"Query({self.expression!r})"

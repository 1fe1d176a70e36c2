"""Holds a password or an address with a password in it, so that it is never printed by accident."""

import os
from collections.abc import Mapping
from pathlib import Path

from habeas.sdk.errors import Fault

MAX_SECRET_BYTES = 64 * 1024


class Secret:
    """Text that shows as asterisks; `reveal()` gives it to whom it is meant for."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself: hand it on at once and keep it nowhere."""
        return self._text

    def __repr__(self) -> str:
        return "Secret('**********')"

    def __str__(self) -> str:
        return "**********"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(("Secret", self._text))

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not written anywhere, so it cannot be pickled or copied")


def read_secret(settings: Mapping[str, object], name: str, here: Path) -> Secret | Fault:
    """The secret that settings give as `<name>`, as a file (`<name>_file`) or as a variable's name (`<name>_env`).

    Paths are relative to `here`, the settings' own folder. Gives a Fault, which never shows the value, if none or more
    than one is given or what is named is not there.
    """
    given = [key for key in (name, f"{name}_file", f"{name}_env") if settings.get(key) is not None]
    if len(given) != 1:
        problem = "none is given" if not given else f"{' and '.join(given)} are given"
        return Fault(name, problem, f"give exactly one of {name}, {name}_file, {name}_env")
    value = settings[given[0]]
    if not isinstance(value, str) or not value.strip():
        return Fault(given[0], "it is no text")
    if given[0] == f"{name}_env":
        found = os.environ.get(value)
        return Secret(found) if found else Fault(given[0], f"the variable {value} is not set")
    if given[0] == f"{name}_file":
        return _read_file(given[0], here / value)
    return Secret(value)


def _read_file(key: str, path: Path) -> Secret | Fault:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_SECRET_BYTES).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return Fault(key, "the file cannot be read", "name a file of UTF-8 text that this process may read")
    return Secret(text) if text else Fault(key, "the file is empty")

"""A guard of the code, and how to take it out: so that a test can show what it is for."""

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import pytest
from tests.identity.conftest import Desk

from habeas.errors import HabeasError


@dataclass(frozen=True)
class Guard:
    """A piece of a function that keeps an attack out, and the function without it."""

    function: Callable[..., Any]
    piece: str
    without: str
    attack: Callable[[Desk], bool]


def take_out(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the function, wherever it is held, the code that it would have without the guard."""
    function = inspect.unwrap(guard.function)
    assert isinstance(function, FunctionType)
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(guard.piece) == 1, f"{guard.piece} does not stand once in {function.__qualname__}"
    changed = source.replace(guard.piece, guard.without)
    changed = changed[changed.index("def ") :]  # its decorators have done their work
    names: dict[str, Any] = {}
    exec(compile(changed, "without its guard", "exec"), dict(function.__globals__), names)
    monkeypatch.setattr(function, "__code__", names[function.__name__].__code__)


def succeeds(desk: Desk, attack: Callable[[Desk], bool]) -> bool:
    try:
        return attack(desk)
    except HabeasError:
        return False

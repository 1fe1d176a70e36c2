"""Errors are sorted by what to do next: only a runner may catch whatever comes, and nobody swallows it."""

import ast
from typing import Any

BROAD = {"Exception", "BaseException"}
#: Who may catch everything, and why.
RUNNERS = {
    "shared/habeas/cli/trying.py": "it tells a bug of somebody's connector without its text, which may quote a person",
    "shared/habeas/runtime.py": "a thread that fell silently would leave half a process running",
    "shared/habeas/work/executor.py": "it sorts whatever a handler raises by what to do next",
}


def catches_everything(handler: ast.ExceptHandler) -> bool:
    """Whether the handler is bare or names Exception or BaseException, alone or among others."""
    if handler.type is None:
        return True
    return any(isinstance(node, ast.Name) and node.id in BROAD for node in ast.walk(handler.type))


def raises_again(handler: ast.ExceptHandler) -> bool:
    """Whether the handler only tidies up and ends by letting the error go on."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def broad_handlers(source: Any) -> list[ast.ExceptHandler]:
    return [
        node
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler) and catches_everything(node) and not raises_again(node)
    ]


def test_only_a_runner_catches_whatever_comes(sources: list[Any]) -> None:
    faults = [
        f"{source.path}:{handler.lineno}"
        for source in sources
        if source.path not in RUNNERS
        for handler in broad_handlers(source)
    ]
    assert not faults, f"name the errors that are meant: {faults}"


def test_every_runner_on_the_list_still_needs_to_be_there(sources: list[Any]) -> None:
    needed = {source.path for source in sources if broad_handlers(source)}
    assert set(RUNNERS) <= needed, f"these catch everything no longer: {set(RUNNERS) - needed}"


def test_nobody_swallows_whatever_comes(sources: list[Any]) -> None:
    silent = [
        f"{source.path}:{handler.lineno}"
        for source in sources
        for handler in broad_handlers(source)
        if all(isinstance(step, ast.Pass | ast.Continue) for step in handler.body)
    ]
    suppressed = [
        f"{source.path}:{node.lineno}"
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress")
        if any(isinstance(name, ast.Name) and name.id in BROAD for name in node.args)
    ]
    assert not silent + suppressed, f"say what may happen, and what then: {silent + suppressed}"

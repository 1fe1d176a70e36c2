"""What import-linter cannot say of who imports what."""

import ast
import sys
from collections.abc import Iterator
from typing import Any


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every imported module with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")


def test_the_sdk_imports_python_and_itself_only(sources: list[Any]) -> None:
    sdk = [source for source in sources if source.path.startswith("shared/habeas/sdk/")]
    assert sdk, "the SDK has moved, and this rule with it"
    faults = [
        f"{source.path}:{line} {module}"
        for source in sdk
        for line, module in imported(source.tree)
        if module.split(".")[0] not in sys.stdlib_module_names
        and module != "habeas.sdk"
        and not module.startswith("habeas.sdk.")
    ]
    assert not faults, f"a connector's author installs nothing but the SDK: {faults}"


def test_no_import_is_relative(sources: list[Any]) -> None:
    faults = [
        f"{source.path}:{line}"
        for source in sources
        for line, module in imported(source.tree)
        if module.startswith(".") and "/migrations/" not in source.path
    ]
    assert not faults, f"a whole name tells where a thing lives: {faults}"

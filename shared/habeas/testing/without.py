"""A pytest plug-in that runs tests against the code without one of its guards: `pytest -p habeas.testing.without`.

The environment variable `GUARDS_TAKEN_OUT` names a file with the guards to take out, as JSON: a list of objects with
`module`, `piece` and `without`. Each piece has to stand once in its module's source, so that a guard that was reworded
is noticed; what stands in the source file is not touched, only what is imported of it.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

VARIABLE = "GUARDS_TAKEN_OUT"


class GuardMovedError(ImportError):
    """A guard does not stand where it was said to stand."""


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads a module from its source with some pieces replaced, and never from or into a cache of bytecode."""

    def __init__(self, name: str, path: str, changes: Sequence[Mapping[str, str]]) -> None:
        super().__init__(name, path)
        self._changes = changes

    def get_code(self, fullname: str) -> Any:
        """Compile the changed source."""
        source = Path(self.path).read_text(encoding="utf-8")
        return compile(change(source, self._changes, fullname), self.path, "exec")


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, changes: Sequence[Mapping[str, str]]) -> None:
        self._changes: dict[str, list[Mapping[str, str]]] = {}
        for each in changes:
            self._changes.setdefault(each["module"], []).append(each)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find the modules that are to be changed, and no others."""
        if fullname not in self._changes:
            return None
        found = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if found is None or found.origin is None:
            return None
        loader = _Loader(fullname, found.origin, self._changes[fullname])
        return importlib.util.spec_from_file_location(
            fullname, found.origin, loader=loader, submodule_search_locations=found.submodule_search_locations
        )


def change(source: str, changes: Sequence[Mapping[str, str]], module: str) -> str:
    """Return the source without the guards; raises GuardMovedError for one that does not stand there just once."""
    for each in changes:
        if (count := source.count(each["piece"])) != 1:
            raise GuardMovedError(f"in {module} this stands {count} times, not once: {each['piece']}")
        source = source.replace(each["piece"], each["without"])
    return source


def _install() -> None:
    file = os.environ.get(VARIABLE)
    if file:
        changes = json.loads(Path(file).read_text(encoding="utf-8"))
        early = [each["module"] for each in changes if each["module"] in sys.modules]
        if early:
            raise GuardMovedError(f"{', '.join(early)} was imported before it could be changed")
        sys.meta_path.insert(0, _Finder(changes))


_install()

"""Measures everything here and prints each figure beside what it was measured against.

    python -m bench [--json FILE] [NAME …]

NAME: package, hop, form, flood, case, decision, idle, may_process, start; all if none.

Every module of this folder with a `measure()` is one; its figures are {name: {value, unit, against, ratio}}.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

Figures = Mapping[str, Mapping[str, Any]]


def main(arguments: Sequence[str]) -> int:
    """Measure, print and write; return the exit code."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write {name: {value, unit, against, ratio}}")
    parser.add_argument("names", nargs="*", help="what to measure; everything if none is named")
    asked = parser.parse_args(arguments)
    measures = find_measures()
    unknown = set(asked.names) - measures.keys()
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(measures)}")
    figures: dict[str, Mapping[str, Any]] = {}
    for name in asked.names or measures:
        found = measures[name]()
        figures |= found
        for figure, facts in found.items():
            print(show(figure, facts), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


def find_measures() -> dict[str, Callable[[], Figures]]:
    """Find every module here that measures something."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))
    modules = {name: import_module(f"bench.{name}") for name in names}
    return {name: module.measure for name, module in modules.items() if hasattr(module, "measure")}


def show(name: str, facts: Mapping[str, Any]) -> str:
    """Say one figure in a line."""
    return f"{name}: {facts['value']} {facts['unit']}, ratio {facts['ratio']} against {facts['against']}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

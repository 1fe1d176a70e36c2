"""The Python that a document shows, as its reader would run it."""

import re
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1] / "docs"
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run_code_of(document: str) -> dict[str, Any]:
    """Run every block of Python of a document, one after the other, and return the names that it makes."""
    names: dict[str, Any] = {}
    blocks = _BLOCK.findall((DOCS / document).read_text(encoding="utf-8"))
    assert blocks, f"{document} shows no Python"
    for block in blocks:
        exec(compile(block, document, "exec"), names)
    return names

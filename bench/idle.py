"""What the house in one process uses while nobody wants anything from it, against one core."""

import tempfile
import time
from pathlib import Path
from typing import Any

from bench.cpu import seconds_of_tree

from habeas.testing.running import EmbeddedHouse, make_company

SECONDS = 20.0
_SAMPLE = Path(__file__).parents[1] / "examples" / "sample-company"


def measure() -> dict[str, dict[str, Any]]:
    """Give the figures as {name: {value, unit, against, ratio}}."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        company = make_company(_SAMPLE, folder / "company", people=20)
        with EmbeddedHouse(folder=folder, company=company) as house:
            time.sleep(10)
            process = house.process.pid
            before, began = seconds_of_tree(process), time.monotonic()
            time.sleep(SECONDS)
            share = (seconds_of_tree(process) - before) / (time.monotonic() - began)
    return {
        "idle_embedded": {
            "value": round(100 * share, 2),
            "unit": "% of one core, the embedded house doing nothing",
            "against": "one core: 100 %",
            "ratio": round(share, 4),
        }
    }

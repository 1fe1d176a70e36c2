"""Each guard is needed: with it the tests are green, as the whole run shows; without it its own test is red.

The number that is taken out is a floor by day and all of them by `make prove`; which ones changes with the date.
"""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.guards.guard import Guard
from tests.guards.guards import GUARDS

from habeas.testing.without import VARIABLE, GuardMovedError, change

RED = 1
"""What pytest ends with when tests ran and some failed."""


def run_without(guard: Guard, root: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the guard's test on the code without it."""
    file = folder / "guards.json"
    file.write_text(json.dumps([{"module": guard.module, "piece": guard.piece, "without": guard.without}]))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "habeas.testing.without",
        "-p",
        "no:cacheprovider",
        "-x",
        guard.test,
    ]
    # Runs side by side clean up each other's old folders, and one that loses that race ends without a word of its test.
    with TemporaryDirectory(prefix="habeas-guard-", ignore_cleanup_errors=True) as own:
        environment = {**os.environ, VARIABLE: str(file), "HABEAS_COUNTS": "floor", "PYTEST_DEBUG_TEMPROOT": own}
        return subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, timeout=280, check=False
        )


@pytest.mark.slow
def test_without_a_guard_its_test_is_red(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    counts: Callable[[int, int], int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    chosen = list(GUARDS)
    random.Random(datetime.now(UTC).date().toordinal()).shuffle(chosen)
    chosen = chosen[: counts(10, len(chosen))]
    folders = [tmp_path / str(number) for number in range(len(chosen))]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(2) as pool:
        runs = list(
            pool.map(
                lambda pair: run_without(pair[0], request.config.rootpath, pair[1]), zip(chosen, folders, strict=True)
            )
        )
    accepted = [guard.name for guard, run in zip(chosen, runs, strict=True) if run.returncode == 0]
    broken = [
        f"{guard.name}\n{run.stdout[-1500:]}{run.stderr[-500:]}"
        for guard, run in zip(chosen, runs, strict=True)
        if run.returncode not in (0, RED) or (run.returncode == RED and "FAILED" not in run.stdout)
    ]
    with capsys.disabled():
        print(
            f"\nguards: tried {len(chosen)} of {len(GUARDS)}, refused {len(chosen) - len(accepted) - len(broken)}, "
            f"accepted {len(accepted)}, skipped {len(broken)}"
        )
    assert not accepted, f"no test misses these: {accepted}"
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_a_guard_stands_where_the_table_says(request: pytest.FixtureRequest, guard: Guard) -> None:
    source = next(
        path
        for folder in ("shared", *(f"services/{name}" for name in ("intake", "identity", "fulfilment", "notifier")))
        if (path := request.config.rootpath / folder / f"{guard.module.replace('.', '/')}.py").is_file()
    )
    assert change(source.read_text(encoding="utf-8"), [{"piece": guard.piece, "without": guard.without}], guard.module)
    file, *_, name = guard.test.split("::")
    assert f"def {name.partition('[')[0]}(" in (request.config.rootpath / file).read_text(encoding="utf-8")


def test_a_guard_that_moved_is_noticed() -> None:
    with pytest.raises(GuardMovedError, match="stands 0 times"):
        change("a = 1\n", [{"piece": "b", "without": ""}], "m")
    with pytest.raises(GuardMovedError, match="stands 2 times"):
        change("a = a\n", [{"piece": "a", "without": ""}], "m")

"""Every test has the test bed at hand, and those that share what is slow to start run one after the other."""

from typing import Any

import pytest

pytest_plugins = ["habeas.testing.fixtures"]

#: Folders whose tests share one running house, or one for each mode.
TOGETHER = ("browser", "journeys")
MODES = ("embedded", "split")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep tests that share a house, or a module's fixtures, in one worker where several work (`-n`).

    By the names of tests, as xdist writes its own groups where pytest 9.2 does not read them any more.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return Together(config, log)


def group_of(nodeid: str) -> str:
    """Name the group of a test: its folder and mode where a house is shared, else its file."""
    file, _, test = nodeid.partition("::")
    folder = file.rpartition("/")[0].rpartition("/")[2]
    if folder not in TOGETHER:
        return file
    mode = next((mode for mode in MODES if f"[{mode}" in test or f"-{mode}" in test), "")
    return "/".join(filter(None, (folder, mode)))

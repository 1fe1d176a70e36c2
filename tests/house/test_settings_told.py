"""Every setting is told where operators look for it."""

import re
from dataclasses import fields
from pathlib import Path

from habeas.settings import PREFIX, Settings

ROW = re.compile(r"(?m)^\| `(HABEAS_[A-Z_]+)` \| (?:`([^`]*)`)? *\| (.+) \|$")


def test_the_page_on_running_tells_every_setting_with_its_default(root: Path) -> None:
    told = {name: (default, words) for name, default, words in ROW.findall((root / "docs/running-it.md").read_text())}
    meant = {PREFIX + each.name.upper(): (each.metadata["default"], each.metadata["help"]) for each in fields(Settings)}
    assert told.keys() == meant.keys()
    assert {name: default for name, (default, _) in told.items()} == {name: each[0] for name, each in meant.items()}
    assert all(len(words) > 10 for _, words in told.values())

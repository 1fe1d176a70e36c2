"""The example of `docs/writing-a-connector.md` runs, is short, and keeps the promise of connectors."""

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "writing-a-connector.md"


def test_the_example_connector_keeps_the_contract(tmp_path: Path) -> None:
    connector, proof = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(connector.splitlines()) < 60
    (tmp_path / "test_newsletter.py").write_text(connector + "\n\n" + proof, encoding="utf-8")
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-W",
            "error",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            tmp_path,
            tmp_path,
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    passed = re.search(r"(\d+) passed", ran.stdout)
    assert passed is not None
    assert int(passed[1]) >= 40


def test_the_page_names_every_operation_that_can_be_left_out() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert all(word in text for word in ("channels", "export", "locate", "erase", "supports"))

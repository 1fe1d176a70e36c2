"""Virtual environments that hold the shared distribution and exactly what one of its extras brings, made offline."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

SHARED = Path(__file__).parents[1] / "shared"


def build_wheel(folder: Path) -> Path:
    """Build the wheel of the shared distribution into a folder."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=SHARED, check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    return wheel


def make_environment(folder: Path, wheel: Path, *extras: str) -> Path:
    """Make an environment with a wheel and what these extras need; return the folder of its programs.

    What is needed is linked from the environment of the tests, package by package, so that nothing else can be seen.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    [packages] = folder.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(packages)
    for each in needed_by("habeas", extras):
        for name in {Path(file).parts[0] for file in each.files or ()} - {"..", "__pycache__"}:
            (packages / name).symlink_to(Path(str(each.locate_file(name))))
    programs = folder / "bin"
    script = programs / "habeas"
    script.write_text(f"#!{programs / 'python'}\nfrom habeas.cli import main\n\nmain()\n")
    script.chmod(0o755)
    return programs


def needed_by(name: str, extras: tuple[str, ...]) -> list[Distribution]:
    """List the distributions that one needs with these extras, itself left out; each stands once."""
    found: dict[str, Distribution] = {}
    waiting = list(_requirements(distribution(name), extras))
    seen: set[tuple[str, str]] = set()
    while waiting:
        required = waiting.pop()
        key = (canonicalize_name(required.name), ",".join(sorted(required.extras)))
        if key in seen:
            continue
        seen.add(key)
        found[key[0]] = distribution(required.name)
        waiting.extend(_requirements(found[key[0]], tuple(required.extras)))
    found.pop(canonicalize_name(name), None)
    return list(found.values())


def _requirements(of: Distribution, extras: tuple[str, ...]) -> Iterator[Requirement]:
    for text in of.requires or ():
        required = Requirement(text)
        if required.marker is None or any(required.marker.evaluate({"extra": extra}) for extra in (*extras, "")):
            yield required

"""axe-core, which finds what keeps people with disabilities from using a page; pinned by its digest."""

import base64
import hashlib
import io
import json
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from habeas.testing.servers.packages import find_program, install
from habeas.testing.servers.server import ServerMissing

VERSION = "4.14.1"
PACKAGE_SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
#: WCAG 2.2 at levels A and AA, which EN 301 549 asks for.
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")


@dataclass(frozen=True)
class Barrier:
    """One rule that a page breaks, and where."""

    rule: str
    impact: str
    help: str
    places: tuple[str, ...]


def find_axe(cache: Path) -> tuple[str, str]:
    """The script's text and one line on how it came here; fetched once into `cache`, and checked every time."""
    package = cache / f"axe-core-{VERSION}.tgz"
    how = f"axe-core {VERSION} found in {cache.name}"
    if not package.exists():
        _fetch(package)
        how = f"axe-core {VERSION} fetched with npm"
    content = package.read_bytes()
    if base64.b64encode(hashlib.sha512(content).digest()).decode() != PACKAGE_SHA512:
        package.unlink()
        raise ServerMissing(f"axe-core {VERSION} is not what its pinned digest says; it was thrown away")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        member = archive.extractfile("package/axe.min.js")
        if member is None:
            raise ServerMissing(f"axe-core {VERSION} lacks axe.min.js")
        return member.read().decode(), how


def find_barriers(page: Page, script: str) -> list[Barrier]:
    """Run axe on the page as it stands and give every rule of WCAG 2.2 AA that it breaks.

    Evaluated in an isolated call, not added as a tag, so the page's own content security policy stays in force.
    """
    if page.evaluate("typeof window.axe === 'undefined'"):  # half a megabyte that a page needs to be given only once
        page.evaluate(f"() => {{ {script} }}")
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}}).then(result => JSON.stringify("
        "result.violations.map(v => ({rule: v.id, impact: v.impact, help: v.help, "
        "places: v.nodes.map(n => n.target.join(' '))}))))",
        list(RULES),
    )
    return [
        Barrier(entry["rule"], entry["impact"] or "", entry["help"], tuple(entry["places"]))
        for entry in json.loads(found)
    ]


def _fetch(package: Path) -> None:
    npm = find_program("npm")
    if npm is None:
        install(["npm"], "npm")
        npm = find_program("npm")
    package.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=package.parent) as folder:
        done = subprocess.run(
            [str(npm), "pack", f"axe-core@{VERSION}", "--silent", "--pack-destination", folder],
            cwd=folder, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        fetched = Path(folder) / package.name
        if done.returncode != 0 or not fetched.exists():
            raise ServerMissing(f"axe-core {VERSION} cannot be fetched with npm: {done.stderr.strip()[-600:]}")
        fetched.replace(package)

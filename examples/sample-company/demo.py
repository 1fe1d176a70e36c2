"""The demo: a sample company, one access case and one erasure case, from the portal's form to the download.

    .venv/bin/python examples/sample-company/demo.py [--exit] [--folder .demo] [--people 2000]

It makes the company's systems, starts the whole house in one process with its embedded defaults, and walks through the
pages as a person and as two agents do. Then it goes on serving, unless --exit is given.
"""

import argparse
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from habeas.testing.running import PASSWORD, EmbeddedHouse, make_company
from habeas.testing.waiting import wait_until
from habeas.testing.walk import Person

HERE = Path(__file__).parent
ASTRID = "astrid_bergstrom@example.com"
AGENTS = (("Ada Ek", "ada@example.com"), ("Bo Alm", "bo@example.com"))


def main(arguments: Sequence[str]) -> int:
    """Run the demo; return the exit code."""
    asked = _parse(arguments)
    folder: Path = asked.folder.absolute()
    say = _Progress()
    say(f"a sample company of {asked.people} people, with a database, a newsletter and a folder of files")
    shutil.rmtree(folder, ignore_errors=True)
    company = make_company(HERE, folder / "company", people=asked.people)
    house = EmbeddedHouse(folder=folder, company=company, ports=(asked.port, asked.port + 1) if asked.port else None)
    say("keys and databases")
    house.prepare()
    say("two agents, for four eyes")
    for name, email in AGENTS:
        house.add_agent(name, email, "agent", "approver")
    say("the house, in one process")
    with house:
        package = walk_access(house, folder / "downloads", say)
        confirmation = walk_erasure(house, folder / "downloads", say)
        for file in (package, confirmation):
            say(f"habeas verify {file.name}: " + house.run("verify", str(file)).strip().splitlines()[-1])
        print(f"portal: {house.portal}/")
        print(f"console: {house.portal}/console")
        print(f"package: {package}")
        print(f"confirmation: {confirmation}")
        if not asked.exit:
            _serve(house)
    return 0


def walk_access(house: EmbeddedHouse, downloads: Path, say: Callable[[str], None]) -> Path:
    """Ask for a copy of everything, and fetch it."""
    with house.person() as astrid:
        say("access: Astrid asks on the portal what the company has about her")
        codes = house.codes_for(ASTRID)
        astrid.ask(["access"], ASTRID)
        say("access: she types in the codes that went to the address and to the phone that the shop has of her")
        astrid.prove(codes)
        return _fetch(house, astrid, downloads, say, "access")


def walk_erasure(house: EmbeddedHouse, downloads: Path, say: Callable[[str], None]) -> Path:
    """Ask for deletion, have it approved by two people, and fetch the confirmation."""
    with house.person("sv") as astrid:
        say("erasure: Astrid asks for deletion")
        codes = house.codes_for(ASTRID)
        astrid.ask(["erasure"], ASTRID)
        astrid.prove(codes)
        for name, email in AGENTS:
            say(f"erasure: {name} looks at the plan and approves it")
            with house.agent() as agent:
                agent.sign_in(email, PASSWORD)
                agent.await_plan(astrid.case)
                agent.approve(astrid.case, email, PASSWORD)
        return _fetch(house, astrid, downloads, say, "erasure")


def _fetch(house: EmbeddedHouse, person: Person, downloads: Path, say: Callable[[str], None], right: str) -> Path:
    say(f"{right}: every system is asked, and the answer is made")
    wait_until(person.can_fetch, 60, "the answer is ready")
    say(f"{right}: she confirms once more that it is her, and fetches it")
    codes = house.codes_for(ASTRID)
    person.ask_to_fetch()
    return person.fetch_answer(codes, downloads)


def _serve(house: EmbeddedHouse) -> None:
    agents = ", ".join(email for _, email in AGENTS)
    print(f"local inbox: {house.portal}/inbox")
    print(f"sign in at the console as {agents} with the password: {PASSWORD}")
    print("It goes on serving; stop it with Ctrl-C.", flush=True)
    try:
        while house.process.running:
            time.sleep(1)
    except KeyboardInterrupt:
        print("stopping")


class _Progress:
    """Says what happens, with the seconds since the beginning."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self, words: str) -> None:
        print(f"[{time.monotonic() - self._began:5.1f} s] {words}", flush=True)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--exit", action="store_true", help="stop after both cases instead of serving on")
    parser.add_argument("--folder", type=Path, default=Path(".demo"), help="where everything of the demo is put")
    parser.add_argument("--people", type=int, default=2000, help="how many people the company knows")
    parser.add_argument(
        "--port", type=int, default=0, help="port of the portal (downloads one above); 0 picks free ones"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

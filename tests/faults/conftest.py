"""Houses under fire: embedded and split, each running for a whole module, with a supervisor and witnesses."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from habeas.testing.faults.journey import Office, Patience
from habeas.testing.faults.keeper import Keeper
from habeas.testing.faults.plans import Plans
from habeas.testing.faults.records import open_archive
from habeas.testing.faults.trial import Range, prepare_company
from habeas.testing.faults.witness import Company
from habeas.testing.running import EmbeddedHouse, House, make_company

SAMPLE = Path(__file__).parents[2] / "examples" / "sample-company"
QUICK = {"HABEAS_RETRY_SECONDS": "0.2", "HABEAS_LEASE_SECONDS": "3"}


def staff(house: House) -> None:
    """Two people who may approve."""
    house.add_agent("Ada", "ada@example.com", "agent", "approver", "administrator")
    house.add_agent("Bo", "bo@example.com", "agent", "approver")


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Range]:
    """Everything in one process, which a plan may kill at any point."""
    folder = tmp_path_factory.mktemp("embedded")
    company = make_company(SAMPLE, folder / "company", people=200)
    prepare_company(company)
    plans = Plans(folder / "plans")
    house = EmbeddedHouse(folder=folder, company=company, program=plans.program, extra=QUICK)
    patience = Patience(90)
    with ExitStack() as stack:
        stack.callback(house.stop)
        house.prepare()
        staff(house)
        house.start()
        office = Office(house, patience)
        stack.callback(office.close)
        archive = stack.enter_context(open_archive(house))
        keeper = stack.enter_context(Keeper(house))
        yield Range(house, plans, keeper, Company(company), office, archive, patience)

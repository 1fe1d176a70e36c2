"""Calling controllers back: what intake signed, to the letter; what their answer makes of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from habeas.clock import FixedClock, random_id
from habeas.events import ProcessorReported
from habeas.opendsr.signatures import DOMAIN, SIGNATURE
from habeas.service import Context
from habeas.testing.house import deliver, make_context, parked, run
from habeas.testing.vendors.vendor import Asked, FakeVendor, Reply, route
from habeas_notifier.service import SERVICE

SAMPLE = Path(__file__).parents[2] / "examples/sample-company/profile.yaml"
NUMBER = "a7551968-d5d6-44b2-9831-815ac9017798"
BODY = '{"request_status": "completed",  "spaces": "as they were signed"}'


class Controller(FakeVendor):
    """A controller's address, which answers what it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.reply = Reply(202)

    @route("POST", "/opendsr/callbacks", public=True)
    def take(self, asked: Asked) -> Reply:
        return self.reply

    @route("POST", "/elsewhere", public=True)
    def never(self, asked: Asked) -> Reply:
        return Reply(202)


@pytest.fixture
def controller() -> Iterator[Controller]:
    with Controller() as controller:
        yield controller


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 26, 12, tzinfo=UTC))


@pytest.fixture
def notifier(tmp_path: Path, clock: FixedClock) -> Iterator[Context]:
    context = make_context(SERVICE, tmp_path, clock=clock, profiles=str(SAMPLE))
    yield context
    context.database.close()


def report(context: Context, controller: Controller, number: str = NUMBER) -> None:
    url = f"{controller.url}/opendsr/callbacks"
    told = ProcessorReported(
        case=random_id(), number=number, url=url, body=BODY, domain="opendsr.nordlund.example", signature="c2lnbmVk"
    )
    deliver(context, told, source="intake")
    run(context)


def leaves(context: Context) -> str:
    with context.database.engine.connect() as connection:
        return repr(connection.execute(sql("SELECT * FROM ledger_leaf")).all())


def test_what_was_signed_is_told_to_the_letter_and_noted(notifier: Context, controller: Controller) -> None:
    report(notifier, controller)
    (asked,) = controller.asked
    assert asked.body == BODY.encode()
    headers = {name.lower(): value for name, value in asked.headers.items()}
    assert (headers[DOMAIN.lower()], headers[SIGNATURE.lower()]) == ("opendsr.nordlund.example", "c2lnbmVk")
    assert "controller.told" in leaves(notifier)
    assert parked(notifier) == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_address_that_cannot_answer_now_is_called_again(
    notifier: Context, controller: Controller, clock: FixedClock, status: int
) -> None:
    controller.reply = Reply(status, headers={"Retry-After": "7"})
    report(notifier, controller)
    assert "controller.told" not in leaves(notifier)
    assert parked(notifier) == []
    controller.reply = Reply(202)
    clock.advance(timedelta(minutes=1))
    run(notifier)
    assert len(controller.asked) == 2
    assert "controller.told" in leaves(notifier)


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404])
def test_an_address_that_refuses_is_for_a_person_and_a_redirect_is_never_followed(
    notifier: Context, controller: Controller, status: int
) -> None:
    controller.reply = Reply(status, headers={"Location": f"{controller.url}/elsewhere"})
    report(notifier, controller)
    assert len(controller.asked) == 1
    assert [str(status) in each for each in parked(notifier)] == [True]
    report(notifier, controller, number="b7551968-d5d6-44b2-9831-815ac9017798")
    assert len(controller.asked) == 2, "it holds up nobody else"

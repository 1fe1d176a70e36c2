"""The whole house in both modes: one process with nothing installed, and one process a service and role.

Each is started once; the journeys run in it one after the other, as cases do in a real one.
"""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from journeys.mothership import as_processor
from journeys.steps import AGENTS, trust_own_pages

from habeas.testing.running import PASSWORD, EmbeddedHouse, House, SplitHouse, make_company
from habeas.testing.servers.rgw import Rgw
from habeas.testing.walk import Agent

PEOPLE = 200
REGION = "eu-north-1"
#: Failures are told soon, so that a test need not wait for what a person would wait minutes for.
QUICK = {"HABEAS_RETRY_SECONDS": "0.2"}
Change = Callable[[Path], dict[str, str]]
"""What a journey makes different in a company of its own, and the settings that go with it."""


def as_it_is(_company: Path) -> dict[str, str]:
    """Change nothing."""
    return {}


@pytest.fixture(scope="session", params=["embedded", "split"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A running house with the sample company and its agents."""
    folder = tmp_path_factory.mktemp(request.param)
    make = embedded_house if request.param == "embedded" else split_house
    yield from opened(make(request, folder))


def opened(house: House) -> Iterator[House]:
    """Let the agents in, and run the house for as long as it is needed."""
    house.prepare()
    for name, email, roles in AGENTS:
        house.add_agent(name, email, *roles)
    with house:
        yield house


def embedded_house(request: pytest.FixtureRequest, folder: Path, change: Change = as_it_is) -> House:
    """Everything in one process, all by default settings; `change` the company first, and give further settings."""
    source = request.config.rootpath / "examples/sample-company"
    company = trust_own_pages(make_company(source, folder / "company", people=PEOPLE))
    return EmbeddedHouse(folder=folder, company=company, extra=QUICK | as_processor() | change(company))


def split_house(request: pytest.FixtureRequest, folder: Path, change: Change = as_it_is) -> House:
    """Eleven processes with a real server for everything between them, and the shop in PostgreSQL as well."""
    postgres, rabbit = request.getfixturevalue("postgres"), request.getfixturevalue("rabbitmq")
    source, shop = request.config.rootpath / "examples/sample-company", postgres.fresh_database()
    bucket = make_bucket(rgw := request.getfixturevalue("rgw"))
    company = trust_own_pages(make_company(source, folder / "company", people=PEOPLE, postgres=shop))
    return SplitHouse(
        folder=folder,
        company=company,
        database=postgres.fresh_database(),
        broker=rabbit.fresh_host(),
        store=f"s3://{bucket}/answers?endpoint={rgw.url}&region={REGION}",
        smtp=request.getfixturevalue("smtp_server"),
        sms=request.getfixturevalue("sms_server"),
        extra=QUICK | credentials_of(rgw) | as_processor() | change(company),
    )


def credentials_of(rgw: Rgw) -> dict[str, str]:
    """What boto3 finds by itself in the processes' environment."""
    return {"AWS_ACCESS_KEY_ID": rgw.access_key, "AWS_SECRET_ACCESS_KEY": rgw.secret_key}


def open_bucket_client(rgw: Rgw) -> Any:
    """A client of the store, with the owner's own keys."""
    import boto3

    keys = {"aws_access_key_id": rgw.access_key, "aws_secret_access_key": rgw.secret_key}
    return boto3.client("s3", endpoint_url=rgw.url, region_name=REGION, **keys)


def make_bucket(rgw: Rgw) -> str:
    """Make an empty bucket."""
    name = f"house-{secrets.token_hex(6)}"
    open_bucket_client(rgw).create_bucket(Bucket=name)
    return name


@pytest.fixture(scope="session")
def in_bucket(request: pytest.FixtureRequest) -> Callable[[House], dict[str, bytes]]:
    """Reads every object that a split house has stored."""

    def read(house: House) -> dict[str, bytes]:
        assert isinstance(house, SplitHouse)
        bucket = house.store.removeprefix("s3://").partition("/")[0]
        client = open_bucket_client(request.getfixturevalue("rgw"))
        listed = client.list_objects_v2(Bucket=bucket).get("Contents", [])
        return {each["Key"]: client.get_object(Bucket=bucket, Key=each["Key"])["Body"].read() for each in listed}

    return read


def signed_in(house: House, email: str) -> Iterator[Agent]:
    """An agent who signed in a while ago, with the browser that they did it in."""
    with house.agent() as agent:
        agent.sign_in(email, PASSWORD)
        yield agent


@pytest.fixture(scope="session")
def ada(house: House) -> Iterator[Agent]:
    """Somebody who may approve."""
    yield from signed_in(house, "ada@nordlunds-lampor.example")


@pytest.fixture(scope="session")
def bo(house: House) -> Iterator[Agent]:
    """Somebody else who may approve."""
    yield from signed_in(house, "bo@nordlunds-lampor.example")


@pytest.fixture(scope="session")
def cy(house: House) -> Iterator[Agent]:
    """Somebody who works on cases and may approve nothing."""
    yield from signed_in(house, "cy@nordlunds-lampor.example")

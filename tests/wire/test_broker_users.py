"""A user each on a real RabbitMQ: it reads its own queue, speaks in its own name, and can do nothing else."""

import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from kombu import Connection

from habeas.bus.administration import ManagementApi
from habeas.bus.pika_publisher import PikaPublisher
from habeas.bus.port import PublishFailed
from habeas.bus.topology import DEAD, EXCHANGE, dead_queue_of, queue_of, rights_of, routing_key
from habeas.cli.broker import broker
from habeas.clock import uuid7
from habeas.envelope import Posted
from habeas.errors import Faults, NeedsPerson, Refused
from habeas.events import CONNECTOR, CONVERSATION
from habeas.testing.servers.rabbitmq import PrivateRabbit
from habeas.testing.waiting import wait_until
from habeas.vocabulary import SERVICES, connector_of, participant_of

pytestmark = pytest.mark.servers
CONNECTORS = tuple(participant_of(system) for system in ("crm", "shop", "mail", "crm-2", "files"))
EVERYBODY = (*SERVICES, *CONNECTORS)
REFUSED = (403, 405)  # access refused; and nobody may `get` from a queue of a single active consumer
Try = Callable[[Any], Any]


@pytest.fixture(scope="module")
def node(tell: Callable[[str, str], None]) -> Iterator[PrivateRabbit]:
    """A node of our own with its management API: users belong to a whole node, not to a virtual host."""
    with PrivateRabbit(managed=True) as server:
        tell(server.name, server.story)
        yield server


@dataclass
class Keeper:
    """An operator at the command line, with a folder for the users' files."""

    node: PrivateRabbit
    folder: Path
    how: Sequence[str]

    def run(self, command: str, *arguments: str) -> str:
        """Run `habeas broker COMMAND`; what it raises flies."""
        more = [] if command == "topology" else ["--folder", str(self.folder)]
        more += [] if command == "topology" or "--dry-run" in arguments else self.how
        environ = {"HABEAS_BROKER": self.node.url}
        done = CliRunner().invoke(broker, [command, *arguments, *more], env=environ, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    def url(self, name: str) -> str:
        """What a participant is given as HABEAS_BROKER."""
        return (self.folder / f"{name}.url").read_text().strip()


@pytest.fixture(params=["rabbitmqctl", "management API"])
def keeper(node: PrivateRabbit, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Keeper]:
    """The operator, who uses either way; what was made is removed in the end."""
    (tmp_path / "admin").write_text("guest\n")
    api = ["--api", node.api, "--api-password-file", str(tmp_path / "admin")]
    how = api if request.param == "management API" else ["--ctl", shlex.join(node.program)]
    made = Keeper(node, tmp_path / "users", how)
    made.run("topology", *EVERYBODY)
    yield made
    ManagementApi(node.api, "guest").remove(EVERYBODY)


@dataclass
class Attempts:
    """What one user tried, and how the broker answered; the keys are (what, whose)."""

    connection: Any
    accepted: set[tuple[str, str]] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)

    def make(self, what: str, whose: str, call: Try) -> None:
        """Try one call on a channel of its own; whatever is neither done nor refused is an error."""
        channel = self.connection.channel()
        try:
            call(channel)
        except self.connection.channel_errors as error:
            if error.code not in REFUSED:
                raise
            self.refused[what] += 1
        else:
            self.accepted.add((what, whose))
        channel.close()


def publish(exchange: str, key: str) -> Try:
    return lambda channel: channel.basic_publish_confirm(channel.prepare_message(b"x"), exchange, key)


def something_said_by(participant: str) -> str:
    """A routing key under which this participant says something."""
    role = CONNECTOR if connector_of(participant) else participant
    event = next(each for each in CONVERSATION if role == each.SAID_BY)
    hearer = CONNECTORS[0] if event.HEARD_BY[0] == CONNECTOR else event.HEARD_BY[0]
    return routing_key(hearer, participant, event.TYPE)


def calls_about(whose: str) -> dict[str, Try]:
    """Every call that touches somebody's queue, or speaks in their name."""
    queue, dead = queue_of(whose).name, dead_queue_of(whose).name
    order = routing_key(whose, "fulfilment", "order.given")
    return {
        "get": lambda channel: channel.basic_get(queue),
        "consume": lambda channel: channel.basic_cancel(channel.basic_consume(queue, callback=bool)),
        "purge": lambda channel: channel.queue_purge(queue),
        "speak as": publish(EXCHANGE.name, something_said_by(whose)),
        "put into the queue": publish("", queue),
        "put among the dead": publish(DEAD.name, whose),
        "read the dead": lambda channel: channel.basic_get(dead),
        "declare": lambda channel: channel.queue_declare(
            queue, durable=True, arguments=queue_of(whose).queue_arguments
        ),
        "delete": lambda channel: channel.queue_delete(queue),
        "bind": lambda channel: channel.queue_bind(queue, EXCHANGE.name, order),
        "bind to all": lambda channel: channel.queue_bind(queue, EXCHANGE.name, "#"),
        "unbind": lambda channel: channel.queue_unbind(queue, EXCHANGE.name, order),
    }


def calls_of_a_stranger(name: str) -> dict[str, Try]:
    """What nobody may do: make things, and say what is not theirs to say in their own name."""
    untold = [event for event in CONVERSATION if event.SAID_BY not in (name, CONNECTOR if connector_of(name) else name)]
    calls: dict[str, Try] = {
        "make a queue": lambda channel: channel.queue_declare("spare"),
        "make a queue of no name": lambda channel: channel.queue_declare(exclusive=True),
        "make an exchange": lambda channel: channel.exchange_declare("spare", "fanout", auto_delete=False),
        "delete the exchange": lambda channel: channel.exchange_delete(EXCHANGE.name),
        "bind exchanges": lambda channel: channel.exchange_bind(DEAD.name, EXCHANGE.name, "#"),
        "publish elsewhere": publish("amq.topic", something_said_by(name)),
        "speak in a longer name": publish(EXCHANGE.name, something_said_by(name).replace(name, f"{name}-2")),
        "speak to nobody": publish(EXCHANGE.name, something_said_by(name) + ".more"),
    }
    for event in untold:
        key = routing_key(CONNECTORS[0] if CONNECTOR in event.HEARD_BY else event.HEARD_BY[0], name, event.TYPE)
        calls[f"say {event.TYPE}"] = publish(EXCHANGE.name, key)
    return calls


def test_only_the_diagonal_works(keeper: Keeper, tell: Callable[[str, str], None]) -> None:
    keeper.run("users", *EVERYBODY)
    refused: Counter[str] = Counter()
    accepted = 0
    for name in EVERYBODY:
        with Connection(keeper.url(name), transport_options={"confirm_publish": True}) as connection:
            attempts = Attempts(connection.connection)
            for whose in EVERYBODY:
                for what, call in calls_about(whose).items():
                    attempts.make(what, whose, call)
            for what, call in calls_of_a_stranger(name).items():
                attempts.make(what, "", call)
        assert attempts.accepted == {(what, name) for what in ("consume", "purge", "speak as")}, name
        refused += attempts.refused
        accepted += len(attempts.accepted)
    tried = accepted + refused.total()
    assert tried > 1_000
    assert accepted == 3 * len(EVERYBODY)
    tell("broker", f"{tried} calls tried, {refused.total()} refused, {accepted} accepted, all on the diagonal")


@pytest.mark.parametrize("name", EVERYBODY)
def test_a_participant_may_say_all_that_is_its_own_to_say(name: str) -> None:
    allowed = re.compile(rights_of(name).speaks)
    role = CONNECTOR if connector_of(name) else name
    for event in CONVERSATION:
        for hearer in event.HEARD_BY:
            for recipient in CONNECTORS if hearer == CONNECTOR else (hearer,):
                key = routing_key(recipient, name, event.TYPE)
                assert bool(allowed.fullmatch(key)) == (role == event.SAID_BY), key


def test_a_participant_receives_and_speaks_as_its_own_user(keeper: Keeper, bus_as: Any, inbox: Any) -> None:
    keeper.run("users", *EVERYBODY)
    fulfilment, crm = bus_as(keeper.url("fulfilment"), "fulfilment"), bus_as(keeper.url("connect-crm"), "connect-crm")
    order = Posted(uuid7(), "connect-crm", "order.given", b"an order", "key", b"signature")
    answer = Posted(uuid7(), "fulfilment", "order.answered", b"an answer", "key", b"signature")
    with crm.receiving("connect-crm", inbox.store):
        assert fulfilment.publisher.publish([order]) == {order.id}
        wait_until(lambda: inbox.bodies == [b"an order"], 10, "the order has come")
    with fulfilment.receiving("fulfilment", inbox.store):
        assert crm.publisher.publish([answer]) == {answer.id}
        wait_until(lambda: inbox.bodies[-1] == b"an answer", 10, "the answer has come")


def test_a_publisher_in_another_s_name_is_told_that_nothing_was_taken(keeper: Keeper) -> None:
    keeper.run("users", *EVERYBODY)
    publisher = PikaPublisher(keeper.url("connect-crm"), "connect-shop")
    try:
        with pytest.raises(PublishFailed) as failed:
            publisher.publish([Posted(uuid7(), "fulfilment", "order.answered", b"x", "key", b"signature")])
    finally:
        publisher.close()
    assert failed.value.confirmed == frozenset()


def lets_in(url: str) -> bool:
    try:
        with Connection(url, connect_timeout=5) as connection:
            connection.connect()
    except (*connection.connection_errors, *connection.channel_errors):
        return False
    return True


def test_users_keep_their_passwords_until_they_are_given_new_ones(keeper: Keeper) -> None:
    keeper.run("users", "connect-crm")
    first = keeper.url("connect-crm")
    assert (keeper.folder / "connect-crm.url").stat().st_mode & 0o777 == 0o600
    assert "made: connect-shop" in keeper.run("users", "connect-crm", "connect-shop")
    assert keeper.url("connect-crm") == first
    assert lets_in(first)
    keeper.run("rotate", "connect-crm")
    assert keeper.url("connect-crm") != first
    assert (lets_in(first), lets_in(keeper.url("connect-crm"))) == (False, True)


def test_a_password_that_lies_there_already_is_taken(keeper: Keeper) -> None:
    keeper.folder.mkdir()
    given = keeper.node.url.replace("guest:guest", "connect-crm:of%20our%2Fvault")
    (keeper.folder / "connect-crm.url").write_text(given + "\n")
    (keeper.folder / "connect-crm.url").chmod(0o600)
    keeper.run("users", "connect-crm")
    assert keeper.url("connect-crm") == given
    assert lets_in(given)


def test_whoever_is_revoked_is_cut_off_at_once_and_its_letters_stay(keeper: Keeper, bus_as: Any, inbox: Any) -> None:
    keeper.run("users", "connect-crm", "fulfilment")
    url, fulfilment = keeper.url("connect-crm"), bus_as(keeper.url("fulfilment"), "fulfilment")
    crm = bus_as(url, "connect-crm")
    with crm.receiving("connect-crm", inbox.store) as receiver:
        wait_until(lambda: receiver.connected, 10, "it is connected")
        keeper.run("revoke", "connect-crm")
        wait_until(lambda: not receiver.connected, 10, "it is cut off")
        letter = Posted(uuid7(), "connect-crm", "order.given", b"an order", "key", b"signature")
        assert fulfilment.publisher.publish([letter]) == {letter.id}
        assert not lets_in(url)
    assert inbox.bodies == []
    assert not (keeper.folder / "connect-crm.url").exists()
    keeper.run("users", "connect-crm")
    with bus_as(keeper.url("connect-crm"), "connect-crm").receiving("connect-crm", inbox.store):
        wait_until(lambda: inbox.bodies == [b"an order"], 10, "what was kept has come")


def test_a_dry_run_changes_nothing_and_shows_no_password(keeper: Keeper) -> None:
    told = keeper.run("users", "connect-crm", "--dry-run")
    assert '"user": "connect-crm"' in told
    assert "habeas.connect" in keeper.run("topology", "connect-crm", "--dry-run")
    assert not keeper.folder.exists()
    with pytest.raises(Refused, match="there is no user connect-crm"):
        keeper.run("rotate", "connect-crm")


def test_what_is_no_participant_is_refused_all_at_once(keeper: Keeper) -> None:
    with pytest.raises(Faults) as wrong:
        keeper.run("users", "crm", "connect-CRM", "intake")
    assert [fault.where for fault in wrong.value.faults] == ["crm", "connect-CRM"]


def test_a_file_that_others_can_read_is_told(keeper: Keeper) -> None:
    keeper.run("users", "connect-crm")
    (keeper.folder / "connect-crm.url").chmod(0o644)
    with pytest.raises(NeedsPerson, match="open to others"):
        keeper.run("users", "connect-crm")


def test_somebody_who_is_no_administrator_is_told_so(keeper: Keeper, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("not it")
    keeper.how = ["--api", keeper.node.api, "--api-password-file", str(wrong)]
    with pytest.raises(NeedsPerson, match="does not let this user"):
        keeper.run("users", "connect-crm")
    keeper.how = ["--ctl", "/nowhere/rabbitmqctl"]
    with pytest.raises(Refused, match="--api"):
        keeper.run("users", "connect-crm")
    keeper.how = ["--ctl", shlex.join(keeper.node.program)]

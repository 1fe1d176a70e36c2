"""The test bed's servers are real: they refuse what a real one refuses, and survive what a real one survives."""

import datetime as dt
import smtplib
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
import httpx
import pika
import psycopg
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from habeas.testing.servers.axe import find_barriers
from habeas.testing.servers.packages import install
from habeas.testing.servers.postgres import Postgres, PrivatePostgres
from habeas.testing.servers.proxy import FaultProxy
from habeas.testing.servers.rabbitmq import PrivateRabbit, Rabbit, answers
from habeas.testing.servers.rgw import Rgw
from habeas.testing.servers.server import LOOPBACK, ServerMissing, free_port, is_listening
from habeas.testing.servers.smtp import SmtpSink
from habeas.testing.waiting import wait_until

pytestmark = pytest.mark.servers


def s3(rgw: Rgw, secret_key: str = "") -> Any:
    return boto3.client(
        "s3",
        endpoint_url=rgw.url,
        region_name="us-east-1",
        aws_access_key_id=rgw.access_key,
        aws_secret_access_key=secret_key or rgw.secret_key,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
    )


@pytest.fixture(scope="module")
def kept(rgw: Rgw) -> str:
    """The name of a bucket in which the object `letter` says hello."""
    bucket = "servers-are-real"
    s3(rgw).create_bucket(Bucket=bucket)
    s3(rgw).put_object(Bucket=bucket, Key="letter", Body=b"hello")
    return bucket


class TestRgw:
    def test_the_owner_reads_what_was_written(self, rgw: Rgw, kept: str) -> None:
        assert s3(rgw).get_object(Bucket=kept, Key="letter")["Body"].read() == b"hello"

    def test_an_anonymous_read_is_refused(self, rgw: Rgw, kept: str) -> None:
        assert httpx.get(f"{rgw.url}/{kept}/letter").status_code == 403

    def test_a_wrong_secret_is_refused(self, rgw: Rgw, kept: str) -> None:
        with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
            s3(rgw, "not-the-secret").get_object(Bucket=kept, Key="letter")

    def test_another_user_is_refused(self, rgw: Rgw, kept: str) -> None:
        access_key, secret_key = rgw.add_user()
        other = boto3.client(
            "s3",
            endpoint_url=rgw.url,
            region_name="us-east-1",
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
        )
        with pytest.raises(ClientError, match="AccessDenied"):
            other.get_object(Bucket=kept, Key="letter")

    def test_a_presigned_address_is_refused_once_expired_or_tampered_with(self, rgw: Rgw, kept: str) -> None:
        address = s3(rgw).generate_presigned_url("get_object", Params={"Bucket": kept, "Key": "letter"}, ExpiresIn=4)
        assert httpx.get(address).content == b"hello"
        assert httpx.get(address.replace("/letter", "/ledger")).status_code == 403
        expired = wait_until(lambda: httpx.get(address).status_code == 403, 10, "the presigned address has expired")
        assert expired

    def test_a_locked_object_version_outlives_its_owner_s_will(self, rgw: Rgw) -> None:
        client = s3(rgw)
        client.create_bucket(Bucket="locked-away", ObjectLockEnabledForBucket=True)
        until = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5)
        put = client.put_object(
            Bucket="locked-away", Key="x", Body=b"x", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until
        )
        with pytest.raises(ClientError, match="AccessDenied"):
            client.delete_object(Bucket="locked-away", Key="x", VersionId=put["VersionId"])


class TestPostgres:
    def test_each_database_is_fresh_and_dropped_at_the_end(self) -> None:
        with Postgres() as server:
            other = server.fresh_database()
            assert other != server.url
            with psycopg.connect(server.url.replace("+psycopg", "")) as connection:
                connection.execute("CREATE TABLE letters (id int)")
            with psycopg.connect(other.replace("+psycopg", "")) as connection:
                assert connection.execute("SELECT to_regclass('letters')").fetchone() == (None,)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(other.replace("+psycopg", ""))

    def test_a_crash_keeps_what_was_committed_and_nothing_else(self, private_postgres: PrivatePostgres) -> None:
        address = private_postgres.url.replace("+psycopg", "")
        with psycopg.connect(address) as connection:
            connection.execute("CREATE TABLE letters (id int)")
            connection.execute("INSERT INTO letters VALUES (1)")
        open_one = psycopg.connect(address)
        open_one.execute("INSERT INTO letters VALUES (2)")
        private_postgres.restart(immediate=True)
        with pytest.raises(psycopg.OperationalError):
            open_one.commit()
        open_one.close()
        with psycopg.connect(address) as connection:
            assert connection.execute("SELECT id FROM letters").fetchall() == [(1,)]

    def test_a_restart_in_good_order_answers_again(self, private_postgres: PrivatePostgres) -> None:
        private_postgres.restart()
        with psycopg.connect(private_postgres.url.replace("+psycopg", "")) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


QUORUM = {"x-queue-type": "quorum"}
DURABLE = pika.BasicProperties(delivery_mode=2)


def put_letter(url: str, queue: str) -> None:
    with closing(pika.BlockingConnection(pika.URLParameters(url))) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare(queue, durable=True, arguments=QUORUM)
        channel.basic_publish("", queue, b"hello", DURABLE, mandatory=True)


def get_letter(url: str, queue: str) -> bytes | None:
    with closing(pika.BlockingConnection(pika.URLParameters(url))) as connection:
        body: bytes | None = connection.channel().basic_get(queue, auto_ack=True)[2]
        return body


class TestRabbit:
    def test_virtual_hosts_are_apart_and_gone_at_the_end(self) -> None:
        with Rabbit() as broker:
            ours = self._see_two_hosts_apart(broker)
            private = broker.private
        if private is not None:
            assert not is_listening(private.port)
        else:
            assert not ours & set(broker.ctl("list_vhosts", "name").splitlines())

    def test_where_no_broker_lets_us_in_virtual_hosts_are_of_a_node_of_our_own(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Rabbit, "_may_administer", lambda _: False)
        with Rabbit() as broker:
            self._see_two_hosts_apart(broker)
            assert broker.private is not None
            port = broker.private.port
        assert not is_listening(port)

    def _see_two_hosts_apart(self, broker: Rabbit) -> set[str]:
        put_letter(broker.url, "letters")
        assert get_letter(broker.url, "letters") == b"hello"
        other = broker.fresh_host()
        with pytest.raises(pika.exceptions.ChannelClosedByBroker):
            get_letter(other, "letters")
        ours = {unquote(urlsplit(url).path[1:]) for url in (broker.url, other)}
        assert len(ours) == 2
        assert ours <= set(broker.ctl("list_vhosts", "name").splitlines())
        return ours

    def test_a_confirmed_letter_in_a_quorum_queue_outlives_a_kill(self, private_rabbitmq: PrivateRabbit) -> None:
        put_letter(private_rabbitmq.url, "killed")
        private_rabbitmq.wait_until_kept("killed")
        private_rabbitmq.kill9()
        assert not is_listening(private_rabbitmq.port)
        private_rabbitmq.start_node()
        assert get_letter(private_rabbitmq.url, "killed") == b"hello"

    def test_a_confirmed_letter_outlives_a_stop_and_a_start(self, private_rabbitmq: PrivateRabbit) -> None:
        put_letter(private_rabbitmq.url, "stopped")
        private_rabbitmq.stop_node()
        private_rabbitmq.start_node()
        assert get_letter(private_rabbitmq.url, "stopped") == b"hello"

    def test_a_server_that_is_no_broker_does_not_answer_as_one(self, echo: int) -> None:
        assert not answers(echo)
        assert not answers(free_port())

    def test_an_operator_reaches_the_private_node(self, private_rabbitmq: PrivateRabbit) -> None:
        private_rabbitmq.ctl("add_vhost", "second")
        assert "second" in private_rabbitmq.ctl("list_vhosts", "name").splitlines()


class TestMoto:
    def test_it_plays_kms(self, moto: Any) -> None:
        kms = boto3.client(
            "kms",
            endpoint_url=moto.url,
            region_name="eu-north-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
        )
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        sealed = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
        assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"secret"


class TestSmtp:
    def send(self, smtp: SmtpSink, to: str) -> None:
        with smtplib.SMTP(smtp.host, smtp.port) as client:
            client.sendmail("habeas@example.org", [to], f"Subject: Hej\r\nTo: {to}\r\n\r\nEn rad.\r\n")

    def test_an_accepted_mail_can_be_waited_for_and_read(self, smtp: SmtpSink) -> None:
        self.send(smtp, "Eva@example.org")
        mail = smtp.wait_for("eva@example.org")
        assert (mail.sender, mail.message["Subject"], mail.text) == ("habeas@example.org", "Hej", "En rad.\n")

    def test_a_chosen_address_is_refused_until_it_is_accepted_again(self, smtp: SmtpSink) -> None:
        smtp.refuse("gone@example.org")
        with pytest.raises(smtplib.SMTPRecipientsRefused, match="550"):
            self.send(smtp, "gone@example.org")
        smtp.accept("gone@example.org")
        self.send(smtp, "gone@example.org")
        assert len(smtp.to("gone@example.org")) == 1

    def test_one_test_s_mail_is_not_another_s(self, smtp: SmtpSink) -> None:
        assert smtp.mails == []


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that sends back what it gets."""
    import socketserver
    import threading

    class Echo(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while piece := self.request.recv(1024):
                self.request.sendall(piece)

    with socketserver.ThreadingTCPServer((LOOPBACK, 0), Echo) as server:
        server.daemon_threads = True
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def proxy(echo: int) -> Iterator[FaultProxy]:
    with FaultProxy((LOOPBACK, echo)) as started:
        yield started


def call(proxy: FaultProxy) -> socket.socket:
    return socket.create_connection((LOOPBACK, proxy.port), timeout=5)


class TestProxy:
    def test_passing_brings_bytes_both_ways(self, proxy: FaultProxy) -> None:
        with call(proxy) as line:
            line.sendall(b"ping")
            assert line.recv(4) == b"ping"

    def test_a_black_hole_swallows_until_it_is_lifted(self, proxy: FaultProxy) -> None:
        with call(proxy) as line:
            line.sendall(b"one")
            assert line.recv(3) == b"one"
            proxy.black_hole()
            line.sendall(b"two")
            line.settimeout(0.3)
            with pytest.raises(TimeoutError):
                line.recv(3)
            proxy.pass_on()
            line.settimeout(5)
            assert line.recv(3) == b"two"

    def test_a_reset_cuts_open_connections_and_takes_new_ones(self, proxy: FaultProxy) -> None:
        with call(proxy) as line:
            line.sendall(b"one")
            assert line.recv(3) == b"one"
            proxy.reset()
            with pytest.raises(ConnectionResetError):
                line.recv(3)
        with call(proxy) as line:
            line.sendall(b"two")
            assert line.recv(3) == b"two"

    def test_a_lasting_reset_cuts_new_connections_too(self, proxy: FaultProxy) -> None:
        proxy.reset(stay=True)
        with pytest.raises(ConnectionResetError), call(proxy) as line:
            line.recv(1)

    def test_a_delay_brings_bytes_late(self, proxy: FaultProxy) -> None:
        proxy.delay(0.2)
        with call(proxy) as line:
            started = time.monotonic()
            line.sendall(b"ping")
            assert line.recv(4) == b"ping"
        assert time.monotonic() - started >= 0.4

    def test_a_closed_line_is_closed_on_the_other_side(self, proxy: FaultProxy) -> None:
        call(proxy).close()
        wait_until(lambda: proxy.open_connections == 0, 5, "the proxy has let the connection go")

    def test_a_dead_target_closes_the_line(self) -> None:
        with FaultProxy((LOOPBACK, free_port())) as proxy, call(proxy) as line:
            assert line.recv(1) == b""


SEEDED = """<!doctype html><html lang="{lang}"><head><title>Seeded</title></head>
<body><main><h1>Seeded</h1><p>Text</p>{body}</main></body></html>"""


class TestBrowser:
    def test_chromium_opens_a_page_and_runs_its_script(self, page: Any) -> None:
        page.set_content("<h1>Before</h1><script>document.querySelector('h1').textContent = 'After'</script>")
        assert page.inner_text("h1") == "After"

    def test_axe_finds_seeded_barriers_and_only_those(self, page: Any, axe: str) -> None:
        page.set_content(SEEDED.format(lang="en", body=""))
        assert find_barriers(page, axe) == []
        page.set_content(SEEDED.format(lang="", body="<img src='data:,'><input type='text'>"))
        assert {found.rule for found in find_barriers(page, axe)} == {"html-has-lang", "image-alt", "label"}


def test_a_package_that_does_not_exist_is_an_error_that_says_what_was_tried() -> None:
    with pytest.raises(ServerMissing, match="habeas-no-such-package"):
        install(["habeas-no-such-package"], "A thing that nobody has")

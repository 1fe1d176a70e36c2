"""A message is the person's where a header holds their address exactly, and whatever strangers write stops nothing."""

import io
from datetime import UTC, datetime

import pytest
from connectors.mail_letters import ANN
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from habeas.connectors.mail.addresses import Addresses
from habeas.connectors.mail.anatomy import dissect
from habeas.connectors.mail.header import date_of, text_of, whose
from habeas.connectors.mail.mailboxes import mailboxes

THEIRS, UNCLEAR, NOTHING = "theirs", "unclear", "nothing"


def verdict(value: str | bytes, name: str = "To", person: str = ANN) -> str:
    raw = value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
    found = whose(name.encode() + b": " + raw + b"\r\nSubject: x\r\n", Addresses((person,)))
    if found is None:
        return NOTHING
    return THEIRS if found.proved else UNCLEAR


@pytest.mark.parametrize(
    "value",
    [ANN, "ANN@Example.COM", f"Ann <{ANN}>", f'"Doe, Ann" <{ANN}>', f"x@y.example, {ANN}", f"Team: x@y.example, {ANN};",
     f"=?utf-8?q?=C3=84nn?= <{ANN}>", f"(Ann) {ANN} (home)", "ann (a (b) c) @ (d) example . com", '"ann"@example.com',
     '"a\\nn"@example.com', f"<@relay.example:{ANN}>", f"x@y.example,\r\n\t{ANN}", f"{ANN},", f", ,{ANN}",
     f"bob@example.com <x@y.example>, {ANN}", f'"\\"" <{ANN}>', f"Ann\x00 <{ANN}>", f"\udcff <{ANN}>"],
)  # fmt: skip
def test_an_address_is_found_however_it_may_be_written(value: str) -> None:
    assert verdict(value) == THEIRS


@pytest.mark.parametrize(
    "value",
    ["ann+shop@example.com", "xann@example.com", "ann@example.com.au", "ann@example.comx", "ann@xexample.com",
     "ann@sub.example.com", "a.nn@example.com", "аnn@example.com", "ａnn@example.com", "ann@ｅxample.com",
     "ann@example。com", f'"{ANN}" <bob@example.com>', f"{ANN} <bob@example.com>",
     f"({ANN}) bob@example.com", f"bob@example.com ({ANN})", f"{ANN}: bob@example.com;", f'"{ANN}"@evil.example',
     f"{ANN}@evil.example", "ann@example.com\u0301", "=?utf-8?q?ann?=@example.com", "ann%example.com@relay.example",
     f"=?utf-8?q?{ANN.replace('@', '=40')}?= <bob@example.com>", "ann@[example.com]", "", ";", "@"],
)  # fmt: skip
def test_a_look_alike_is_nobody_s(value: str) -> None:
    assert verdict(value) == NOTHING


@pytest.mark.parametrize(
    "value",
    [f"<{ANN}", f"{ANN}>", f"<<{ANN}>>", f"{ANN} bob@example.com", f"Ann {ANN}", f"{ANN}; bob@example.com",
     f"mailto:{ANN}", f"{ANN}.", f"A: B: {ANN};;", f'"{ANN}', f"({ANN}", f"x <{ANN}> y", f"'{ANN}'",
     f"<{ANN}> <bob@example.com>",
     f"=?utf-8?q?{ANN.replace('@', '=40')}?=", "=?utf-8?b?QW5uIDxhbm5AZXhhbXBsZS5jb20+?=", f"<, {ANN} <", f"\\{ANN} x"],
)  # fmt: skip
def test_a_broken_header_that_may_mean_the_person_is_for_a_person(value: str) -> None:
    assert verdict(value) == UNCLEAR


@pytest.mark.parametrize("name", ["From", "Sender", "Reply-To", "TO", "cc", "Bcc", "Delivered-To", "Envelope-To",
                                  "Resent-To", "To "])  # fmt: skip
def test_every_header_that_names_who_wrote_or_got_it_is_looked_at(name: str) -> None:
    assert verdict(ANN, name) == THEIRS


@pytest.mark.parametrize("name", ["Subject", "X-To", "Received", "Return-Receipt-To", "References", "To\u00a0"])
def test_no_other_header_makes_a_message_somebody_s(name: str) -> None:
    assert verdict(ANN, name) == NOTHING


@pytest.mark.parametrize(
    ("person", "value", "expected"),
    [
        ("eva@bücher.example", "eva@bücher.example", THEIRS),
        ("eva@bücher.example", "eva@xn--bcher-kva.example", THEIRS),
        ("eva@xn--bcher-kva.example", "EVA@bücher.example", THEIRS),
        ("eva@xn--bcher-kva.example", "eva@XN--bcher-kva.example", THEIRS),
        ("eva@strasse.example", "eva@straße.example", NOTHING),  # what IDNA 2003 took for the same
        ("eva@bücher.example", "eva@bucher.example", NOTHING),
        ("eva@bücher.example", "eva@bu\u0308cher.example", NOTHING),
        ("eva@bücher.example", "eva@BÜCHER.example", NOTHING),  # A to Z alone are folded
        ("eva@bücher.example", "eva@bücher.example".encode("latin-1"), UNCLEAR),
        ("évâ@example.com", "évâ@example.com", THEIRS),
        ("évâ@example.com", "ÉVÂ@example.com", NOTHING),
        ("kate@example.com", "\u212aate@example.com", NOTHING),  # the Kelvin sign, which Unicode folds to k
    ],
)
def test_an_idn_is_the_same_as_stored_and_as_its_a_label(person: str, value: str | bytes, expected: str) -> None:
    assert verdict(value, person=person) == expected


def test_a_line_that_is_no_header_hides_none_that_follow() -> None:
    head = b"From: x@y.example\nthis is no header\n: nor this\n\x00\xff\n  To: cc@y.example\nCc: " + ANN.encode()
    found = whose(head, Addresses((ANN,)))
    assert found is not None
    assert found.theirs == {"cc": (ANN,)}


def test_a_message_to_thousands_is_looked_at_in_no_time() -> None:
    crowd = ", ".join(f'"Person, {number}" <person{number}@example.com>' for number in range(20_000))
    found = whose(f"To: {crowd}, {ANN}, ann@example.com".encode(), Addresses((ANN,)))
    assert found is not None
    assert (found.proved, dict(found.others), found.unclear) == (ANN, {"to": 20_000}, False)


@pytest.mark.parametrize("mark", ['"', "(", "<", "\\", "a:", '<"', '"\\', ";", "=?", "(\\", ",", "\r", ">"])
def test_a_header_of_nothing_but_marks_takes_no_time_either(mark: str) -> None:
    value = f"{ANN} " + mark * 100_000
    assert verdict(value) in (THEIRS, UNCLEAR) or mark == "a:"  # there it stands in the name of a group
    assert len(list(mailboxes(value))) < 100_001


_BITS = st.sampled_from(
    [ANN, "bob@example.com", "Ann", "<", ">", '"', "(", ")", ",", ";", ":", "@", "\\", "=?utf-8?q?", "?=", "\r\n ",
     "\n\t", " ", "\x00", "\udcff", "é", "\r", "\n", "To: ", "\u202e", "=?x?b?", "[", "]", "."]
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_BITS, max_size=12))
@example(["<", ANN])
def test_no_header_stops_the_search(bits: list[str]) -> None:
    head = ("To: " + "".join(bits)).encode("utf-8", "surrogateescape")
    found = whose(head, Addresses((ANN,)))
    if ANN.encode() not in head.lower() and b"=?" not in head:
        assert found is None
    for name in ("to", "subject", "message-id"):
        (text_of(head, name) or "").encode()  # what is told can be written
    date_of(head)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40))
def test_any_date_and_subject_can_be_told(text: str) -> None:
    head = f"Date: {text}\nSubject: =?utf-8?b?{text}?= {text}".encode()
    said = date_of(head)
    assert said is None or said.tzinfo is not None
    assert (text_of(head, "subject") or "") is not None


def test_a_date_is_read_as_it_was_sent() -> None:
    said = date_of(b"Date: Mon, 3 Mar 2025 10:00:00 +0100")
    assert said is not None
    assert said.astimezone(UTC) == datetime(2025, 3, 3, 9, tzinfo=UTC)


_HEADS = (
    "Content-Type: multipart/mixed; boundary=b", "Content-Type: multipart/mixed; boundary=", "Content-Type: /",
    "Content-Transfer-Encoding: base64", "Content-Transfer-Encoding: quoted-printable", "Content-Type: message/rfc822",
    "Content-Disposition: attachment; filename*0=x; filename*1*=y", "Content-Disposition: ;;;=",
    *(f"Content-Type: text/plain; charset={each}" for each in ("utf-16", "base64", "unicode_escape", "idna", "zlib")),
    "Content-Type: text/plain; charset*=x''y''z", "Content-Type: text/plain; charset=\x00",
)  # fmt: skip
_BODIES = (b"\n", b"--b\n", b"--b--\n", b"--\n", b"----\n", b"\x00\xff\n", b"YW5uQGV4YW1wbGUuY29t\n", b"=ZZ=\n", b"=41",
           b"A===\n", b"x" * 70_000, b"\\N{}", b"\xff\xfe", b"xn--\xff.", ANN.encode())  # fmt: skip
_LINES = st.lists(st.sampled_from([*(f"{each}\n".encode() for each in _HEADS), *_BODIES]), max_size=14)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_LINES)
def test_no_message_stops_a_look_at_the_whole_of_it(lines: list[bytes]) -> None:
    message = b"".join(lines)
    anatomy = dissect(io.BytesIO(message), Addresses((ANN,)).named_in)
    assert anatomy.size == len(message)
    assert all(isinstance(each["size"], int) and each["size"] <= len(message) for each in anatomy.files)

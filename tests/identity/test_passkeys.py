"""Passkeys: how one is added, signs in and confirms an act; and that nothing but the right answer is taken."""

import html
import json
import random
import re
from datetime import timedelta
from typing import Any

import pytest
from tests.identity.authenticator import PRESENT, Device, read, write
from tests.identity.conftest import PASSWORD, Desk

from habeas.clock import random_id
from habeas.events import ApprovalGiven
from habeas.testing.visitor import Visitor
from habeas_identity.agents import disable_agent, find_account
from habeas_identity.ceremonies import Party
from habeas_identity.enrollments import enroll
from habeas_identity.models import Passkey
from habeas_identity.passkeys import count_in, created_by

ADA, BO = "ada@example.com", "bo@example.com"
DIGEST = "ab" * 32
SIGN_IN = "/agents/passkeys/sign-in"


class Browser:
    """An agent's browser and the device that goes with it."""

    def __init__(self, desk: Desk, cookie: str = "") -> None:
        self.desk, self.device = desk, Device()
        self.visitor: Visitor = desk.visitor(cookie)
        self.kept: dict[str, str] = {}

    def ask(self, path: str, page: str, **fields: str) -> dict[str, Any]:
        """Press the button that asks for a challenge; gives what the page's script would be given."""
        text = self.visitor.post(path, fields, page=page).get_data(as_text=True)
        found = re.search(r'data-options="([^"]+)"', text)
        assert found, text
        self.kept = dict(
            re.findall(r'<input type="hidden" name="(for|next|act|account|ceremony)" value="([^"]*)">', text)
        )
        return dict(json.loads(html.unescape(found[1])))

    def answer(self, path: str, page: str, answer: str, **changes: str) -> Any:
        """Send what the device said, as the page's form does."""
        return self.visitor.post(path, {**self.kept, "answer": answer, **changes}, page=page)

    def enroll(self, email: str, *roles: str, **how: Any) -> Any:
        """Make an account, and add its first passkey by the code."""
        agent = hire_without_password(self.desk, email, *roles)
        options = self.ask("/agents/enroll", "/agents/enroll", email=email, code=code_for(self.desk, agent))
        return self.answer("/agents/enroll", "/agents/enroll", self.device.create(options, **how))

    def challenge(self, act: str = "", page: str = "/agents/sign-out", service: str = "identity") -> dict[str, Any]:
        """Ask for a challenge to sign in, or to confirm an act."""
        asked = {"for": service, "next": page, "act": act}
        return self.ask(SIGN_IN, f"/agents/sign-in?act={act}&next={page}&for={service}", **asked)

    def sign_in(self, **how: Any) -> Any:
        """Sign in by the passkey."""
        options = self.challenge()
        return self.answer(SIGN_IN, "/agents/enroll", self.device.get(options, **how))

    def confirm(self, act: str, page: str) -> Any:
        """Confirm an act by the passkey."""
        options = self.challenge(act, page)
        return self.answer(SIGN_IN, "/agents/sign-out", self.device.get(options))


def hire_without_password(desk: Desk, email: str, *roles: str) -> str:
    agent = desk.hire(email, *roles)
    desk.change("UPDATE agent SET password = NULL")
    return agent


def code_for(desk: Desk, agent: str) -> str:
    with desk.context.transaction() as tx:
        return enroll(tx, agent)


@pytest.fixture
def ada(named_desk: Desk) -> Browser:
    """An approver with a passkey, not signed in."""
    browser = Browser(named_desk)
    assert browser.enroll(ADA, "approver").status_code == 303
    return browser


def sessions(desk: Desk) -> list[Any]:
    return desk.rows("SELECT id, digest, method FROM agent_session ORDER BY began_at")


def test_a_new_agent_adds_a_passkey_by_a_code_and_signs_in_by_it(ada: Browser) -> None:
    answer = ada.sign_in()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/agents/sign-out")
    [session] = sessions(ada.desk)
    assert session.method == "passkey"
    began = ada.desk.rows("SELECT body FROM ledger_leaf WHERE kind = 'session.began'")[0][0]
    told = began if isinstance(began, dict) else json.loads(began)
    assert (told["method"], told["break_glass"]) == ("passkey", False)


def test_the_page_asks_a_device_that_has_verified_its_user_and_nothing_of_its_make(named_desk: Desk) -> None:
    browser = Browser(named_desk)
    agent = hire_without_password(named_desk, ADA, "agent")
    made = browser.ask("/agents/enroll", "/agents/enroll", email=ADA, code=code_for(named_desk, agent))
    assert made["attestation"] == "none"
    assert made["rp"]["id"] == "localhost"
    assert made["authenticatorSelection"]["userVerification"] == "required"
    assert made["authenticatorSelection"]["residentKey"] == "required"
    assert read(made["user"]["id"]).decode() == agent
    asked = browser.challenge()
    assert (asked["rpId"], asked["userVerification"], asked["allowCredentials"]) == ("localhost", "required", [])
    assert len(read(asked["challenge"])) == 32
    assert asked["timeout"] == 300_000


def test_every_challenge_is_another(ada: Browser) -> None:
    assert len({ada.challenge()["challenge"] for _ in range(5)}) == 5


HOSTILE: dict[str, dict[str, Any]] = {
    "its user was not verified": {"flags": PRESENT},
    "nobody was present": {"flags": 0x04},
    "another origin": {"origin": "http://localhost.evil.example:8080"},
    "another port": {"origin": "http://localhost:8082"},
    "another scheme": {"origin": "https://localhost:8080"},
    "another party": {"name": "evil.example"},
    "a count that stands still": {"rises": 0},
    "a count that goes back": {"rises": -1},
    "an answer of the other kind": {"kind": "webauthn.create"},
    "another owner": {"owner": b"somebody else"},
}


@pytest.mark.parametrize("how", HOSTILE.values(), ids=HOSTILE)
def test_nobody_signs_in_by_an_answer_that_is_wrong(ada: Browser, how: dict[str, Any]) -> None:
    for _ in range(2):  # so that its count is above nothing
        assert ada.sign_in().status_code == 303
        ada.visitor.post("/agents/sign-out", {})
    before = len(sessions(ada.desk))
    assert ada.sign_in(**how).status_code == 422
    assert len(sessions(ada.desk)) == before


@pytest.mark.parametrize("how", [{"flags": PRESENT}, {"origin": "http://evil.example"}, {"name": "evil.example"}])
def test_no_passkey_is_added_by_an_answer_that_is_wrong(named_desk: Desk, how: dict[str, Any]) -> None:
    assert Browser(named_desk).enroll(ADA, "agent", **how).status_code == 422
    assert named_desk.rows("SELECT * FROM passkey") == []


def test_an_answer_is_taken_once(ada: Browser) -> None:
    """Case 22: whatever the device's count says; there are some that do not count."""
    answer = ada.device.get(ada.challenge(), rises=0)
    assert ada.answer(SIGN_IN, "/agents/enroll", answer).status_code == 303
    assert ada.answer(SIGN_IN, "/agents/enroll", answer).status_code == 422
    assert len(sessions(ada.desk)) == 1


def test_a_wrong_answer_uses_its_challenge_up(ada: Browser) -> None:
    options = ada.challenge()
    assert ada.answer(SIGN_IN, "/agents/enroll", ada.device.get(options, flags=PRESENT)).status_code == 422
    assert ada.answer(SIGN_IN, "/agents/enroll", ada.device.get(options)).status_code == 422


def test_an_answer_is_taken_in_the_browser_that_asked_and_in_no_other(ada: Browser) -> None:
    answer = ada.device.get(ada.challenge())
    thief = Browser(ada.desk, "T" * 43)
    thief.kept = ada.kept
    assert thief.answer(SIGN_IN, "/agents/enroll", answer).status_code == 422
    assert sessions(ada.desk) == []


def test_an_answer_is_taken_for_five_minutes(ada: Browser) -> None:
    answer = ada.device.get(ada.challenge())
    ada.desk.clock.advance(timedelta(minutes=5))
    assert ada.answer(SIGN_IN, "/agents/enroll", answer).status_code == 422


def test_a_challenge_for_one_purpose_is_good_for_no_other(ada: Browser) -> None:
    """One to sign in with confirms no act; one that confirms an act confirms no other and signs nobody in."""
    ada.sign_in()
    options, act = ada.challenge("approve:" + DIGEST, "/agents/sign-out"), "approve:" + "cd" * 32
    assert ada.answer(SIGN_IN, "/agents/sign-out", ada.device.get(options), act=act).status_code == 422
    options = ada.challenge("approve:" + DIGEST, "/agents/sign-out")
    assert ada.answer(SIGN_IN, "/agents/sign-out", ada.device.get(options), act="").status_code == 422


def test_nobody_confirms_by_the_passkey_of_somebody_else(ada: Browser) -> None:
    bo = Browser(ada.desk)
    bo.enroll(BO, "approver")
    ada.sign_in()
    options = ada.challenge("approve:" + DIGEST)
    assert [read(each["id"]) for each in options["allowCredentials"]] == [ada.device.credential]
    assert ada.answer(SIGN_IN, "/agents/sign-out", bo.device.get(options)).status_code == 422


@pytest.mark.parametrize(
    "answer",
    ["", "{}", "[]", "null", "x" * 20_000, '{"id": 1}', '{"id":"AA","rawId":"AA","type":"public-key","response":{}}'],
)
def test_what_is_no_answer_is_refused_and_no_fault(ada: Browser, answer: str) -> None:
    ada.challenge()
    assert ada.answer(SIGN_IN, "/agents/enroll", answer).status_code == 422


def test_bytes_that_were_changed_anywhere_let_nobody_in(ada: Browser, counts: Any) -> None:
    tried = 0
    for part in ("clientDataJSON", "authenticatorData", "signature"):
        for place in range(0, 60, counts(20, 1)):
            answer = json.loads(ada.device.get(ada.challenge()))
            content = bytearray(read(answer["response"][part]))
            content[place % len(content)] ^= 0x55
            answer["response"][part] = write(bytes(content))
            status = ada.answer(SIGN_IN, "/agents/enroll", json.dumps(answer)).status_code
            assert status in (422, 429)
            tried += 1
            ada.desk.clock.advance(timedelta(minutes=1))
    assert tried >= 9
    assert sessions(ada.desk) == []


def test_no_bytes_of_a_stranger_are_a_fault_of_ours(counts: Any) -> None:
    """Both kinds of answer, bent at random: what is signed is refused, and nothing is an error that nobody expected."""
    luck, device, party = random.Random(7), Device(), Party("localhost", "http://localhost:8080")
    user = {"id": write(b"somebody")}
    made = json.loads(device.create({"user": user, "challenge": write(b"c" * 32)}))
    got = json.loads(device.get({"challenge": write(b"c" * 32)}))
    kept = Passkey(public_key=read_key(made), uses=0)
    for _ in range(counts(400, 20_000)):
        bent_made, bent_got = json.dumps(bend(made, luck)), json.dumps(bend(got, luck))
        created_by(party, b"c" * 32, bent_made)  # without attestation nothing in it is signed
        assert count_in(party, b"c" * 32, kept, bent_got) is None or bent_got == json.dumps(got)


def read_key(made: dict[str, Any]) -> bytes:
    """The public key that a device's answer brings along."""
    created = created_by(Party("localhost", "http://localhost:8080"), b"c" * 32, json.dumps(made))
    assert created is not None
    return bytes(created.credential_public_key)


def bend(answer: dict[str, Any], luck: random.Random) -> dict[str, Any]:
    """The answer with one part changed, cut, doubled, or put together anew from anything."""
    part = luck.choice([name for name in answer["response"] if name != "userHandle"])
    content = bytearray(read(answer["response"][part]))
    place = luck.randrange(len(content))
    how = luck.randrange(4)
    if how == 0:
        content[place] ^= luck.randrange(1, 256)
    elif how == 1:
        del content[place:]
    elif how == 2:
        content[place:place] = luck.randbytes(luck.randrange(1, 40))
    else:
        content[place : place + 8] = luck.choice(
            [b"\x9f" * 60, b"\xff" * 8, b"\xbf\xbf\xbf", b"\xc2\x41\x00", b"\x00" * 8]
        )
    return {**answer, "response": {**answer["response"], part: write(bytes(content))}}


def test_a_closed_account_signs_in_by_no_passkey(ada: Browser) -> None:
    with ada.desk.context.transaction() as tx:
        disable_agent(tx, ADA)
    assert ada.sign_in().status_code == 422


def test_an_approval_by_a_passkey_is_good_for_one_plan_once(ada: Browser) -> None:
    """The device signs for this plan; the grant that it gives approves this plan, once, and no other."""
    case, page = random_id(), ""
    ada.sign_in()
    page = f"/agents/approve/{case}/{DIGEST}"
    shown = ada.visitor.get(page).get_data(as_text=True)
    assert 'name="password"' not in shown
    assert "Confirm with a passkey" in shown
    before = sessions(ada.desk)[0].digest
    confirmed = ada.confirm(f"approve:{DIGEST}", page)
    assert confirmed.headers["Location"] == page
    assert sessions(ada.desk)[0].digest != before
    other = f"/agents/approve/{case}/{'cd' * 32}"
    assert "/agents/sign-in?" in ada.visitor.post(f"{other}/confirmed", {}, page=page).headers["Location"]
    elsewhere = f"/agents/approve/{random_id()}/{DIGEST}/confirmed"
    assert "/agents/sign-in?" in ada.visitor.post(elsewhere, {}, page=page).headers["Location"]
    assert ada.desk.said(ApprovalGiven) == []
    assert ada.visitor.post(f"{page}/confirmed", {}, page=page).headers["Location"] == f"/plan/{case}"
    assert len(ada.desk.said(ApprovalGiven, case)) == 2
    assert ada.visitor.post(f"{page}/confirmed", {}, page="/agents/sign-out").status_code == 409


def test_whoever_has_a_passkey_confirms_by_no_password(named_desk: Desk) -> None:
    """A password lets in, and the ledger says that the glass was broken; it approves and admits nobody."""
    named_desk.hire(ADA, "approver")
    browser = Browser(named_desk)
    named_desk.sign_in(browser.visitor, ADA)
    options = browser.ask("/agents/passkeys/new", "/agents/passkeys")
    assert browser.answer("/agents/passkeys/new", "/agents/passkeys", browser.device.create(options)).status_code == 303
    page = f"/agents/approve/{random_id()}/{DIGEST}"
    assert browser.visitor.post(page, {"password": PASSWORD}).status_code == 422
    act = f"approve:{DIGEST}"
    named_desk.sign_in(browser.visitor, ADA, page="/agents/sign-out")
    wanted = {"password": PASSWORD, "for": "identity", "next": page, "act": act}
    assert browser.visitor.post("/agents/sign-in", wanted, page=page).status_code == 422
    led = browser.visitor.post("/agents/passkeys/remove", {"passkey": "x"}, page="/agents/passkeys")
    assert led.headers["Location"].startswith("/agents/sign-in?for=identity&next=/agents/passkeys")
    assert named_desk.said(ApprovalGiven) == []
    glass = named_desk.rows("SELECT body FROM ledger_leaf WHERE kind = 'session.began'")
    assert len(glass) == 2
    assert all("break_glass" in str(row[0]) and "password" in str(row[0]) for row in glass)


def test_a_passkey_is_added_only_after_a_fresh_look(ada: Browser) -> None:
    ada.sign_in()
    ada.desk.clock.advance(timedelta(minutes=15))
    ada.visitor.get("/agents/sign-in?for=identity&next=/agents/passkeys")  # a new grant, for an old look
    led = ada.visitor.post("/agents/passkeys/new", {}, page="/agents/sign-out")
    assert led.headers["Location"].startswith("/agents/sign-in?for=identity&next=/agents/passkeys&act=confirm")
    assert ada.confirm("confirm", "/agents/passkeys").headers["Location"] == "/agents/passkeys"
    second, options = Device(), ada.ask("/agents/passkeys/new", "/agents/passkeys")
    assert [read(each["id"]) for each in options["excludeCredentials"]] == [ada.device.credential]
    assert ada.answer("/agents/passkeys/new", "/agents/passkeys", second.create(options)).status_code == 303
    rows = ada.desk.rows("SELECT id FROM passkey ORDER BY added_at")
    for row, status in zip(rows, (303, 422), strict=True):
        gone = ada.visitor.post("/agents/passkeys/remove", {"passkey": row[0]}, page="/agents/passkeys")
        assert gone.status_code == status, "the last way in stays"


def test_an_enrollment_code_is_good_once_for_half_an_hour_and_for_its_own_account(named_desk: Desk) -> None:
    agent, bo = hire_without_password(named_desk, ADA, "agent"), hire_without_password(named_desk, BO, "agent")
    code, theirs = code_for(named_desk, agent), code_for(named_desk, bo)
    browser = Browser(named_desk)

    def type_in(email: str, typed: str) -> int:
        answer = browser.visitor.post("/agents/enroll", {"email": email, "code": typed})
        return int(answer.status_code)

    assert [type_in(ADA, theirs), type_in(BO, code), type_in("nobody@example.com", code), type_in(ADA, "")] == [422] * 4
    assert [type_in(ADA, code.lower()), type_in(ADA, code)] == [200, 422]
    named_desk.clock.advance(timedelta(minutes=30))
    assert type_in(BO, theirs) == 422
    assert [type_in(ADA, "AAAA-AAAA") for _ in range(6)] == [422] * 5 + [429]
    for row in named_desk.rows("SELECT * FROM enrollment"):
        assert code not in repr(row)


def test_a_code_is_no_way_around_a_passkey_that_is_there(ada: Browser) -> None:
    agent = ada.desk.rows("SELECT id FROM agent")[0][0]
    ada.sign_in()
    with pytest.raises(Exception, match="has a way in already"):
        code_for(ada.desk, agent)
    with ada.desk.context.transaction() as tx:
        enroll(tx, agent, replace=True)
        account = find_account(tx, agent)
    assert account is not None
    assert account.ways_in == 0
    assert ada.visitor.get("/agents/sign-in").status_code == 200, "and the sessions of the lost one are over"
    assert ada.sign_in().status_code == 422


def test_where_no_browser_asks_a_device_none_is_offered(page_desk: Desk) -> None:
    """At a bare address the password is what there is; the page of passkeys says why."""
    page_desk.hire(ADA, "agent")
    visitor = page_desk.visitor()
    assert "passkey" not in visitor.get("/agents/sign-in").get_data(as_text=True)
    page_desk.sign_in(visitor, ADA)
    assert "address with a name" in visitor.get("/agents/passkeys").get_data(as_text=True)


def test_the_pages_say_without_a_script_what_to_do(ada: Browser) -> None:
    text = ada.visitor.post(SIGN_IN, {"for": "identity", "next": "/x", "act": ""}, page="/agents/sign-in")
    shown = text.get_data(as_text=True)
    assert "data-without-script" in shown
    assert "choose another way" in shown
    assert re.search(r'<script src="/static/[0-9a-f]{16}/passkey.js" defer></script>', shown)
    assert "unsafe" not in text.headers["Content-Security-Policy"]
    assert text.headers["Cache-Control"] == "no-store"
    assert ada.answer(SIGN_IN, "/agents/enroll", "").status_code == 422

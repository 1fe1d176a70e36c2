"""Those who call at the doors of one service, each with what identity and the service itself would have given them."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, wraps
from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from tests.house.authorization import MACHINES, ROLES
from tests.two_controllers import ELSEWHERE, HERE, write_profiles
from werkzeug.test import TestResponse

from habeas.clock import FixedClock, random_id, uuid7
from habeas.events import CaseOpened
from habeas.grants import LIFE, Grant, mint
from habeas.opendsr.signatures import DOMAIN, SIGNATURE, sign
from habeas.service import Context
from habeas.testing.authority import Authority
from habeas.testing.house import deliver, make_context, run
from habeas.testing.vendors.opendsr import HOST, OpenDsrProcessor, authority_of_tests
from habeas.web.access import Access
from habeas.web.application import create_app
from habeas.web.cookies import BROWSER, act_cookie, grant_cookie

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PORTAL = "http://127.0.0.1:8080"
COOKIE = "a" * 43
OWN = hashlib.sha256(COOKIE.encode()).hexdigest()
"""What the browser's cookie is known by."""
FORM = "0" * 40
UNKNOWN = "00000000-0000-4000-8000-000000000000"
KEYS = {"key": "hk_one", "other key": "hk_two", "key elsewhere": "hk_three"}
REQUEST: dict[str, Any] = {
    "regulation": "gdpr",
    "subject_request_id": "a7551968-d5d6-44b2-9831-815ac9017798",
    "subject_request_type": "access",
    "submitted_time": NOW.isoformat(),
    "subject_identities": [{"identity_type": "email", "identity_value": "a@example.com", "identity_format": "raw"}],
}
CALL = json.dumps({"subject_request_id": REQUEST["subject_request_id"], "request_status": "completed"}).encode()


def _processors(name: str, folder: Path, vendor: OpenDsrProcessor) -> dict[str, str]:
    """What lets intake answer as a processor, and fulfilment be called back by one."""
    if name == "fulfilment":
        (folder / "ca.pem").write_bytes(authority_of_tests().pem)
        file = folder / "processors.yaml"
        file.write_text(f"[{{domain: {HOST}, processor: '{vendor.url}/v2', systems: [shop], ca_file: ca.pem}}]")
        return {"processors": str(file)}
    if name != "intake":
        return {}
    mine = Authority(NOW).issue("127.0.0.1.example")
    return {
        "opendsr_url": PORTAL,
        "opendsr_certificate": mine.pem.decode(),
        "opendsr_key": mine.key_pem.decode(),
    }


@dataclass
class House:
    """A service with two cases of one controller, and everybody who may knock at its doors."""

    name: str
    context: Context
    app: Flask
    case: str = ""
    other_case: str = ""
    hold: str = "none"
    reached: list[str] = field(default_factory=list)
    processor: OpenDsrProcessor = field(default_factory=OpenDsrProcessor)
    accounts: dict[str, tuple[str, str]] = field(default_factory=dict)
    sessions: dict[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def open(cls, name: str, folder: Path) -> "House":
        """Start a service for two controllers."""
        profiles = write_profiles(folder / "profiles")
        service = import_module(f"habeas_{name}.service").SERVICE
        processor = OpenDsrProcessor().start()
        changes = _processors(name, folder, processor)
        context = make_context(service, folder, clock=FixedClock(NOW), profiles=profiles, **changes)
        house = cls(name, context, create_app(context), processor=processor)
        house._watch()
        house._fill()
        return house

    def close(self) -> None:
        """Stop what was started."""
        self.context.database.close()
        self.processor.stop()

    def call(self, caller: str, route: str, access: Access, *, case: str = "", stale: bool = False) -> TestResponse:
        """Call a route as a caller, with all that this caller can show; `stale`: but no grant for an act."""
        method, rule = route.split(" ")
        parts = {**self._parts, "case": case or self.case}
        path = re.sub(r"<(?:[^:<>]+:)?(\w+)>", lambda part: parts[part.group(1)], rule)
        client = self.app.test_client()
        self._hold(client, caller, access, parts, stale=stale)
        self.reached.clear()
        told: dict[str, Any] = {"headers": {"Sec-Fetch-Site": "same-origin"}}
        if caller == "processor":
            told["headers"] |= {DOMAIN: HOST, SIGNATURE: sign(CALL, self.processor.identity.key)}
        elif caller in MACHINES:
            told["headers"]["Authorization"] = f"Bearer {self._bearer(caller)}"
        if rule.startswith("/opendsr") and method == "POST":
            told["json"] = {**REQUEST, "subject_request_id": random_id()}
        elif access.kind == "machine" and method == "POST" and self.name == "intake":
            told["headers"]["Idempotency-Key"] = random_id()
            told["json"] = {
                "controller": HERE,
                "rights": ["access"],
                "identifiers": {"email": f"{uuid7()}@example.com"},
            }
        elif access.kind == "machine" and self.name == "fulfilment":
            told |= self._asked_by_program(method, rule, told["headers"])
        elif method == "POST" and access.kind != "machine":
            told["data"] = {"csrf_token": self._token, "form": "0" * 64, "seen": NOW.isoformat()}
        return client.open(path, method=method, base_url=PORTAL, **told)

    def _asked_by_program(self, method: str, rule: str, headers: dict[str, str]) -> dict[str, Any]:
        """Make what a program sends that asks about somebody, or sets a hold."""
        from habeas_fulfilment.subject_keys import SECRET, SubjectKey

        if rule == "/may-process":
            somebody = SubjectKey(self.context.keys.secret("fulfilment", SECRET), HERE).of("email", "a@example.com")
            asked = {"controller": HERE, "purpose": "newsletter"}
            if method == "GET":
                return {"query_string": asked, "headers": {**headers, "Subject-Key": somebody}}
            return {"json": {**asked, "people": [[somebody]]}}
        if rule == "/processor-callbacks":
            return {"data": CALL}
        if rule == "/import-check":
            return {"json": {"controller": HERE, "people": [{"email": "a@example.com"}]}}
        if rule == "/legal-holds" and method == "POST":
            return {"json": {"controller": HERE, "activity": "orders", "reason": "a dispute", "law": "a law"}}
        return {"json": {"why": "settled"}} if rule.endswith("/lift") else {}

    def _watch(self) -> None:
        """Note which view was reached: a door that refuses reaches none."""
        for endpoint, view in list(self.app.view_functions.items()):
            self.app.view_functions[endpoint] = self._noting(endpoint, view)

    def _noting(self, endpoint: str, view: Any) -> Any:
        @wraps(view)
        def noted(*args: Any, **values: Any) -> Any:
            self.reached.append(endpoint)
            return view(*args, **values)

        return noted

    def _hold(self, client: Any, caller: str, access: Access, parts: Mapping[str, str], *, stale: bool) -> None:
        """Put into a browser what this caller has: on every path, so that only the door can refuse it."""
        host = "127.0.0.1"
        client.set_cookie(BROWSER, COOKIE, domain=host)
        client.set_cookie(self.app.config["SESSION_COOKIE_NAME"], self._session, domain=host)
        if caller in ("subject", "other subject"):
            case = self.case if caller == "subject" else self.other_case
            grants = [self._grant("subject", case, "case", case=case)]
            grants += [self._grant("subject", case, access.purpose_for(parts), case=case, once=True)]
        elif caller in (*ROLES, "elsewhere", "signed out"):
            session, secret = self._sign_in(caller)
            grants = [self._of_agent(caller, session, "console")]
            grants += [self._of_agent(caller, session, access.purpose_for(parts), once=True)]
            client.set_cookie("habeas_session", secret, domain=host, path="/agents")
        else:
            return
        names = (grant_cookie, act_cookie)[: 1 if stale else 2]
        for name, grant in zip(names, grants, strict=False):
            client.set_cookie(
                name(self.name, secure=False), mint(self.context.keys.signer("identity"), grant), domain=host
            )

    def _of_agent(self, caller: str, session: str, purpose: str, *, once: bool = False) -> Grant:
        roles = (caller,) if caller in ROLES else ROLES
        controllers = (ELSEWHERE,) if caller == "elsewhere" else ()
        person = self._account(caller)[1] if self.name == "identity" else caller
        told = {"roles": roles, "controllers": controllers, "session": session, "once": once}
        return self._grant("agent", person, purpose, **told)

    def _grant(self, kind: str, person: str, purpose: str, **more: Any) -> Grant:
        told = {"roles": (), "controllers": (), "case": "", "session": "", "once": False, **more}
        shown = {"service": self.name, "purpose": purpose, "browser": OWN}
        return Grant(id=uuid7(), kind=kind, person=person, issued=NOW, expires=NOW + LIFE, **shown, **told)

    def _bearer(self, caller: str) -> str:
        """Return what a machine shows."""
        if caller in KEYS:
            return KEYS[caller]
        if caller == "upload ticket":
            return self._admission()
        if caller == "release ticket":
            told = self._grant("subject", self.case, "release", case=self.case, once=True)
        else:
            told = self._of_agent("officer", self._sign_in("officer")[0], "evidence", once=True)
        owner = "fulfilment" if caller == "release ticket" else "identity"
        return mint(self.context.keys.signer("identity"), replace(told, service=owner, browser=""))

    def _admission(self) -> str:
        from habeas_fulfilment.admissions import Admission, write_admission

        expires = NOW + timedelta(days=1)
        admission = Admission(self._parts["order"], f"orders/{self._parts['order']}/", 1000, expires)
        return write_admission(self.context.keys.signer("fulfilment"), admission)

    @cached_property
    def _parts(self) -> dict[str, str]:
        """What paths name beside the case."""
        known = {"controller": HERE, "digest": "0" * 64, "name": "extend", "system": "shop"}
        known |= {"order": UNKNOWN, "part": "0", "number": REQUEST["subject_request_id"]}
        known |= {"hold": self.hold, "act": "uphold"}
        return {**known, "right": "objection", "evidence": UNKNOWN, "provider": "none", "group": self._group()}

    @cached_property
    def _csrf(self) -> tuple[str, str]:
        """A form's token, and the session cookie that goes with it."""
        signing = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        token = URLSafeTimedSerializer(self.app.secret_key or "", salt="wtf-csrf-token").dumps(FORM)
        return str(token), str(signing.dumps({"csrf_token": FORM}))

    @property
    def _token(self) -> str:
        return self._csrf[0]

    @property
    def _session(self) -> str:
        return self._csrf[1]

    def _fill(self) -> None:
        getattr(self, f"_fill_{self.name}")()

    def _fill_intake(self) -> None:
        from habeas_intake.guards import digest_of
        from habeas_intake.models import ApiKey, EndedSession, ProcessorRequest

        with self.context.transaction() as tx:
            for name, key in KEYS.items():
                of = {"key": [HERE], "other key": []}.get(name, [ELSEWHERE])
                tx.session.add(ApiKey(name=name, digest=digest_of(key), added_at=tx.now, controllers=of))
            tx.session.add(EndedSession(session=self._sign_in("signed out")[0], at=tx.now))
        self.case, self.other_case = self._asked("key"), self._asked("other key")
        with self.context.transaction() as tx:
            told = {"callbacks": [], "received_at": tx.now, "told": "pending", "open": True}
            number = REQUEST["subject_request_id"]
            tx.session.add(ProcessorRequest(asked_by="key", number=number, case_id=self._asked("key"), **told))
        with self.context.transaction() as tx:
            held = _case_of(tx, self._asked("key"))
            held.held, held.held_from, held.held_like = "network", "n", "l"

    def _asked(self, by: str) -> str:
        from habeas_intake.actions import open_case
        from habeas_intake.applications import read_application

        given = {"rights": ["access"], "identifiers": {"email": f"{uuid7()}@example.com"}}
        known = {"channel": "api", "opened_by": by, "token": uuid7()}
        with self.context.transaction() as tx:
            return open_case(tx, read_application(self.context.profiles[HERE], given, **known)).case

    def _fill_identity(self) -> None:
        self.case, self.other_case = self._opened(), self._opened()

    def _fill_fulfilment(self) -> None:
        from habeas_fulfilment.actions.holding import NewHold, set_hold
        from habeas_fulfilment.guards import digest_of
        from habeas_fulfilment.models import EndedSession, ProgramKey

        self.case, self.other_case = self._opened(), self._opened()
        with self.context.transaction() as tx:
            tx.session.add(EndedSession(session=self._sign_in("signed out")[0], ended_at=tx.now))
            for name, key in KEYS.items():
                of, holds = [ELSEWHERE if name == "key elsewhere" else HERE], name != "other key"
                row = ProgramKey(name=name, digest=digest_of(key), added_at=tx.now, controllers=of, holds=holds)
                tx.session.add(row)
            self.hold = set_hold(tx, NewHold(HERE, "", "orders", "", "a dispute", "a law", None), "somebody")

    def _fill_notifier(self) -> None:
        self.case, self.other_case = random_id(), random_id()

    def _opened(self) -> str:
        event = CaseOpened(
            case=random_id(),
            reference="H-7K3M-9QXA",
            controller=HERE,
            rights=["access"],
            capacity="self",
            language="en",
            received_at=NOW.isoformat(),
            respond_by={"access": "2026-12-22"},
            browser="b" * 64,
            held=False,
        )
        claimed = {"identifiers": {"email": ["anna@example.com"]}, "assertion": "", "acting": {}}
        deliver(self.context, event, source="intake", sealed=claimed if self.name == "identity" else None)
        run(self.context)
        return event.case

    def _group(self) -> str:
        if self.name != "intake":
            return "none"
        from habeas_intake.holding import list_groups

        with self.context.reading() as tx:
            [group] = list_groups(tx)
        return group.id

    def _account(self, caller: str) -> tuple[str, str]:
        """Return an agent's account and person."""
        from habeas_identity.agents import add_agent, find_account
        from habeas_identity.contents import AgentDetails

        if caller not in self.accounts:
            roles = (caller,) if caller in ROLES else ROLES
            of = (ELSEWHERE,) if caller == "elsewhere" else ()
            details = AgentDetails(caller, f"{caller.replace(' ', '.')}@example.com")
            with self.context.transaction() as tx:
                found = find_account(tx, add_agent(tx, details, roles, controllers=of))
            assert found is not None
            self.accounts[caller] = found.id, found.person
        return self.accounts[caller]

    def _sign_in(self, caller: str) -> tuple[str, str]:
        """Return a session and its secret; a new one where the last was ended by what was called."""
        from habeas_identity.sessions import begin_session, end_session, find_session

        if self.name != "identity":
            return f"session of {caller}", ""
        account, _ = self._account(caller)
        known = self.sessions.get(caller)
        with self.context.transaction() as tx:
            if known and (caller == "signed out" or find_session(tx, known[1], OWN)):
                return known
            secret = begin_session(tx, account, OWN, method="openid")
            tx.session.flush()
            found = find_session(tx, secret, OWN)
            assert found is not None
            if caller == "signed out":
                end_session(tx, found.session)
        self.sessions[caller] = found.session, secret
        return self.sessions[caller]


def _case_of(tx: Any, case: str) -> Any:
    from habeas_intake.models import Case

    return tx.session.get_one(Case, case)

"""An access case in fulfilment: from the proof to the package in the store."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from habeas.crypto.canonical import read_base64
from habeas.crypto.signing import Signed
from habeas.digests import SALT
from habeas.events import AnswerReady, CaseGathered, IdentityProved, SystemFailed
from habeas.sdk import Outcome
from habeas.testing.house import deliver, parked, run
from habeas.warrants import check_warrant, issue_proof
from habeas_fulfilment.actions import retry_order
from habeas_fulfilment.models import SystemOrder


def test_a_case_asks_nobody_before_its_person_is_proved(desk):
    case = desk.open("access", "erasure")
    assert desk.orders(case) == []
    assert desk.leaves(case) == ["case.accepted"]


def test_a_proof_that_overtakes_its_case_waits_for_it(desk):
    case = "0d0f3a55-5c4f-4f0e-9b93-0d8ed4f7a111"
    desk.prove(case)
    assert parked(desk.context) == []
    desk.open("access", case=case)
    desk.clock.advance(timedelta(seconds=2))
    run(desk.context)
    assert len(desk.orders(case)) == 3


def test_a_proved_access_case_asks_every_system_to_export(desk):
    case = desk.proved("access")
    orders = desk.orders(case)
    assert {(each.recipient, each.event.operation) for each in orders} == {
        ("connect-shop", "export"),
        ("connect-newsletter", "export"),
        ("connect-applications", "export"),
    }


def test_an_order_carries_a_warrant_that_its_runner_believes(desk):
    case = desk.proved("access")
    for order in desk.orders(case):
        warrant = check_warrant(
            Signed.from_object(order.event.warrant),
            desk.context.keys.directory(),
            system=order.event.system,
            operation="export",
            case=case,
            order=order.event.order,
            scope=order.sealed["scope"],
            identifiers=order.sealed["identifiers"],
            now=desk.clock.now(),
        )
        assert warrant.plan == ()


def test_a_package_is_made_when_every_system_has_answered(desk):
    case = desk.packaged()
    assert [(each.state, each.right, each.kind) for each in desk.answers(case)] == [("ready", "access", "package")]
    assert desk.said(AnswerReady, case) == [AnswerReady(case=case, kind="package", right="access", days=14)]
    assert desk.said(SystemFailed) == []
    assert desk.leaves(case) == [
        "case.accepted",
        "identity.accepted",
        *["order.given"] * 3,
        *["order.answered"] * 3,
        "answer.made",
    ]


def test_the_package_accounts_for_every_system_and_says_what_article_15_asks(small, read_bag):
    case = small.packaged()
    with read_bag(small, case) as bag:
        manifest = json.loads(bag.read("data/manifest.json"))
        page = bag.read("data/index.html").decode()
    assert {each["name"]: each["outcome"] for each in manifest["systems"]} == {
        "shop": "found",
        "newsletter": "found",
        "applications": "nothing",
    }
    assert "Brevduvan AB" in page, "a subscription was found: whoever sends the letters is named"
    assert "Skatteverket" not in page, "no invoice was found: nobody received one"


@pytest.mark.parametrize(
    ("passport", "told"),
    [
        ({"proved_on": "2026-08-01", "against": "shop 7", "state": "stale"}, "stale"),
        ({"proved_on": "yesterday", "against": "shop 7", "state": "stale"}, "broken"),
        ({"proved_on": "", "against": "shop 7", "state": "fresh"}, "broken"),
        ({"proved_on": "2026-08-01", "against": 7, "state": "fresh"}, "broken"),
        ({"proved_on": "2026-08-01", "against": "shop", "state": "fresh", "person": "anna"}, "broken"),
    ],
    ids=["stale", "no day", "fresh without a day", "against a number", "a key too many"],
)
def test_what_a_runner_tells_of_its_passport_is_said_in_the_manifest_as_far_as_it_is_one(
    small, read_bag, passport, told
):
    case = small.proved("access")
    for order in small.orders(case, "export"):
        lines = small.exported[order.event.system]
        small.answer(order, lines, passport=passport if order.event.system == "shop" else {})
    small.work()
    bag = read_bag(small, case)
    proofs = {each["name"]: each["connector_proof"] for each in json.loads(bag.read("data/manifest.json"))["systems"]}
    assert (proofs["shop"]["state"], proofs["newsletter"]) == (told, None)


def test_no_package_is_made_while_a_system_is_silent(small):
    case = small.proved("access")
    for order in small.orders(case)[:2]:
        small.answer(order)
    small.work()
    assert small.answers(case) == []
    assert small.said(CaseGathered) == []


def test_no_package_is_made_while_a_system_has_failed(small):
    case = small.proved("access")
    first, *others = small.orders(case)
    small.fail(first)
    for order in others:
        small.answer(order)
    small.work()
    assert small.answers(case) == []
    assert small.said(SystemFailed, case) == [
        SystemFailed(case=case, system=first.event.system, operation="export", reason="the system is away")
    ]
    assert sorted(each.state for each in small.rows(case)) == ["answered", "answered", "failed"]


def test_a_failed_system_may_still_answer_and_the_package_is_made(small):
    case = small.proved("access")
    first, *others = small.orders(case)
    small.fail(first, final=False)
    for order in [*others, first]:
        small.answer(order)
    small.work()
    assert [each.state for each in small.answers(case)] == ["ready"]


def test_a_system_that_may_be_missing_does_not_hold_the_package_up(tmp_path, make_desk, read_bag):
    desk = make_desk(connector__files="connector: files\n    required: false")
    case = desk.proved("access")
    for order in desk.orders(case):
        if order.event.system == "applications":
            desk.fail(order)
        else:
            desk.answer(order)
    desk.work()
    with read_bag(desk, case) as bag:
        manifest = json.loads(bag.read("data/manifest.json"))
    assert {each["name"]: each["outcome"] for each in manifest["systems"]}["applications"] == "failed"


def test_a_second_good_answer_changes_nothing(small):
    case = small.proved("access")
    first, *_ = small.orders(case)
    small.answer(first)
    small.answer(first, [{"kind": "x"}])
    small.work()
    assert [each.outcome for each in small.rows(case) if each.state == "answered"] == ["nothing"]
    assert "order.answered_again" in small.leaves(case)


def test_a_portable_copy_leaves_out_what_was_not_given_under_consent_or_contract(small, read_bag):
    case = small.packaged("portability")
    with read_bag(small, case, "portability") as bag:
        names = bag.namelist()
    assert "data/systems/shop/customers.json" in names
    assert "data/systems/shop/logins.json" not in names


def test_access_and_portability_are_made_of_the_same_answers(small):
    case = small.packaged("access", "portability")
    assert len(small.orders(case)) == 3
    assert [(each.right, each.state) for each in small.answers(case)] == [("access", "ready"), ("portability", "ready")]


def test_a_record_of_a_stranger_never_gets_into_a_package(small):
    case = small.proved("access")
    stranger = {
        "kind": "customers",
        "key": "1018",
        "activity": "customer_account",
        "data": {"name": "Berit"},
        "dated": None,
        "matches": {"email": "berit@example.com"},
        "attachments": [],
    }
    for order in small.orders(case):
        small.answer(order, [stranger] if order.event.system == "shop" else [])
    small.work()
    assert [(each.state, each.right) for each in small.answers(case)] == [("stuck", "access")]
    assert [each.system for each in small.said(SystemFailed, case)] == ["shop"]
    assert parked(small.context) == []


@pytest.mark.parametrize("lines", [[1], [{}], ["x"], [{"kind": 1}], [None]], ids=str)
def test_a_garbled_result_fails_its_system_and_a_new_one_heals_it(small, lines):
    case = small.proved("access")
    for order in small.orders(case):
        small.answer(order, lines if order.event.system == "shop" else [])
    small.work()
    assert [each.state for each in small.answers(case)] == ["stuck"]
    assert [each.system for each in small.said(SystemFailed, case)] == ["shop"]
    [failed] = [each for each in small.rows(case) if each.state == "failed"]
    with small.context.transaction() as tx:
        retry_order(tx, case, failed.id, "agent-1")
    small.answer(small.orders(case)[-1])
    small.work()
    assert [each.state for each in small.answers(case)] == ["ready"]


def test_a_result_swapped_between_cases_does_not_open(small):
    first, second = small.proved("access"), small.proved("access")
    shop = {case: next(o for o in small.orders(case) if o.event.system == "shop") for case in (first, second)}
    record = {
        "kind": "customers",
        "key": "1",
        "activity": "orders",
        "data": {"a": 1},
        "dated": None,
        "matches": {"email": "anna.canary@example.com"},
        "attachments": [],
    }
    for case in (first, second):
        small.answer(shop[case], [record])
    small.work()
    with small.context.transaction() as tx:
        rows = [tx.session.get(SystemOrder, shop[case].event.order) for case in (first, second)]
        rows[0].content, rows[1].content = rows[1].content, rows[0].content
    for case in (first, second):
        for order in small.orders(case):
            if order.event.system != "shop":
                small.answer(order)
    small.work()
    for case in (first, second):
        assert [each.state for each in small.answers(case)] == ["stuck"]
    assert rows[0].outcome == Outcome.FOUND


def test_what_is_personal_stands_only_in_encrypted_columns(small):
    small.packaged()
    small.planned("erasure")
    plain = b"".join(path.read_bytes() for path in (small.context.settings.data).rglob("*") if path.is_file())
    assert b"anna.canary" not in plain
    assert b"1017" not in plain


@pytest.mark.parametrize(
    "changes",
    [
        {"case": "11111111-1111-4111-8111-111111111111"},
        {"identifiers": {"email": ["eve@example.com"], SALT: ["5a" * 32]}},
        {"expires": None},
    ],
    ids=["case", "person", "expired"],
)
def test_a_proof_that_does_not_fit_is_parked_and_asks_nobody(small, changes):
    case = small.open("access")
    if "expires" in changes:
        changes = {"now": small.clock.now() - timedelta(days=2), "expires": small.clock.now() - timedelta(days=1)}
    small.prove(case, **changes)
    assert small.orders(case) == []
    assert len(parked(small.context)) == 1


def test_a_proof_that_fulfilment_signed_itself_is_refused(small):
    case = small.open("access")
    signed = issue_proof(
        small.context.keys.signer("identity"),
        case=case,
        assurance="A2",
        method="mailbox+phone",
        identifiers=small.identifiers,
        now=small.clock.now(),
        expires=small.clock.now() + timedelta(days=1),
    )
    own = small.context.keys.signer("fulfilment").sign(signed.payload_type, signed.payload)
    for forged in (own, replace(own, owner="identity"), replace(signed, signature=own.signature)):
        event = IdentityProved(case=case, assurance="A2", method="mailbox+phone", proof=forged.to_object())
        deliver(small.context, event, source="identity", sealed={"identifiers": small.identifiers})
        run(small.context)
    assert small.orders(case) == []


def test_a_case_opened_twice_is_parked(small):
    case = small.open("access")
    small.open("erasure", case=case)
    assert parked(small.context) == ["a case of this id was opened before"]


def test_a_case_of_an_unknown_controller_is_parked(small):
    small.open("access", controller="nobody")
    assert len(parked(small.context)) == 1


def test_each_case_has_a_key_of_its_own(small):
    keys = {read_base64(small.orders(small.proved("access"))[0].event.case_key) for _ in range(3)}
    assert len(keys) == 3

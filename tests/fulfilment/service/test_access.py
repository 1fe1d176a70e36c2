"""An access case in fulfilment: from the proof to the package in the store."""

from habeas.events import AnswerReady, SystemFailed


def test_a_proved_access_case_asks_every_system_to_export(desk):
    case = desk.proved("access")
    orders = desk.orders(case)
    assert {(each.recipient, each.event.operation) for each in orders} == {
        ("connect-shop", "export"),
        ("connect-newsletter", "export"),
        ("connect-applications", "export"),
    }


def test_a_package_is_made_when_every_system_has_answered(desk):
    case = desk.packaged()
    assert [(each.state, each.right, each.kind) for each in desk.answers(case)] == [("ready", "access", "package")]
    assert desk.said(AnswerReady, case) == [AnswerReady(case=case, kind="package", right="access", days=14)]
    assert desk.said(SystemFailed) == []

"""The console's pages of limits and holds: for those who decide, with a ground, in both languages."""

import pytest
from fulfilment.limits.conftest import CONTROLLER


def test_what_waits_for_a_decision_is_shown_with_both_ways_out(small):
    case = small.desk.proved("objection")
    page = small.agent("approver").get(f"/plan/{case}").text
    assert "Stopped until somebody decides: Stop using it" in page
    for act in ("uphold", "refuse"):
        assert f"/plan/{case}/limits/objection/{act}" in page
    assert "limits/objection/refuse" not in small.agent("auditor").get(f"/plan/{case}").text


def test_a_refusal_says_why_and_tells_the_person_first(small):
    case = small.desk.proved("objection")
    agent, path = small.agent("approver"), f"/plan/{case}/limits/objection/refuse"
    assert "The person is told first" in agent.get(path).text
    wrong = agent.post(path, {"activity": "security", "ground": ""}, page=path)
    assert wrong.status_code == 422
    assert "Say why, in at most a thousand characters." in wrong.text
    told = agent.post(path, {"activity": "security", "ground": "Fraud would go unseen"}, page=path)
    assert told.status_code == 303
    assert small.told(case) == ["2026-11-29"]
    page = agent.get(f"/plan/{case}").text
    assert "the person is being told that it ends" in page
    assert "Fraud would go unseen" in page
    small.tell(case, told=False)
    page = agent.get(f"/plan/{case}")
    assert "The person could not be told, so nothing is lifted" in page.text
    path = f"/plan/{case}/limits/objection/tell"
    assert agent.post(path, {"told": "by_hand"}, page=f"/plan/{case}").status_code == 303
    small.wait(8)
    assert small.may("security")
    assert "Goes on" in small.agent("approver").get(f"/plan/{case}").text


def test_upholding_and_lifting_have_their_pages(small):
    case = small.desk.proved("objection")
    agent, base = small.agent("approver"), f"/plan/{case}/limits/objection"
    assert agent.get(f"{base}/lift").status_code == 200, "marketing stands already"
    assert (
        agent.post(f"{base}/uphold", {"activity": "security", "ground": "ok"}, page=f"{base}/uphold").status_code == 303
    )
    assert agent.get(f"{base}/uphold").status_code == 404, "nothing is left to decide"
    page = agent.get(f"{base}/lift").text
    assert "Newsletter" in page
    assert "Sign-ins and security" in page


@pytest.mark.parametrize("role", ["agent", "approver", "officer", "auditor"])
def test_only_who_may_decide_decides(small, role):
    case = small.desk.proved("objection")
    allowed = role in ("agent", "approver")
    path = f"/plan/{case}/limits/objection/uphold"
    assert small.agent(role).get(path).status_code == (200 if allowed else 403)


@pytest.mark.parametrize("language", ["en", "sv"])
def test_every_page_speaks_both_languages(small, language):
    case = small.desk.proved("restriction", "objection")
    for path in (f"/plan/{case}", f"/plan/{case}/limits/restriction/refuse", f"/plan/{case}/limits/objection/lift"):
        page = small.agent("approver").get(f"{path}?language={language}")
        assert page.status_code == 200
        assert f'lang="{language}"' in page.text
        assert page.text.count("button-primary") <= 1
    page = small.agent("officer", path="/holds").get(f"/holds?language={language}")
    assert page.status_code == 200
    assert f'lang="{language}"' in page.text


HOLD = {"controller": CONTROLLER, "activity": "orders", "reason": "A dispute", "law": "Article 17(3)(e) GDPR"}


def test_one_officer_sets_a_hold_and_another_lifts_it(small):
    one = small.agent("officer", person="o1", path="/holds")
    assert "Nothing is held." in one.get("/holds").text
    assert one.post("/holds", HOLD, page="/holds").status_code == 303
    page = one.get("/holds").text
    assert "You set it: another person has to lift it." in page
    [leaf] = small.leaves("hold.set")
    path = f"/holds/{leaf['hold']}/lift"
    assert one.post(path, {"why": "settled"}, page="/holds").status_code == 409
    two = small.agent("officer", person="o2", path="/holds")
    assert two.post(path, {"why": ""}, page="/holds").status_code == 422
    assert two.post(path, {"why": "settled"}, page="/holds").status_code == 303
    assert "settled" in two.get("/holds").text
    assert [(each["by"], each["why"]) for each in small.leaves("hold.lifted")] == [("o2", "settled")]


def test_a_hold_with_faults_is_asked_for_again_with_all_that_was_typed(small):
    officer = small.agent("officer", path="/holds")
    wrong = officer.post("/holds", {**HOLD, "law": "", "until": "tomorrow", "reason": "Kept typed"}, page="/holds")
    assert wrong.status_code == 422
    assert "Name the law" in wrong.text
    assert "Write a day from today on" in wrong.text
    assert "Kept typed" in wrong.text


def test_an_auditor_sees_holds_and_sets_none_and_an_agent_sees_none(small):
    auditor = small.agent("auditor", path="/holds")
    page = auditor.get("/holds")
    assert page.status_code == 200
    assert "<form" not in page.text.split('id="main"')[1]
    assert small.agent("agent", path="/holds").get("/holds").status_code == 403

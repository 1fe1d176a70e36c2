"""What states, rights and events are called on the console's pages, in the language of the page."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext

from habeas.errors import Fault


def right_label(right: str) -> str:
    """Call a right by the short name that agents use."""
    words = {"access": gettext("access"), "erasure": gettext("erasure"), "complaint": gettext("complaint")}
    return str(words.get(right, right))


def state_label(state: str) -> str:
    """Say where a right or a case stands."""
    words = {
        "received": gettext("waits for proof"),
        "proved": gettext("being searched"),
        "to_approve": gettext("waits for approval"),
        "approved": gettext("being erased"),
        "answered": gettext("answered"),
        "closed": gettext("fetched"),
    }
    return str(words.get(state, state))


def event_label(kind: str) -> str:
    """Say what happened."""
    words = {
        "case.opened": gettext("The case was opened"),
        "identity.proved": gettext("The person confirmed who they are"),
        "identity.unmatched": gettext("No stored address fits"),
        "plan.made": gettext("A plan waits for approval"),
        "approval.given": gettext("The plan was approved"),
        "extension.decided": gettext("More time was decided; the person is being told"),
        "case.extended": gettext("The person was told in time: the dates moved"),
        "complaint.answered": gettext("The complaint was answered; the person is being told"),
        "complaint.told": gettext("The person was told: the complaint is closed"),
        "extension.void": gettext("The person was told too late: nothing moved"),
        "system.failed": gettext("A system failed"),
        "answer.ready": gettext("The answer is ready"),
        "answer.handed_out": gettext("The answer was fetched"),
        "message.sent": gettext("A letter was written"),
    }
    return str(words.get(kind, kind))


def fact_label(kind: str, facts: Mapping[str, Any]) -> str:
    """Say what is known of something that happened, in the words of agents; nothing for what speaks for itself."""
    known: dict[str, Callable[[], str]] = {
        "case.opened": lambda: ", ".join(right_label(right) for right in facts["rights"]),
        "identity.proved": lambda: gettext("assurance %(assurance)s, by %(method)s", **facts),
        "identity.unmatched": lambda: str(facts["reason"]),
        "plan.made": lambda: _plan(facts["counts"]),
        "approval.given": lambda: gettext("by %(agent)s", agent=facts["agent"]),
        "extension.decided": lambda: gettext(
            "%(reason)s, by %(agent)s", reason=reason_label(facts["reason"]), agent=facts["agent"]
        ),
        "extension.void": lambda: str(facts["reason"]),
        "complaint.answered": lambda: gettext(
            "%(reason)s, by %(agent)s", reason=outcome_label(facts["outcome"]), agent=facts["agent"]
        ),
        "system.failed": lambda: f"{facts['system']}: {facts['reason']}",
        "answer.ready": lambda: right_label(facts["right"]),
        "answer.handed_out": lambda: gettext(
            "%(right)s, time %(times)s", right=right_label(facts["right"]), times=facts["times"]
        ),
        "message.sent": lambda: f"{_message(facts['message'])}: {_outcome(facts['outcome'])}",
    }
    return str(known[kind]()) if kind in known else ""


def reason_label(reason: str) -> str:
    """Name the reason of an extension."""
    words = {
        "complexity": gettext("The request is complex"),
        "number_of_requests": gettext("The person has made many requests"),
    }
    return str(words.get(reason, reason))


def outcome_label(outcome: str) -> str:
    """Name how a complaint ends."""
    words = {
        "upheld": gettext("The person is right"),
        "in_part": gettext("The person is right in part"),
        "not_upheld": gettext("It was handled as it should be"),
    }
    return str(words.get(outcome, outcome))


def _plan(counts: Mapping[str, int]) -> str:
    words = {
        "erase": gettext("erase %(count)s", count=counts.get("erase", 0)),
        "keep": gettext("keep %(count)s", count=counts.get("keep", 0)),
        "person": gettext("for a person %(count)s", count=counts.get("person", 0)),
    }
    return ", ".join(words[each] for each in words if counts.get(each))


def _message(message: str) -> str:
    words = {
        "acknowledgement": gettext("receipt to the address that was typed in"),
        "challenge": gettext("code to the stored address"),
        "extension": gettext("that more time is needed"),
        "complaint_answer": gettext("how the complaint ended"),
        "invitation": gettext("where to confirm who asks, to the stored address"),
        "answer_ready": gettext("that the answer is ready"),
        "handed_out": gettext("that the answer was fetched"),
    }
    return str(words.get(message, message))


def _outcome(outcome: str) -> str:
    words = {"sent": gettext("sent"), "held": gettext("not sent"), "failed": gettext("could not be sent")}
    return str(words.get(outcome, outcome))


def sentence(fault: Fault) -> str:
    """Say what is wrong with one field, and what to do."""
    problem, remedy = str(gettext(fault.problem)), str(gettext(fault.remedy)) if fault.remedy else ""
    return f"{problem[:1].upper()}{problem[1:]}" + (f": {remedy}." if remedy else ".")

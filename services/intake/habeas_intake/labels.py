# long because every word that agents read of a case stands in one place
"""What states, rights and events are called on the console's pages, in the language of the page."""

from collections import Counter
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
        "refused": gettext("refused"),
    }
    return str(words.get(state, state))


def event_label(kind: str) -> str:
    """Say what happened."""
    words = {
        "case.opened": gettext("The case was opened"),
        "case.let_through": gettext("It was let out of the holding pen"),
        "flood.refused": gettext("It was refused as part of a flood"),
        "request.withdrawn": gettext("The company that it came from took it back"),
        "identity.proved": gettext("The person confirmed who they are"),
        "identity.unmatched": gettext("No stored address fits"),
        "mandate.answered": gettext("The person said whether somebody asks for them"),
        "call.asked": gettext("The person wants to be called"),
        "evidence.cleaned": gettext("A signed letter came"),
        "evidence.decided": gettext("The letter was looked at and destroyed"),
        "claim.extended": gettext("The person told more of who they are"),
        "case.unidentified": gettext("The person was told that they could not be identified"),
        "case.frozen": gettext("The person said that they had not asked: the case is stopped"),
        "freeze.contested": gettext("Somebody showed that it was them after all"),
        "case.thawed": gettext("Two people let the case go on"),
        "contact.changed": gettext("Letters go to another address"),
        "processing.limited": gettext("What was asked is stopped"),
        "processing.released": gettext("What was stopped goes on again"),
        "plan.made": gettext("A plan waits for approval"),
        "approval.given": gettext("The plan was approved"),
        "extension.decided": gettext("More time was decided; the person is being told"),
        "case.extended": gettext("The person was told in time: the dates moved"),
        "complaint.answered": gettext("The complaint was answered; the person is being told"),
        "complaint.told": gettext("The person was told: the complaint is closed"),
        "extension.void": gettext("The person was told too late: nothing moved"),
        "system.failed": gettext("A system failed"),
        "task.opened": gettext("A person has to do something in a system"),
        "task.done": gettext("A person did what was to be done in a system"),
        "answer.ready": gettext("The answer is ready"),
        "answer.handed_out": gettext("The answer was fetched"),
        "absence.checked": gettext("It was looked whether what was erased is gone"),
        "residue.found": gettext("Something that was erased is there"),
        "message.sent": gettext("A letter was written"),
        "case.assigned": gettext("The case changed hands"),
        "case.revealed": gettext("Somebody who does not have the case read what the person told"),
    }
    return str(words.get(kind, kind))


def fact_label(kind: str, facts: Mapping[str, Any]) -> str:
    """Say what is known of something that happened, in the words of agents; nothing for what speaks for itself."""
    known: dict[str, Callable[[], str]] = {
        "case.opened": lambda: ", ".join(
            [right_label(right) for right in facts["rights"]]
            + ([capacity_label(facts["capacity"], facts["by"])] if "capacity" in facts else [])
            + ([limit_label(facts["held"])] if "held" in facts else [])
        ),
        "identity.proved": lambda: gettext("assurance %(assurance)s, by %(method)s", **facts),
        "identity.unmatched": lambda: str(facts["reason"]),
        "evidence.cleaned": lambda: gettext("nothing could be made of it") if facts["reason"] else "",
        "evidence.decided": lambda: gettext(
            "%(reason)s, by %(agent)s", reason=seen_label(facts["seen"]), agent=facts["agent"]
        ),
        "mandate.answered": lambda: gettext("yes") if facts["given"] else gettext("no: the case is closed to them"),
        "claim.extended": lambda: _asked_again(facts["passed"]),
        "case.unidentified": lambda: gettext(
            "%(reason)s, by %(agent)s", reason=unidentified_label(facts["reason"]), agent=facts["by"]
        ),
        **dict.fromkeys(("processing.limited", "processing.released"), lambda: ", ".join(facts["activities"])),
        "plan.made": lambda: _plan(facts["counts"]),
        "case.let_through": lambda: gettext("by %(agent)s", agent=facts["agent"]),
        "flood.refused": lambda: gettext(
            "%(reason)s, proposed by %(first)s, agreed by %(second)s",
            reason=flood_label(facts["why"]),
            first=facts["proposed_by"],
            second=facts["refused_by"],
        ),
        "approval.given": lambda: gettext("by %(agent)s", agent=facts["agent"]),
        "extension.decided": lambda: gettext(
            "%(reason)s, by %(agent)s", reason=reason_label(facts["reason"]), agent=facts["agent"]
        ),
        "extension.void": lambda: str(facts["reason"]),
        "complaint.answered": lambda: gettext(
            "%(reason)s, by %(agent)s", reason=outcome_label(facts["outcome"]), agent=facts["agent"]
        ),
        "system.failed": lambda: f"{facts['system']}: {facts['reason']}",
        "task.opened": lambda: str(facts["system"]),
        "task.done": lambda: gettext("%(system)s, by %(agent)s", system=facts["system"], agent=facts["agent"]),
        "case.assigned": lambda: _hands(facts),
        "case.revealed": lambda: f"{facts['agent']}: {reading_label(facts['reason'])}",
        "answer.ready": lambda: right_label(facts["right"]),
        "answer.handed_out": lambda: gettext(
            "%(right)s, time %(times)s", right=right_label(facts["right"]), times=facts["times"]
        ),
        "absence.checked": lambda: ", ".join(
            f"{absence_label(each)} {count}" for each, count in sorted(Counter(facts["outcomes"].values()).items())
        ),
        "residue.found": lambda: f"{facts['system']}: {absence_label(facts['outcome'])} ({facts['count']})",
        "message.sent": lambda: f"{_message(facts['message'])}: {_outcome(facts['outcome'])}",
    }
    return str(known[kind]()) if kind in known else ""


def absence_label(outcome: str) -> str:
    """Say what a look after an erasure saw in a system."""
    words = {
        "absent": gettext("gone"),
        "residual": gettext("never went"),
        "reappeared": gettext("there again"),
        "unverifiable": gettext("cannot be checked"),
        "known": gettext("may stay"),
    }
    return str(words.get(outcome, outcome))


def capacity_label(capacity: str, by: str) -> str:
    """Say for whom somebody asks, and who they are."""
    words = {
        "authorised": gettext("%(by)s asks for the person", by=by),
        "guardian": gettext("%(by)s asks as a guardian", by=by),
        "estate": gettext("%(by)s asks for somebody who died", by=by),
    }
    return str(words.get(capacity, capacity))


def _asked_again(passed: bool) -> str:
    return str(gettext("the systems are asked again") if passed else gettext("too many cases are about it in a day"))


def unidentified_label(reason: str) -> str:
    """Say why a person cannot be identified."""
    words = {
        "nothing_fits": gettext("Nothing that the company holds fits what they told"),
        "several_fit": gettext("More than one person fits it"),
        "not_shown": gettext("Nobody answered from the stored address"),
        "doubts": gettext("There are reasons to doubt that it is them"),
    }
    return str(words.get(reason, reason))


def limit_label(limit: str) -> str:
    """Say which limit keeps a case in the holding pen."""
    words = {
        "network": gettext("too many from one network in an hour"),
        "recipient": gettext("too many with one address to write to in a day"),
        "person": gettext("too many about one person in a day"),
        "controller": gettext("too many for one company in an hour"),
        "all": gettext("too many in all in an hour"),
    }
    return str(words.get(limit, limit))


def flood_label(why: str) -> str:
    """Say what makes held cases a flood."""
    words = {
        "repeated": gettext("The same was asked again and again"),
        "automated": gettext("A program sent them in nobody's name"),
    }
    return str(words.get(why, why))


def reading_label(reason: str) -> str:
    """Say why somebody read what the person of a case told."""
    words = {
        "covering": gettext("I stand in for whoever has it"),
        "asked": gettext("A colleague asked me to look"),
        "in_touch": gettext("The person is in touch with me"),
        "checking": gettext("I check how the case is handled"),
    }
    return str(words.get(reason, reason))


def reason_label(reason: str) -> str:
    """Name the reason of an extension."""
    words = {
        "complexity": gettext("The request is complex"),
        "number_of_requests": gettext("The person has made many requests"),
    }
    return str(words.get(reason, reason))


def seen_label(seen: str) -> str:
    """Say what an agent saw in a letter."""
    words = {
        "fits": gettext("it fits"),
        "does_not_fit": gettext("it does not fit"),
        "not_readable": gettext("it cannot be read"),
    }
    return str(words.get(seen, seen))


def outcome_label(outcome: str) -> str:
    """Name how a complaint ends."""
    words = {
        "upheld": gettext("The person is right"),
        "in_part": gettext("The person is right in part"),
        "not_upheld": gettext("It was handled as it should be"),
    }
    return str(words.get(outcome, outcome))


def _hands(facts: Mapping[str, Any]) -> str:
    if not facts["to"]:
        return str(gettext("nobody has it now"))
    if facts["to"] == facts["by"]:
        return str(gettext("%(who)s took it", who=facts["to"]))
    return str(gettext("to %(who)s, by %(agent)s", who=facts["to"], agent=facts["by"]))


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
        "mandate": gettext("whether somebody asks for them, to the stored address"),
        "answer_ready": gettext("that the answer is ready"),
        "handed_out": gettext("that the answer was fetched"),
        "frozen": gettext("that everything is stopped"),
        "thawed": gettext("that the request goes on"),
        "contact_change_old": gettext("that letters are to go elsewhere, to the old address"),
        "contact_change_new": gettext("that letters are to go elsewhere, to the new address"),
        "contact_changed": gettext("that letters go elsewhere now"),
    }
    return str(words.get(message, message))


def _outcome(outcome: str) -> str:
    words = {"sent": gettext("sent"), "held": gettext("not sent"), "failed": gettext("could not be sent")}
    return str(words.get(outcome, outcome))


def sentence(fault: Fault) -> str:
    """Say what is wrong with one field, and what to do."""
    problem, remedy = str(gettext(fault.problem)), str(gettext(fault.remedy)) if fault.remedy else ""
    return f"{problem[:1].upper()}{problem[1:]}" + (f": {remedy}." if remedy else ".")

"""What states, rights and events are called on the console's pages, in the language of the page."""

from flask_babel import gettext


def right_label(right: str) -> str:
    """Call a right by the short name that agents use."""
    words = {"access": gettext("access"), "erasure": gettext("erasure")}
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
        "system.failed": gettext("A system failed"),
        "answer.ready": gettext("The answer is ready"),
        "answer.handed_out": gettext("The answer was fetched"),
        "message.sent": gettext("A letter was written"),
    }
    return str(words.get(kind, kind))

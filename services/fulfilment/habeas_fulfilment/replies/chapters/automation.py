"""What a reply about an automated decision tells (GDPR Art. 22): who looked again, how it was made, how to contest."""

from collections.abc import Iterator

from habeas.decisions.types import Decision
from habeas_fulfilment.replies.pen import Pen
from habeas_fulfilment.replies.types import Part, PartName


def tell_review(pen: Pen) -> Iterator[Part]:
    """Say for each decision who looked at it again and what came of that, and how to contest it further."""
    for each in pen.matter.granted():
        yield _review(pen, each)
    if pen.matter.granted():
        email = pen.matter.profile.controller.contact.email
        laws = [f"contest_by_{each}" for each in pen.matter.profile.laws if f"contest_by_{each}" in pen.say]
        articles = [pen.say(each) for each in laws or ["contest_by_eu"]]
        yield pen.part(PartName.CONTEST, pen.paragraph("contest", contact=email, articles=articles))


def _review(pen: Pen, decision: Decision) -> Part:
    review = pen.matter.account.reviews[decision.activity]
    return pen.part(
        PartName.REVIEW,
        pen.entries(
            pen.entry("reviewer", review.reviewer),
            pen.entry("result", pen.say("decision_changed" if review.changed else "decision_kept")),
            pen.entry("ground", review.why),
            pen.entry("logic", pen.matter.activity(decision).automated or pen.say("not_automated")),
        ),
        about=decision,
    )

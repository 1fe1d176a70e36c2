"""The notices on the way and after: a longer time, the end of a restriction, and what recipients are told."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from habeas.decisions.types import Measure, Verdict
from habeas.errors import Faults
from habeas.profile.types import Text
from habeas.vocabulary import Right
from habeas_fulfilment.replies import (
    Extension,
    ExtensionGround,
    LetterKind,
    Lifting,
    Matter,
    PartName,
    Reply,
    missing_parts,
    render_text,
    undemanded_parts,
    write_extension,
    write_lifting,
    write_recipient_list,
    write_recipient_notice,
)
from habeas_fulfilment.replies.catalogue import languages
from habeas_fulfilment.replies.lint import words_of

BECAUSE = Text({"en": "Your letters fill four archives.", "sv": "Dina brev fyller fyra arkiv."}, "en")
LONGER = Extension(ExtensionGround.COMPLEXITY, BECAUSE, date(2027, 2, 1), date(2026, 11, 25))
LIFTING = Lifting(date(2026, 12, 10), BECAUSE)


def extended(desk: Any, language: str = "en", **changes: Any) -> Matter:
    """A matter whose answer takes longer."""
    matter = desk.matter(desk.ruling(Right.ACCESS, Verdict.ASKS), language)
    return replace(matter, dates=replace(matter.dates, extension=LONGER, **changes))


def notices(desk: Any, language: str) -> list[Reply]:
    """One notice of each kind."""
    restricted = desk.matter(desk.ruling(Right.RESTRICTION, Verdict.APPLIES), language)
    (recipient, *_) = restricted.to_tell()
    return [
        write_extension(extended(desk, language)),
        write_lifting(restricted, LIFTING),
        write_recipient_notice(restricted, recipient, language),
        write_recipient_list(restricted),
    ]


@pytest.mark.parametrize("language", languages())
def test_every_notice_is_whole_and_misses_any_part_taken_out(desk: Any, language: str) -> None:
    written = notices(desk, language)
    assert {each.matter.kind for each in written} == set(LetterKind) - {LetterKind.REPLY}
    for notice in written:
        assert missing_parts(notice) == []
        assert undemanded_parts(notice) == []
        for part in notice.parts:
            left = replace(notice, parts=tuple(each for each in notice.parts if each is not part))
            assert part.name in {each.part for each in missing_parts(left)}


def test_an_extension_gives_its_reason_and_the_new_day(shop: Any) -> None:
    notice = write_extension(extended(shop, "sv"))
    assert words_of(notice.part(PartName.EXTENSION)) == (
        "Vi behöver mer tid för din begäran, som längst till och med den 1 februari 2027 "
        "(artikel 12.3 i dataskyddsförordningen). Varför Din begäran är komplicerad. "
        "Vårt skäl Dina brev fyller fyra arkiv. Den första gränsen 1 december 2026 "
        "Till och med 1 februari 2027 Är vi klara tidigare hör vi av oss tidigare. Du behöver inte göra något."
    )
    assert {PartName.COMPLAINT, PartName.COURT} <= {each.name for each in notice.parts}


def test_an_extension_after_the_first_month_is_refused(shop: Any) -> None:
    assert write_extension(extended(shop, written_on=date(2026, 12, 1)))
    with pytest.raises(Faults, match="the first month is over"):
        write_extension(extended(shop, written_on=date(2026, 12, 2)))


def test_an_extension_of_nothing_or_without_a_reason_is_refused(shop: Any) -> None:
    with pytest.raises(Faults, match="nothing is extended"):
        write_extension(shop.matter(shop.ruling(Right.ACCESS, Verdict.ASKS)))
    silent = replace(LONGER, because=Text({"en": "  "}, "en"))
    matter = extended(shop)
    with pytest.raises(Faults, match="no reason is given"):
        write_extension(replace(matter, dates=replace(matter.dates, extension=silent)))


def test_a_restriction_is_lifted_only_after_the_person_was_told(shop: Any) -> None:
    matter = shop.matter(shop.ruling(Right.RESTRICTION, Verdict.APPLIES))
    words = words_of(write_lifting(matter, LIFTING).part(PartName.LIFTING))
    assert words.startswith("From 10 December 2026 the data in these activities is used again as before")
    assert "Your letters fill four archives." in words
    with pytest.raises(Faults, match="before the person can know of it"):
        write_lifting(matter, replace(LIFTING, on=matter.dates.written_on))


def test_what_rested_while_an_objection_was_weighed_is_named_when_it_ends(shop: Any) -> None:
    matter = shop.matter(shop.ruling(Right.OBJECTION, Verdict.REFUSED))
    words = words_of(write_lifting(matter, LIFTING).part(PartName.LIFTING))
    assert "Sign-ins and security" in words
    assert "Newsletter" not in words


def test_nothing_is_lifted_that_was_not_restricted(shop: Any) -> None:
    for verdict in (Verdict.REFUSED, Verdict.NOT_CONCERNED):
        with pytest.raises(Faults, match="nothing is restricted by it"):
            write_lifting(shop.matter(shop.ruling(Right.RESTRICTION, verdict)), LIFTING)


@pytest.mark.parametrize(
    ("right", "says"),
    [
        (Right.ERASURE, "Orders erased"),
        (Right.RECTIFICATION, "Orders corrected"),
        (Right.RESTRICTION, "Orders restricted"),
    ],
)
def test_a_recipient_learns_what_was_done_and_not_to_whom(desks: dict[str, Any], right: Right, says: str) -> None:
    shop = desks["sample"]
    matter = shop.matter(shop.ruling(right, Verdict.APPLIES))
    notice = write_recipient_notice(matter, "Fraktsnabben AS (delivery)", "en")
    assert words_of(notice.part(PartName.HAPPENED)).startswith(says)
    everything = render_text(notice)
    for private in ("anna@old.example", "anna@new.example", "Your request", "Newsletter", "Reason failed"):
        assert private not in everything
    assert "H-7K3M-9QXA" in everything


def test_a_recipient_is_told_only_of_activities_that_reached_it(shop: Any) -> None:
    matter = shop.matter(shop.ruling(Right.ERASURE, Verdict.APPLIES))
    notice = write_recipient_notice(matter, "Brevduvan AB (sending)", "sv")
    assert words_of(notice.part(PartName.HAPPENED)) == "Nyhetsbrev raderat"


def test_a_recipient_of_a_part_is_told_that_it_is_a_part(shop: Any) -> None:
    matter = shop.matter(shop.ruling(Right.ERASURE, Verdict.IN_PART))
    notice = write_recipient_notice(matter, "Siffran Redovisning AB (accounting)", "en")
    assert words_of(notice.part(PartName.HAPPENED)) == "Invoices and bookkeeping erased, in part: ask us which part"


def test_nobody_is_told_whom_the_ruling_does_not_name(shop: Any) -> None:
    erased = shop.matter(shop.ruling(Right.ERASURE, Verdict.APPLIES))
    refused = shop.matter(shop.ruling(Right.ERASURE, Verdict.REFUSED))
    for matter, name in ((erased, "Stranger AB"), (refused, "Fraktsnabben AS (delivery)")):
        with pytest.raises(Faults, match="the ruling does not name this recipient"):
            write_recipient_notice(matter, name, "en")


def test_a_stop_is_told_of_as_a_stop(shop: Any) -> None:
    ruling = shop.ruling(Right.OBJECTION, Verdict.APPLIES)
    told = replace(
        ruling,
        decisions=tuple(
            replace(each, recipients=("Brevduvan AB (sending)",), measures=(*each.measures, Measure.TELL_RECIPIENTS))
            for each in ruling.decisions
            if each.activity == "newsletter"
        ),
    )
    notice = write_recipient_notice(shop.matter(told), "Brevduvan AB (sending)", "en")
    words = words_of(notice.part(PartName.HAPPENED))
    assert words == "Newsletter blocked for marketing and no longer used for this purpose"


def test_the_list_names_every_recipient_with_its_country(shop: Any) -> None:
    matter = shop.matter(shop.ruling(Right.ERASURE, Verdict.APPLIES))
    words = words_of(write_recipient_list(matter).part(PartName.RECIPIENTS))
    for activity in shop.profile.activities:
        for recipient in activity.recipients:
            assert recipient.name in words
    assert "Vaktposten Analys Inc. (fraud detection), United States is being told" in words


def test_a_list_of_nobody_says_so(shop: Any) -> None:
    matter = shop.matter(shop.ruling(Right.ERASURE, Verdict.REFUSED))
    assert words_of(write_recipient_list(matter).part(PartName.RECIPIENTS)).startswith(
        "We have given the data to nobody"
    )

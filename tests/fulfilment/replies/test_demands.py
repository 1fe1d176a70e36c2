"""Every letter says what the law demands of it, and the lint notices when it does not."""

from dataclasses import replace
from typing import Any

import pytest

from habeas.decisions.types import Verdict
from habeas.vocabulary import Right
from habeas_fulfilment.replies import DEMANDED, LetterKind, Part, PartName, Reply, missing_parts, undemanded_parts
from habeas_fulfilment.replies.catalogue import languages
from habeas_fulfilment.replies.demands import EVERY, EVERY_REPLY, REMEDIES
from habeas_fulfilment.replies.types import Bullets, Entries, Entry, Paragraph, Place, Places

FINAL = tuple(each for each in Verdict if each is not Verdict.ASKS)


def without(reply: Reply, part: Part) -> Reply:
    """The letter with one part taken out."""
    return replace(reply, parts=tuple(each for each in reply.parts if each is not part))


def with_part(reply: Reply, part: Part, changed: Part) -> Reply:
    """The letter with one part put in place of another."""
    return replace(reply, parts=tuple(changed if each is part else each for each in reply.parts))


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("right", Right)
def test_a_reply_lacks_nothing_that_the_law_demands(desk: Any, right: Right, language: str) -> None:
    for verdicts in (*((each,) for each in FINAL), FINAL):
        reply = desk.write(desk.ruling(right, *verdicts), language)
        assert missing_parts(reply) == []
        assert undemanded_parts(reply) == []


@pytest.mark.parametrize("right", Right)
def test_taking_any_one_part_out_is_found(desk: Any, right: Right) -> None:
    for verdicts in (*((each,) for each in FINAL), FINAL):
        reply = desk.write(desk.ruling(right, *verdicts))
        for part in reply.parts:
            found = missing_parts(without(reply, part))
            assert (part.name, part.activity) in {(each.part, each.activity) for each in found}


@pytest.mark.parametrize("right", Right)
def test_a_part_that_says_nothing_is_as_good_as_none(shop: Any, right: Right) -> None:
    reply = shop.write(shop.ruling(right, *FINAL))
    for part in reply.parts:
        for changed in (replace(part, blocks=()), replace(part, blocks=(Paragraph(" "),)), replace(part, heading="")):
            assert missing_parts(with_part(reply, part, changed))


def test_taking_any_fact_out_of_an_activity_s_use_is_found(desk: Any) -> None:
    reply = desk.write(desk.ruling(Right.ACCESS, Verdict.APPLIES))
    for part in (each for each in reply.parts if each.name is PartName.USE):
        (listed,) = part.blocks
        assert isinstance(listed, Entries)
        demanded = [each for each in listed.entries if each.name != "company"]
        assert len(demanded) == 8
        for entry in demanded:
            left = Entries(tuple(each for each in listed.entries if each is not entry))
            found = missing_parts(with_part(reply, part, replace(part, blocks=(left,))))
            assert {(each.part, each.activity) for each in found} == {(PartName.USE, part.activity)}
            assert any("Art. 15(" in each.source for each in found)


def spoil(part: Part, word: str) -> Part:
    """The part with one word gone wherever it stands."""

    def gone(text: str) -> str:
        return text.replace(word, "somebody")

    def spoilt(block: Any) -> Any:
        match block:
            case Paragraph(text):
                return Paragraph(gone(text))
            case Bullets(items):
                return Bullets(tuple(map(gone, items)))
            case Entries(entries):
                return Entries(tuple(Entry(each.name, gone(each.term), gone(each.text)) for each in entries))
            case Places(places):
                return Places(tuple(Place(gone(each.name), gone(each.url), each.address) for each in places))
        raise AssertionError(block)

    return replace(part, blocks=tuple(map(spoilt, part.blocks)))


def test_a_recipient_that_is_not_named_is_found(desk: Any) -> None:
    reply = desk.write(desk.ruling(Right.ACCESS, Verdict.APPLIES))
    seen = 0
    for activity in desk.profile.activities:
        part = reply.part(PartName.USE, activity.name)
        for recipient in activity.recipients:
            found = missing_parts(with_part(reply, part, spoil(part, recipient.name)))
            assert [(each.part, each.activity) for each in found] == [(PartName.USE, activity.name)] * len(found) != []
            seen += 1
    assert seen


@pytest.mark.parametrize(
    ("right", "part", "word"),
    [
        (Right.ERASURE, PartName.TOLD, "Fraktsnabben AS (delivery)"),
        (Right.ERASURE, PartName.COMPLAINT, "https://www.imy.se/"),
        (Right.ERASURE, PartName.COMPLAINT, "Integritetsskyddsmyndigheten (IMY)"),
        (Right.ERASURE, PartName.BACKUPS, "1 February 2027"),
        (Right.RECTIFICATION, PartName.CORRECTED, "anna@old.example"),
        (Right.RECTIFICATION, PartName.CORRECTED, "anna@new.example"),
        (Right.ACCESS, PartName.WHO, "H-7K3M-9QXA"),
        (Right.ACCESS, PartName.HELD, "Newsletter"),
        (Right.ACCESS, PartName.GAPS, "Reason failed."),
        (Right.OBJECTION, PartName.MARKETING, "Newsletter"),
        (Right.PORTABILITY, PartName.CONTACT, "integritet@nordlunds-lampor.example"),
    ],
)
def test_a_word_that_has_to_be_said_is_missed(shop: Any, right: Right, part: PartName, word: str) -> None:
    reply = shop.write(shop.ruling(right, Verdict.APPLIES))
    found = reply.part(part)
    assert missing_parts(with_part(reply, found, spoil(found, word)))


@pytest.mark.parametrize(
    "word", ["Bokföringslagen (1999:1078) 7 kap. 2 §", "31 December 2033", "accounting information"]
)
def test_what_is_kept_has_its_law_its_ground_and_its_last_day(shop: Any, word: str) -> None:
    reply = shop.write(shop.ruling(Right.ERASURE, Verdict.IN_PART))
    kept = reply.part(PartName.KEPT, "invoicing")
    found = missing_parts(with_part(reply, kept, spoil(kept, word)))
    assert {(each.part, each.activity) for each in found} == {(PartName.KEPT, "invoicing")}


def test_a_refusal_without_what_was_weighed_is_found(shop: Any) -> None:
    reply = shop.write(shop.ruling(Right.OBJECTION, Verdict.REFUSED))
    part = reply.part(PartName.REASON, "security")
    assert missing_parts(with_part(reply, part, spoil(part, "Fraud has to be found.")))
    assert missing_parts(with_part(reply, part, spoil(part, "Sign-ins and security")))


def test_every_demand_on_a_reply_is_met_by_some_reply(desks: dict[str, Any]) -> None:
    unmet = {id(each): each for row in (EVERY, EVERY_REPLY, REMEDIES) for each in row}
    unmet |= {id(each): each for right in Right for each in DEMANDED[right]}
    for desk in desks.values():
        for right in Right:
            for verdicts in (*((each,) for each in FINAL), FINAL):
                matter = desk.matter(desk.ruling(right, *verdicts))
                for name in [name for name, each in unmet.items() if list(each.about(matter))]:
                    if unmet[name] in (*EVERY, *EVERY_REPLY, *REMEDIES, *DEMANDED[right]):
                        del unmet[name]
    assert [each.part for each in unmet.values()] == []


def test_every_right_and_every_notice_has_its_row() -> None:
    assert set(DEMANDED) == {*Right, *LetterKind} - {LetterKind.REPLY}
    for row in (EVERY, EVERY_REPLY, REMEDIES, *DEMANDED.values()):
        assert row
        assert all(each.source for each in row)


def test_what_is_missing_is_said_without_anything_personal(shop: Any) -> None:
    reply = shop.write(shop.ruling(Right.RECTIFICATION, Verdict.APPLIES))
    part = reply.part(PartName.CORRECTED)
    (found, *_) = missing_parts(with_part(reply, part, spoil(part, "anna@old.example")))
    assert str(found) == "corrected: it does not name what it must (number 1) (GDPR Art. 16)"

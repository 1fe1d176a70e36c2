"""Faulty profiles, each one small slip away from the sample's: every one is refused, on the right line, with words."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from habeas.profile.remarks import Level
from habeas.profile.review import review_profile

SAMPLE = Path(__file__).parents[2] / "examples/sample-company/profile.yaml"
TEXT = SAMPLE.read_text(encoding="utf-8")


@dataclass(frozen=True)
class Slip:
    """What is written instead of what, on which line that is told (or how far below it), by which rule, in words."""

    good: str
    bad: str
    line: str
    says: str
    rule: str = "form"
    below: int = 0

    def spoil(self) -> tuple[str, int]:
        """The sample with the slip, and the line that a fault has to name."""
        assert TEXT.count(self.good) == 1, f"the sample has to say it once: {self.good!r}"
        text = TEXT.replace(self.good, self.bad)
        lines = [number for number, line in enumerate(text.splitlines(), 1) if self.line in line]
        assert len(lines) == 1, f"the line has to be the only one: {self.line!r}"
        return text, lines[0] + self.below


ORDERS = "  - name: orders\n    basis: contract\n"
SUPPORT = "  - name: support\n    basis: contract\n"
KEEP = "      - rule: bookkeeping\n"
TWELVE = "      after: record_date\n      for: 12 months\n"
A_YEAR = "    retention:\n      words:\n        sv: Tolv månader.\n        en: Twelve months.\n" + TWELVE
BOOKS = "    for: 7 years\n    until: end_of_year\n"
DOUBT = "    - assurance: A3\n      when: doubt\n"
PAPERS = "  codes_per_hour: 3\n"

SLIPS = {
    # words that are none of the list, and values that do not fit
    "basis that the law does not know": Slip(
        ORDERS, ORDERS.replace("contract", "hope"), "basis: hope", "write one of consent"
    ),
    "one basis of two that is none": Slip(
        ORDERS, ORDERS.replace("contract", "[contract, hope]"), "hope", "write one of"
    ),
    "basis given twice": Slip(
        ORDERS, ORDERS.replace("contract", "[contract, contract]"), "[contract, contract]", "stands here twice"
    ),
    "no basis at all": Slip(ORDERS, ORDERS.replace("contract", "[]"), "basis: []", "at least one"),
    "length without a unit": Slip("for: 12 months", "for: 12", "for: 12", "a number and days, months or years"),
    "length in weeks": Slip("for: 12 months", "for: 52 weeks", "for: 52 weeks", "is no length of time"),
    "length of nothing": Slip("for: 12 months", "for: 0 days", "for: 0 days", "is no length of time"),
    "length as a word": Slip("for: 12 months", "for: a year", "for: a year", "is no length of time"),
    "start that is no fact": Slip("after: recruitment_closed", "after: christmas", "christmas", "contract_end"),
    "article that allows nothing": Slip("article: 17(3)(b)", "article: 17(3)(f)", "17(3)(f)", "a ground of the GDPR"),
    "day that no year has": Slip(
        BOOKS, BOOKS + "    financial_year_ends: 02-30\n", "financial_year_ends", "no day of the year"
    ),
    "end of a period that is unknown": Slip(BOOKS, BOOKS.replace("end_of_year", "someday"), "someday", "end_of_year"),
    "safeguard of an unknown kind": Slip("kind: standard_clauses", "kind: vow", "kind: vow", "adequacy"),
    "safeguard as words": Slip(
        "        safeguard:\n          kind: standard_clauses\n          note: EU 2021/914, module two\n"
        "          copy_at: integritet@nordlunds-lampor.example\n",
        "        safeguard: standard clauses\n",
        "safeguard: standard clauses",
        "is not a mapping",
    ),
    "recipient in no country": Slip('        country: "NO"\n', "        country: XX\n", "country: XX", "is no country"),
    "channel of an unknown kind": Slip("  - kind: portal\n", "  - kind: pigeon\n", "pigeon", "portal"),
    "right of a channel that is none": Slip(
        "rights: [consent_withdrawal, objection]", "rights: [silence]", "silence", "write one of access"
    ),
    "right of a channel given twice": Slip(
        "rights: [consent_withdrawal, objection]", "rights: [objection, objection]", "[objection, o", "here twice"
    ),
    "signal that no browser sends": Slip("[global_privacy_control]", "[telepathy]", "telepathy", "do_not_track"),
    "sureness that there is not": Slip("assurance: A3", "assurance: A9", "A9", "write one of A0"),
    "retention as words alone": Slip(
        "    retention:\n      words:\n        sv: Tills du avanmäler dig.\n        en: Until you unsubscribe.\n",
        "    retention: until you unsubscribe\n",
        "until you unsubscribe",
        "is not a mapping",
    ),
    "nobody whom the data is about": Slip(
        "    subjects:\n      sv: Den som loggar in.\n      en: Whoever signs in.\n",
        "",
        "  - name: security",
        "subjects is missing",
    ),
    "key from an older file": Slip(KEEP, "      - law: bookkeeping\n", "- law: bookkeeping", "rule is missing"),
    "operation that no connector has": Slip(
        "    activities: [recruitment]\n",
        "    activities: [recruitment]\n    operations: [shred]\n",
        "shred",
        "write one of channels",
    ),
    "origin that is none": Slip("origin: [observed]", "origin: [heard]", "heard", "provided, observed"),
    "language that the controller does not speak": Slip(
        "      en: You cannot sign in while the account is restricted.\n",
        "      en: You cannot sign in while the account is restricted.\n      fi: Et voi kirjautua.\n",
        "fi: Et",
        "is not a language",
    ),
    "authority of no country": Slip(
        "\nnotice:\n",
        "\nauthorities:\n  EU:\n    name: All of them\n    url: https://edpb.europa.eu/\n\nnotice:\n",
        "  EU:",
        "is no country",
    ),
    "authority without a secure page": Slip(
        "\nnotice:\n",
        "\nauthorities:\n  DK:\n    name: Datatilsynet\n    url: http://www.datatilsynet.dk/\n\nnotice:\n",
        "datatilsynet.dk",
        "https://",
    ),
    "key of an authority that is unknown": Slip(
        "\nnotice:\n",
        "\nauthorities:\n  DK:\n    name: Tilsynet\n    url: https://www.datatilsynet.dk/\n    adress: x\n\nnotice:\n",
        "    adress: x",
        "did you mean address",
    ),
    "open question without an assumption": Slip(
        "    assumed: twelve months\n", "", "- about:", "to_confirm[1].assumed is missing"
    ),
    "notice that says not which version rules": Slip(
        "  prevails: sv              # the version that people read is the one that rules\n",
        "",
        "notice:",
        "notice.prevails is missing",
    ),
    # names that point at nothing, or stand twice
    "law that is not described": Slip(
        KEEP, "      - rule: bookeeping\n", "bookeeping", "one of bookkeeping", "reference"
    ),
    "law that keeps twice": Slip(
        KEEP,
        "      - rule: bookkeeping\n        kinds: [invoice]\n      - rule: bookkeeping # again\n",
        "# again",
        "write its kinds in one list",
        "reference",
    ),
    "kind that is named twice": Slip(
        KEEP, f"{KEEP}        kinds: [invoice, invoice]\n", "[invoice, invoice]", "stands here twice"
    ),
    "no kind where kinds are named": Slip(KEEP, f"{KEEP}        kinds: []\n", "kinds: []", "at least one"),
    "company that is not of the group": Slip(
        SUPPORT, f"{SUPPORT}    company: nordlund_oy\n", "nordlund_oy", "one of nordlunds_norge", "reference"
    ),
    "system of record that is not there": Slip(
        "contact_of_record: [shop, newsletter]", "contact_of_record: [shop, crm]", "crm", "no system 'crm'", "reference"
    ),
    "system that is fed and not there": Slip(
        "feeds: [newsletter]", "feeds: [mailinglist]", "mailinglist", "no system 'mailinglist'", "reference"
    ),
    "activity in no system": Slip(
        "activities: [customer_account, orders, invoicing, support, security]",
        "activities: [customer_account, invoicing, support, security]",
        "  - name: orders",
        "an archive on paper is a system too",
        "reference",
    ),
    "activity that is not described": Slip(
        "activities: [recruitment]", "activities: [recruitment, hiring]", "hiring", "no activity 'hiring'", "reference"
    ),
    "identifier given twice": Slip(
        "  - name: customer_number\n", "  - name: email # again\n", "# again", "stands on line", "reference"
    ),
    "right promised twice": Slip(
        "  - right: access\n",
        "  - right: consent_withdrawal # again\n",
        "# again",
        "keep the shorter one",
        "reference",
    ),
    # what cannot hold together
    "record's date without a length": Slip(
        A_YEAR,
        A_YEAR.replace("retention:", "retention: # here").replace("      for: 12 months\n", ""),
        "# here",
        "`after: record_date` without `for`",
        "contradiction",
    ),
    "length without a start": Slip(
        A_YEAR,
        A_YEAR.replace("retention:", "retention: # here").replace("      after: record_date\n", ""),
        "# here",
        "`for` without `after`",
        "contradiction",
    ),
    "bound that is shorter than the period": Slip(
        TWELVE, f"{TWELVE}      at_most: 300 days\n", "at_most", "could never run out", "contradiction"
    ),
    "bound without a period": Slip(
        "        en: Until you unsubscribe.\n",
        "        en: Until you unsubscribe.\n      at_most: 1 year\n",
        "at_most",
        "a period that is not there",
        "contradiction",
    ),
    "period on a basis that is not there": Slip(
        TWELVE, f"{TWELVE}      only_with: vital_interests\n", "only_with: v", "does not rest on", "contradiction"
    ),
    "books of years counted in months": Slip(
        BOOKS, BOOKS.replace("7 years", "84 months"), "84 months", "write it in years", "contradiction"
    ),
    "end of books that changes nothing": Slip(
        BOOKS,
        "    for: 7 years\n    financial_year_ends: 06-30\n",
        "financial_year_ends",
        "add `until: end_of_year`",
        "contradiction",
    ),
    "processor without a customer": Slip(
        SUPPORT, f"{SUPPORT}    role: processor\n", "role: processor", "nobody is named", "contradiction"
    ),
    "customer of a controller": Slip(
        SUPPORT,
        f"{SUPPORT}    customer:\n      sv: Kunden.\n      en: The customer.\n",
        "    customer:",
        "`role: processor`",
        "contradiction",
    ),
    "company that answers in no zone": Slip(
        "    zone: Europe/Oslo\n", "", "- name: nordlunds_norge", "`calendar` without `zone`", "contradiction"
    ),
    "mailbox without an address": Slip(
        "  - kind: email\n    address: integritet@nordlunds-lampor.example\n",
        "  - kind: email # nowhere\n",
        "# nowhere",
        "has no address",
        "contradiction",
    ),
    "mailbox that is none": Slip(
        "  - kind: email\n    address: integritet@nordlunds-lampor.example\n",
        "  - kind: email\n    address: ask at the desk\n",
        "ask at the desk",
        "is no e-mail address",
        "contradiction",
    ),
    "two steps for one doubt": Slip(
        DOUBT,
        "    - assurance: A2\n      when: doubt\n      rights: [erasure]\n" + DOUBT,
        "assurance: A3",
        "is taken for erasure",
        "contradiction",
    ),
    "two steps for one doubt and one risk": Slip(
        DOUBT,
        "    - assurance: A2\n      when: doubt\n      risks: [low, high]\n"
        + DOUBT.replace("A3", "A3 # again")
        + "      risks: [high]\n      #",
        "# again",
        "is taken for all rights",
        "contradiction",
    ),
    # what a profile may not do to people
    "identity card from everybody": Slip(
        PAPERS,
        f"{PAPERS}  demands:\n    - what: identity_document\n      when: always\n      source: The notice\n",
        "identity_document",
        "no ground is given",
        "document_of_everybody",
    ),
    "right that is left out": Slip(
        "  objection: stated\n", "", "# All eight rights hold", "rights.objection is missing", below=1
    ),
    "right that is refused": Slip("  objection: stated", "  objection: refused", "refused", "stated, by_law"),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_refused_on_its_line_with_what_to_write(name: str, tmp_path: Path) -> None:
    slip = SLIPS[name]
    text, line = slip.spoil()
    (tmp_path / "profile.yaml").write_text(text, encoding="utf-8")
    review = review_profile(tmp_path / "profile.yaml")
    assert not review.ok
    assert review.profile is None
    assert {each.line for each in review.findings} == {line}, review.findings
    told = [each for each in review.findings if each.rule == slip.rule]
    assert any(slip.says in f"{each.problem} ({each.remedy})" for each in told), review.findings
    assert all(each.level is Level.FAULT for each in review.findings)


def test_at_least_thirty_profiles_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert review_profile(SAMPLE).ok
    assert len({slip.spoil() for slip in SLIPS.values()}) == len(SLIPS) >= 30
    with capsys.disabled():
        print(f"\nfaulty profiles: {len(SLIPS)}, each refused on its own line")


def test_all_slips_together_are_told_together(tmp_path: Path) -> None:
    """Whatever is wrong in one place hides nothing in another: the faults of seven slips come at once, by line."""
    chosen = ("length in weeks", "origin that is none", "right promised twice", "company that is not of the group")
    chosen += ("signal that no browser sends", "law that is not described", "sureness that there is not")
    text, needles = TEXT, []
    for name in chosen:
        text = text.replace(SLIPS[name].good, SLIPS[name].bad)
        needles.append(SLIPS[name].line)
    (tmp_path / "profile.yaml").write_text(text, encoding="utf-8")
    wanted = [n for n, line in enumerate(text.splitlines(), 1) if any(needle in line for needle in needles)]
    assert [each.line for each in review_profile(tmp_path / "profile.yaml").findings] == wanted
    assert len(wanted) == len(chosen)

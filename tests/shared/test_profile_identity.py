"""What a profile's file says of identity: risks, steps, sign-ins; and that it can demand nothing beyond need."""

import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from habeas.marked import load_marked
from habeas.profile import Asserter, IdentityStep, Risk, When, load_profile
from habeas.profile.remarks import Finding, Level
from habeas.profile.review import review_profile
from habeas.profile.schema import describe_profile
from habeas.vocabulary import Assurance, Right

SAMPLE = Path(__file__).parents[2] / "examples/sample-company/profile.yaml"
SIGN_IN = (SAMPLE.parent / "identity/sign-in.yaml").read_text(encoding="utf-8")
#: The sample with the sign-ins that it could have.
TEXT = re.sub(r"^identity:\n(?: .*\n)+", lambda _: SIGN_IN, SAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)

DOUBT = "    - assurance: A3\n      when: doubt\n"
KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
CLAIMS = "        email: email\n        customer_no: customer_number\n"
TITLE = "        sv: Logga in på ditt kundkonto\n"
PROOF = "  asserter: "
DEMAND = "  demands:\n    - what: {}\n      when: {}\n      source: The notice\n  asserter: "


def written(text: str, folder: Path) -> Path:
    path = folder / "profile.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(text: str, folder: Path) -> list[Finding]:
    return [each for each in review_profile(written(text, folder)).findings if each.level is Level.FAULT]


def test_the_file_says_where_people_sign_in_and_who_vouches_for_them(tmp_path: Path) -> None:
    identity = load_profile(written(TEXT, tmp_path)).identity
    shop, eid = identity.sign_in
    assert (shop.provider, shop.assurance, shop.acr) == ("shop", Assurance.A2, ())
    assert shop.identifiers == {"email": "email", "customer_no": "customer_number"}
    assert shop.title.in_("en") == "Sign in to your customer account"
    assert (eid.assurance, eid.acr) == (Assurance.A3, ("http://id.elegnamnden.se/loa/1.0/loa3",))
    assert identity.asserter == Asserter(KEY, Assurance.A2)
    assert identity.shared_mailboxes == ("butiken", "verkstan")


def test_whoever_says_nothing_of_sign_ins_has_none(tmp_path: Path) -> None:
    identity = load_profile(written(TEXT.partition("\nidentity:\n")[0] + "\n", tmp_path)).identity
    assert (identity.steps, identity.sign_in, identity.asserter, identity.shared_mailboxes) == ((), (), None, ())


@pytest.mark.parametrize("risk", [None, *Risk])
@pytest.mark.parametrize(("activity", "usual"), [("newsletter", Risk.LOW), ("orders", Risk.ORDINARY)])
def test_an_activity_is_of_the_risk_that_is_said_or_of_its_kinds(
    risk: Risk | None, activity: str, usual: Risk, tmp_path: Path
) -> None:
    text = TEXT.replace(f"  - name: {activity}\n    basis", f"  - name: {activity}\n    risk: {risk}\n    basis")
    profile = load_profile(written(text if risk else TEXT, tmp_path))
    assert profile.activity(activity).risk is (risk or usual)


def test_a_step_names_rights_and_risks(tmp_path: Path) -> None:
    step = "    - assurance: A3\n      when: always\n      rights: [access]\n      risks: [high, ordinary]\n"
    identity = load_profile(written(TEXT.replace(DOUBT, step + DOUBT), tmp_path)).identity
    assert identity.steps[0] == IdentityStep(Assurance.A3, When.ALWAYS, (Right.ACCESS,), (Risk.HIGH, Risk.ORDINARY))


#: What is written instead of what, on which line that is told, in which words.
SLIPS = {
    "risk that is none": ("risk: ordinary ", "risk: severe ", "risk: severe", "write one of low, ordinary, high"),
    "risk as a number": ("risk: ordinary ", "risk: 3 ", "risk: 3", "write one of low, ordinary, high"),
    "step for a risk that is none": (DOUBT, f"{DOUBT}      risks: [some]\n", "risks: [some]", "write one of low"),
    "step for no risk": (DOUBT, f"{DOUBT}      risks: []\n", "risks: []", "at least one"),
    "provider with a name that no setting has": ("provider: shop ", "provider: Shop ", "Shop ", "a letter first"),
    "provider that begins with a digit": ("provider: eid", "provider: 9id", "9id", "a letter first"),
    "provider given twice": ("provider: eid", "provider: shop # again", "# again", "stands on line"),
    "provider without a name": (
        "    - provider: eid\n      title",
        "    - title",
        "    - title",
        "provider is missing",
    ),
    "sign-in that shows no more than a mailbox": (
        "      assurance: A2\n      identifiers",
        "      assurance: A1\n      identifiers",
        "assurance: A1",
        "write one of A2, A3",
    ),
    "sign-in that claims nothing": (
        f"      identifiers:            # what the provider claims, and which of ours that is\n{CLAIMS}",
        "      identifiers: {}\n",
        "identifiers: {}",
        "at least one name",
    ),
    "claims as a list": (
        f"      identifiers:            # what the provider claims, and which of ours that is\n{CLAIMS}",
        "      identifiers: [email]\n",
        "identifiers: [email]",
        "is not a mapping but a list",
    ),
    "claim that is no identifier of ours": (
        CLAIMS,
        CLAIMS.replace("customer_number", "customernumber"),
        "customernumber",
        "there is no identifier 'customernumber' (one of email, customer_number)",
    ),
    "claim that says nothing": (CLAIMS, CLAIMS.replace(": customer_number", ": # none"), "# none", "is empty"),
    "claim without a name": (CLAIMS, CLAIMS.replace("customer_no:", '"":'), '"": ', "is no name"),
    "context that is a number": ('acr: ["http://id.elegnamnden.se/loa/1.0/loa3"]', "acr: [3]", "acr: [3]", "quote it"),
    "no context where contexts are named": (
        'acr: ["http://id.elegnamnden.se/loa/1.0/loa3"]',
        "acr: []",
        "acr: []",
        "at least one",
    ),
    "title in one language": (TITLE, "", "      title:\n        en: Sign in to your", "title.sv is missing"),
    "key that is too short": (KEY, KEY[:-5] + "=", "public_key", "44 characters"),
    "key in another alphabet": (KEY, KEY.replace("/", "_"), "public_key", "44 characters"),
    "key with loose bits": (KEY, KEY.replace("Ro=", "Rp="), "public_key", "44 characters"),
    "asserter without a key": (f"    public_key: {KEY}\n", "", "  asserter:", "public_key is missing"),
    "asserter that is sure of nothing": (
        f"{KEY}\n    assurance: A2",
        f"{KEY}\n    assurance: A0",
        "assurance: A0",
        "write one of A1, A2, A3",
    ),
    "shared mailbox with its domain": ("[butiken,", "[butiken@shop.example,", "butiken@", "before the @"),
    "shared mailbox in upper case": ("[butiken,", "[Butiken,", "[Butiken", "lower-case ASCII"),
    "shared mailbox beyond ASCII": ("[butiken,", "[affären,", "affären", "lower-case ASCII"),
    "shared mailbox named twice": ("[butiken, verkstan]", "[butiken, butiken]", "butiken, b", "stands here twice"),
    "sign-in with a key that is unknown": ("      acr: [", "      arc: [", "arc: [", "did you mean acr?"),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_refused_on_its_line_with_what_to_write(name: str, tmp_path: Path) -> None:
    good, bad, needle, says = SLIPS[name]
    assert TEXT.count(good) == 1, good
    text = TEXT.replace(good, bad)
    assert text.count(needle) == 1, needle
    line = text[: text.index(needle)].count("\n") + 1
    told = faults_of(text, tmp_path)
    assert {each.line for each in told} == {line}, told
    assert any(says in f"{each.problem} ({each.remedy})" for each in told), told


#: What a name points at, which languages there are, and the loose bits of a key: a form does not know them.
UNSEEN = {"provider given twice", "claim that is no identifier of ours", "title in one language", "key with loose bits"}


@pytest.mark.parametrize("name", sorted(SLIPS.keys() - UNSEEN))
def test_an_editor_that_knows_the_form_underlines_it_too(name: str, tmp_path: Path) -> None:
    good, bad, *_ = SLIPS[name]
    form = Draft202012Validator(describe_profile())
    assert form.is_valid(load_marked(written(TEXT, tmp_path)).data)
    assert not form.is_valid(load_marked(written(TEXT.replace(good, bad), tmp_path)).data)


@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        (PROOF, DEMAND.format("identity_document", "always"), "no ground is given"),
        (PROOF, DEMAND.format("selfie", "doubt"), "write one of form, signature, identity_document, personal_number"),
        (PROOF, DEMAND.format("personal_number", "sometimes"), "write one of always, doubt"),
        (DOUBT, f"{DOUBT}      evidence: passport\n", "is not known here"),
        (DOUBT, DOUBT.replace("A3", "A4"), "write one of A0, A1, A2, A3"),
        (
            "      assurance: A3\n      acr",
            "      store_document: true\n      assurance: A3\n      acr",
            "not known here",
        ),
    ],
)
def test_what_would_collect_more_than_is_needed_is_refused(good: str, bad: str, says: str, tmp_path: Path) -> None:
    """R13: no document of everybody, and no kind of evidence that the house does not know (Art. 5(1)(c) and 12(6)).

    Fines were paid for identity documents by default (DPG Media, PageGroup): it stays a fault, not a finding.
    """
    text = TEXT.replace(good.rstrip(" "), bad.rstrip(" "))
    assert text != TEXT
    assert any(says in f"{each.problem} ({each.remedy})" for each in faults_of(text, tmp_path))


def test_all_data_of_low_risk_needs_no_second_channel_of_everybody(tmp_path: Path) -> None:
    """IMY-2022-9109 (MAG Interactive): where a wrong answer harms little, the mailbox is enough; A2 is told of."""
    text = re.sub(r"^(  - name: \w+\n    basis: .*\n)", r"\1    risk: low\n", TEXT, flags=re.MULTILINE)
    text = text.replace("    risk: ordinary          #", "    #").replace(DOUBT, DOUBT.replace("A3", "A2"))
    rules = {each.rule for each in review_profile(written(text, tmp_path)).findings}
    assert "more_than_the_risk" not in rules
    always = text.replace("when: doubt", "when: always")
    [told] = [each for each in review_profile(written(always, tmp_path)).findings if each.rule == "more_than_the_risk"]
    assert "A2 is asked of everybody for access and portability" in told.problem
    some = always.replace(
        "  - name: orders\n    basis: contract\n    risk: low\n", "  - name: orders\n    basis: contract\n"
    )
    assert "more_than_the_risk" not in {each.rule for each in review_profile(written(some, tmp_path)).findings}


def test_data_of_high_risk_is_within_reach_where_somebody_offers_a_proofed_identity(tmp_path: Path) -> None:
    high = TEXT.replace("risk: ordinary ", "risk: high ")
    rules = {each.rule for each in review_profile(written(high, tmp_path)).findings}
    assert "beyond_reach" not in rules
    weak = high.replace("      assurance: A3\n      acr", "      assurance: A2\n      acr")
    assert "beyond_reach" in {each.rule for each in review_profile(written(weak, tmp_path)).findings}
    own = weak.replace(f"{KEY}\n    assurance: A2", f"{KEY}\n    assurance: A3")
    assert "beyond_reach" not in {each.rule for each in review_profile(written(own, tmp_path)).findings}

# long because a package is opened once and looked at from every side
"""A package holds what was found, exactly, and accounts for every system."""

import csv
import io
import json
import logging
import re
import tracemalloc
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import bagit
import jsonschema
import pytest

from habeas.errors import Faults, Refused
from habeas.vocabulary import LegalBasis, Outcome, Right
from habeas_fulfilment.package import Activity, Authority, Deeds, Kind, PackageStream, Part
from habeas_fulfilment.package.bag import name_attachment
from habeas_fulfilment.package.words import LANGUAGES, speak


def record(kind: str, key: str, **data: Any) -> dict[str, Any]:
    return {"kind": kind, "key": key, "activity": "orders", "data": data, "attachments": []}


def opened(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


def table(files: dict[str, bytes], path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[path].decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("kind", ["package", "confirmation"])
def test_the_library_of_congress_finds_a_valid_bag(release: Any, tmp_path: Path, kind: str) -> None:
    data = getattr(release, kind)()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(tmp_path / "bag")
    logging.getLogger("bagit").setLevel(logging.ERROR)
    bag = bagit.Bag(str(tmp_path / "bag"))
    assert bag.is_valid()
    assert bag.info["External-Identifier"] == "HB-2026-0042"
    (tmp_path / "bag/data/index.html").write_text("changed")
    assert not bag.is_valid()


def test_every_value_comes_out_as_it_went_in(release: Any) -> None:
    texts = [
        "åäö ✓ 日本語 עברית 👩‍🚀",
        "line\nbreak\r\ttab",
        "\0\x01\x7f",
        "</script>&\"'",
        "=1+1",
        " ",
        "",
        "\u2028",
        "e\u0301",
    ]
    values = [*texts, 0, -1, 2**80, 1.5, 1e300, True, False, None, [], {}, [1, ["x"]], {"a": {"b": None}}]
    records = [record("odd-values", str(n), value=value) for n, value in enumerate(values)]
    files = opened(release.package(lambda: iter(records)))
    assert json.loads(files["data/systems/shop/odd-values.json"]) == records


def test_text_that_is_no_text_is_kept_as_an_escape(release: Any) -> None:
    records = [record("notes", "1", text="half \ud83d"), record("notes", "2", text="whole 👍")]
    files = opened(release.package(lambda: iter(records)))
    assert json.loads(files["data/systems/shop/notes.json"]) == records
    assert table(files, "data/systems/shop/notes.csv")[0]["text"] == "half ?"


def test_one_record_stands_on_one_line(release: Any) -> None:
    lines = opened(release.package())["data/systems/shop/orders.json"].decode().split("\n")
    assert lines[0] == "["
    assert [json.loads(line.rstrip(","))["key"] for line in lines[1:4]] == ["0", "1", "2"]
    assert lines[4:] == ["]", ""]


def test_a_number_that_json_has_no_form_for_is_refused(release: Any) -> None:
    with pytest.raises(Refused, match="JSON has no form"):
        release.package(lambda: iter([record("orders", "1", total=float("nan"))]))


def test_the_table_has_every_column_however_late_it_came(release: Any) -> None:
    def records() -> Iterator[dict[str, Any]]:
        for n in range(2000):
            late = {"late": f"x{n}"} if n >= 1500 else {}
            yield record("orders", str(n), item="Tent", **late)

    files = opened(release.package(records))
    rows = table(files, "data/systems/shop/orders.csv")
    assert len(rows) == 2000
    assert list(rows[0]) == ["key", "activity", "item", "late", "files"]
    assert [row["late"] for row in rows[1498:1502]] == ["", "", "x1500", "x1501"]
    assert [row["key"] for row in rows] == [str(n) for n in range(2000)]
    assert len(json.loads(files["data/systems/shop/orders.json"])) == 2000


def test_keys_that_are_data_do_not_become_columns_without_end(release: Any) -> None:
    records = [record("visits", str(n), **{f"page-{n}-{m}": m for m in range(20)}) for n in range(100)]
    rows = table(opened(release.package(lambda: iter(records))), "data/systems/shop/visits.csv")
    assert len(rows[0]) == 504
    assert json.loads(rows[99]["more"]) == records[99]["data"]


def test_the_schema_describes_the_file(release: Any) -> None:
    records = [record("orders", str(n), item="Tent", lines=[{"sku": "a", "count": n}]) for n in range(5)]
    records += [record("orders", "5", item=None, gift=True, total=1.5), record("orders", "6", item="x", total=2)]
    files = opened(release.package(lambda: iter(records)))
    schema = json.loads(files["data/schema/shop/orders.json"])
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(json.loads(files["data/systems/shop/orders.json"]))
    data = schema["items"]["properties"]["data"]
    assert data["required"] == ["item"]
    assert data["properties"]["item"] == {"type": ["null", "string"]}
    assert data["properties"]["total"] == {"type": "number"}
    assert data["properties"]["lines"]["items"]["required"] == ["sku", "count"]
    for wrong in ({"item": 5}, {}, {"item": "x", "gift": "yes"}, {"item": "x", "lines": [{"sku": "a"}]}):
        assert not validator.is_valid([{**records[0], "data": wrong}])


def test_kinds_that_would_share_a_file_name_do_not(release: Any) -> None:
    records = [record(kind, "1", x=kind) for kind in ("Order lines", "order-lines", "ORDER/LINES", "日本")]
    files = opened(release.package(lambda: iter(records)))
    names = {path.rpartition("/")[2] for path in files if path.startswith("data/systems/") and path.endswith(".json")}
    assert names == {"order-lines.json", "order-lines-2.json", "order-lines-3.json", "records.json"}


def test_attachments_are_in_the_package_under_names_of_ours(release: Any) -> None:
    contents = {"a": b"%PDF-1.7", "b": bytes(300_000), "c": b""}
    names = {"a": "../../etc/passwd", "b": "CV Åsa Ek (final).PDF", "c": ".."}

    def records() -> Iterator[dict[str, Any]]:
        for each, content in contents.items():
            attachment = {"id": each, "name": names[each], "media_type": "application/pdf", "size": len(content)}
            yield {**record("applications", each, path=each), "attachments": [attachment]}

    part = Part("shop", "Shop", Outcome.FOUND, records=records, attachment=lambda each: io.BytesIO(contents[each]))
    files = opened(release.build(part, Part("newsletter", "Newsletter", Outcome.NOTHING))[0])
    listed = [each["attachments"][0] for each in json.loads(files["data/systems/shop/applications.json"])]
    assert [each["file"] for each in listed] == [
        "files/000001-passwd",
        "files/000002-CV_Asa_Ek_final.PDF",
        "files/000003-file",
    ]
    assert [each["name"] for each in listed] == list(names.values())
    assert [files[f"data/systems/shop/{each['file']}"] for each in listed] == list(contents.values())
    assert table(files, "data/systems/shop/applications.csv")[0]["files"] == "files/000001-passwd"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "con\0trol", "é.txt", "x" * 300 + ".tar.gz", "日本.pdf", "%41"]
)
def test_no_original_name_can_break_out(name: str) -> None:
    assert re.fullmatch(r"000007-[A-Za-z0-9_-][A-Za-z0-9._-]{0,90}", name_attachment(7, name))
    assert ".." not in name_attachment(7, name)


def test_a_file_of_another_size_than_was_said_is_refused(release: Any) -> None:
    attachment = {"id": "a", "name": "a", "media_type": "x/y", "size": 3}
    records = [{**record("files", "1"), "attachments": [attachment]}]
    part = Part("shop", "Shop", Outcome.FOUND, records=lambda: iter(records), attachment=lambda _: io.BytesIO(b"four"))
    with pytest.raises(Refused, match="another size"):
        release.build(part, Part("newsletter", "Newsletter", Outcome.NOTHING))


def test_the_manifest_accounts_for_every_system_and_file(release: Any) -> None:
    files = opened(release.package())
    manifest = json.loads(files["data/manifest.json"])
    assert [(each["name"], each["outcome"], each["records"]) for each in manifest["systems"]] == [
        ("newsletter", "nothing", {}),
        ("shop", "found", {"orders": 3}),
    ]
    payload = {path for path in files if path.startswith("data/")} - {"data/manifest.json"}
    assert {each["path"] for each in manifest["files"]} == payload
    assert manifest["controller"]["authority"]["name"] == "IMY"
    assert manifest["controller"]["authorities_elsewhere"] == []
    assert (manifest["received"], manifest["answered"]) == ("2026-11-01", "2026-11-22")


def test_the_ledger_is_asked_once_and_with_the_manifest_s_digest(release: Any) -> None:
    import hashlib

    data, built = release.build(
        Part("shop", "Shop", Outcome.NOTHING), Part("newsletter", "Newsletter", Outcome.NOTHING)
    )
    digest = hashlib.sha256(opened(data)["data/manifest.json"]).hexdigest()
    assert [each.hex() for each in release.proved] == [digest] == [built.manifest_digest]
    assert (built.size, built.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_the_same_content_gives_the_same_bytes(release: Any) -> None:
    proof = release.prove(b"the same for both")
    release.prove = lambda digest: proof
    assert release.package() == release.package()


NOTHING = Part("newsletter", "Newsletter", Outcome.NOTHING)


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ([NOTHING], "systems.shop: the system has no part"),
        ([NOTHING, Part("shop", "Shop", None)], "systems.shop: the system has no outcome yet"),
        ([NOTHING, Part("shop", "Shop", Outcome.WITHHELD)], "withheld without a ground"),
        ([NOTHING, NOTHING, Part("shop", "Shop", Outcome.NOTHING)], "more than one part"),
        ([NOTHING, Part("shop", "Shop", Outcome.NOTHING), Part("other", "O", Outcome.NOTHING)], "knows no such system"),
        (
            [NOTHING, Part("shop", "Shop", Outcome.FOUND, deeds=(Deeds("a", "erased", 1),))],
            "belong into a confirmation",
        ),
    ],
)
def test_a_package_that_is_not_whole_is_refused_before_a_byte_is_written(
    release: Any, parts: list[Part], says: str
) -> None:
    with pytest.raises(Faults, match=says):
        PackageStream(release.facts, parts, signer=release.signer, prove=release.prove)


def test_everything_that_is_missing_is_said_at_once(release: Any) -> None:
    with pytest.raises(Faults) as refused:
        release.build(Part("other", "Other", None), language="tlh")
    assert len(refused.value.faults) == 5


@pytest.mark.parametrize(
    ("outcome", "records", "says"),
    [
        (Outcome.NOTHING, [record("orders", "1")], "its outcome rules out"),
        (Outcome.FOUND, [], "gives no record"),
        (Outcome.FOUND, [{"kind": "orders", "key": "1"}], "no data"),
        (Outcome.FOUND, [{**record("orders", "1"), "key": 1}], "no key"),
        (Outcome.FOUND, [{**record("orders", "1"), "secret": 1}], "not expected"),
        (Outcome.FOUND, [{**record("orders", "1"), "activity": 7}], "not expected"),
        (Outcome.FOUND, [record(f"kind {n}", "1") for n in range(201)], "kinds of records"),
    ],
)
def test_records_that_contradict_the_outcome_are_refused(
    release: Any, outcome: Outcome, records: list[dict[str, Any]], says: str
) -> None:
    with pytest.raises(Refused, match=says):
        release.build(Part("shop", "Shop", outcome, records=lambda: iter(records)), NOTHING)


def test_a_confirmation_says_what_was_done_and_why(release: Any) -> None:
    files = opened(release.confirmation())
    page = files["data/index.html"].decode()
    assert "Accounting Act, chapter 7, until 31 December 2033" in page
    assert "Article 17(3)(e)" in page
    manifest = json.loads(files["data/manifest.json"])
    shop = manifest["systems"][1]
    assert [(each["deed"], each["count"], each["verified"]) for each in shop["deeds"]] == [
        ("erased", 1, True),
        ("kept", 2, True),
    ]
    assert not any(path.startswith("data/systems/") for path in files)


@pytest.mark.parametrize(
    ("proof", "says"),
    [
        (
            {"proved_on": "2026-08-01", "against": "shop 7", "state": "stale"},
            "last tested on 1 August 2026, longer ago",
        ),
        ({"proved_on": "2026-11-20", "against": "shop 7", "state": "failed"}, "did not pass its last test"),
        ({"proved_on": "", "against": "", "state": "broken"}, "cannot show when"),
        ({"proved_on": "", "against": "", "state": "none"}, "has not been tested yet"),
        ({"proved_on": "2026-11-20", "against": "shop 7", "state": "fresh"}, ""),
        ({}, ""),
    ],
    ids=["stale", "failed", "broken", "none", "fresh", "no passport"],
)
def test_the_package_says_where_a_connector_was_not_proved_of_late(
    release: Any, proof: dict[str, str], says: str
) -> None:
    shop = Part("shop", "Shop", Outcome.FOUND, records=lambda: iter([record("orders", "1")]), proof=proof)
    files = opened(release.build(shop, NOTHING)[0])
    page = files["data/index.html"].decode()
    assert says in page
    assert ("by which we reach this system" in page) is bool(says)
    told = {each["name"]: each["connector_proof"] for each in json.loads(files["data/manifest.json"])["systems"]}
    assert told == {"shop": proof or None, "newsletter": None}


def test_a_confirmation_that_does_not_say_what_was_done_is_refused(release: Any) -> None:
    with pytest.raises(Faults, match="not said what was done"):
        release.build(Part("shop", "Shop", Outcome.FOUND), NOTHING, kind=Kind.CONFIRMATION)


# The page


class Outline(HTMLParser):
    """Collects what an accessible page is judged by."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.headings: list[int] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.words = ""
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        said = dict(attrs)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if "href" in said:
            self.links.append(said["href"] or "")
        if "id" in said:
            self.ids.append(said["id"] or "")
        if tag == "th":
            assert said.get("scope") in ("col", "row")
        if tag not in ("meta", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["package", "confirmation"])
def test_the_page_is_whole_and_accessible(release: Any, kind: str, language: str) -> None:
    files = opened(getattr(release, kind)(language=language))
    text = files["data/index.html"].decode()
    page = Outline(text)
    assert f'<html lang="{language}">' in text
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    assert page.tags.count("caption") == page.tags.count("table") > 0
    assert "main" in page.tags
    assert len(page.ids) == len(set(page.ids))
    for link in page.links:
        assert link[1:] in page.ids if link.startswith("#") else f"data/{link}" in files or link == "https://www.imy.se"


def test_the_page_can_neither_run_nor_fetch_anything(release: Any) -> None:
    import base64
    import hashlib

    hostile = [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "javascript:alert(1)",
        "</td></table><h1>x",
    ]
    records = [
        record(f"kind {n}", each, **{each: each, "list": [each], "map": {each: each}}) for n, each in enumerate(hostile)
    ]
    page_of = {"controller": release.facts.controller.__class__(*hostile), "asked": hostile[0], "reference": hostile[1]}
    text = opened(release.package(lambda: iter(records), **page_of))["data/index.html"].decode()
    page = Outline(text)
    assert {"script", "img", "iframe", "object", "link", "form", "base"}.isdisjoint(page.tags)
    assert page.tags.count("h1") == 1
    assert not any(link.startswith("javascript") for link in page.links)
    style = re.search(r"<style>(.*)</style>", text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"content=\"default-src 'none'; style-src 'sha256-{digest}'\"" in text
    assert "url(" not in style[1]
    assert "@import" not in style[1]
    assert " style=" not in text


def test_the_page_speaks_the_person_s_language(release: Any) -> None:
    text = Outline(opened(release.package(language="sv"))["data/index.html"].decode()).words
    for sentence in (
        "Fjällbutiken AB har sökt i alla system som kan innehålla uppgifter om dig.",
        "Du bad om",
        "tillgång till dina uppgifter",
        "1 november 2026",
        "Ett avtal med dig (artikel 6.1 b i dataskyddsförordningen)",
        "Det här systemet har genomsökts helt. Det innehåller inget om dig.",
        "3 poster",
        "kan du klaga hos IMY",
    ):
        assert sentence in text
    assert "Your" not in text


@pytest.mark.parametrize("kind", ["package", "confirmation"])
@pytest.mark.parametrize(
    ("language", "laws", "says", "never"),
    [
        ("en", ("eu",), "Your right to go to court You can also go to court", "Data Protection Act"),
        ("sv", ("eu",), "Din rätt att gå till domstol Du kan också gå till domstol", "Data Protection Act"),
        ("en", ("uk",), "Your right to go to court In the United Kingdom you can apply to a court", "Article 79"),
        ("sv", ("uk", "eu"), "(section 164A). Du kan också gå till domstol", "Article 79"),
        ("en", ("br",), "Your right to go to court You can also go to court", "Data Protection Act"),
    ],
)
def test_the_page_says_that_a_court_is_open(
    release: Any, kind: str, language: str, laws: tuple[str, ...], says: str, never: str
) -> None:
    controller = replace(release.facts.controller, laws=laws)
    files = opened(getattr(release, kind)(language=language, controller=controller))
    page = Outline(files["data/index.html"].decode())
    assert "#court" in page.links
    assert "court" in page.ids
    words = " ".join(page.words.split())
    assert says in words
    assert never not in words


@pytest.mark.parametrize("kind", ["package", "confirmation"])
def test_the_page_names_the_authorities_of_other_countries(release: Any, kind: str) -> None:
    elsewhere = (Authority("Datatilsynet", "https://www.datatilsynet.no/"), Authority("<b>", "javascript:alert(1)"))
    controller = replace(release.facts.controller, elsewhere=elsewhere)
    files = opened(getattr(release, kind)(controller=controller))
    page = Outline(files["data/index.html"].decode())
    assert "https://www.datatilsynet.no/" in page.links
    assert page.words.index("Datatilsynet") > page.words.index("IMY")
    assert "b" not in page.tags
    assert not any(link.startswith("javascript") for link in page.links)
    listed = json.loads(files["data/manifest.json"])["controller"]["authorities_elsewhere"]
    assert listed == [{"name": each.name, "url": each.url} for each in elsewhere]
    alone = Outline(opened(getattr(release, kind)())["data/index.html"].decode())
    assert "the authority of the country where you live" not in alone.words


def test_every_language_has_every_text_with_the_same_places() -> None:
    english = speak("en")._texts
    for language in LANGUAGES:
        texts = speak(language)._texts
        assert texts.keys() == english.keys()
        for name, text in texts.items():
            assert re.findall(r"\{\w+\}", text) == re.findall(r"\{\w+\}", english[name]) or sorted(
                re.findall(r"\{\w+\}", text)
            ) == sorted(re.findall(r"\{\w+\}", english[name]))
        assert len(texts["months"].split()) == 12
        for right in Right:
            assert f"right_{right}" in texts
        for outcome in Outcome:
            assert {f"outcome_{outcome}", f"long_{outcome}"} <= texts.keys()


def test_the_page_shows_the_first_records_and_names_the_files_for_all(release: Any) -> None:
    records = [record("orders", str(n), item=f"thing {n}") for n in range(1234)]
    page = opened(release.package(lambda: iter(records)))["data/index.html"].decode()
    assert "thing 499" in page
    assert "thing 500" not in page
    assert "The first 500 are shown here; all 1\u202f234 are in the files." in page


def test_dates_and_numbers_read_naturally() -> None:
    assert speak("en").day(date(2026, 3, 1)) == "1 March 2026"
    assert speak("sv").count("records", 1) == "1 post"
    assert speak("sv").count("records", 12345) == "12\u202f345 poster"


# Size


def test_memory_stays_flat_while_the_package_grows(release: Any) -> None:
    filler = "The parcel was left with the neighbour on the second floor, who signed for it. " * 10

    class Sink(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            return len(data)

    def peak(megabytes: int) -> int:
        def records() -> Iterator[dict[str, Any]]:
            for n in range(megabytes * 500):
                yield record("letters", str(n), text=f"{n} {filler}", subject="Your parcel", until=n)

        parts = [Part("shop", "Shop", Outcome.FOUND, records=records), NOTHING]
        stream = PackageStream(release.facts, parts, signer=release.signer, prove=release.prove)
        tracemalloc.start()
        for _ in stream:
            pass
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(1)
    assert peak(200) - peak(2) < 8 * 1024 * 1024


MARKETING = Activity(
    "marketing", "Marketing letters", "To sell", (LegalBasis.CONSENT,), ("address",), retention="a year"
)


@pytest.mark.parametrize(
    ("activity", "newsletter", "held"),
    [
        ("orders", Part("newsletter", "Newsletter", Outcome.NOTHING), ["orders"]),
        (None, Part("newsletter", "Newsletter", Outcome.NOTHING), ["marketing", "orders"]),
        ("orders", Part("newsletter", "Newsletter", Outcome.WITHHELD, "a court forbids it"), ["marketing", "orders"]),
        ("orders", Part("newsletter", "Newsletter", Outcome.FAILED, "away"), ["marketing", "orders"]),
    ],
)
def test_uses_are_told_for_this_person_and_where_that_is_open_all_of_them(
    release: Any, activity: str | None, newsletter: Part, held: list[str]
) -> None:
    found = [{**record("orders", "1", item="Tent"), "activity": activity}]
    shop = Part("shop", "Web shop", Outcome.FOUND, records=lambda: iter(found))
    files = opened(release.build(shop, newsletter, activities=(*release.facts.activities, MARKETING))[0])
    told = json.loads(files["data/manifest.json"])["activities"]
    assert sorted(each["name"] for each in told if each["held"]) == held
    page = files["data/index.html"].decode()
    assert ("To sell" in page) == ("marketing" in held)
    assert "Marketing letters" in page, "what else is done is named all the same"


def test_a_confirmation_tells_of_every_use(release: Any) -> None:
    page = opened(release.confirmation(activities=(*release.facts.activities, MARKETING)))["data/index.html"].decode()
    assert "To sell" in page

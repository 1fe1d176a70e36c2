"""Files are found by whole parts of their paths, never outside their store, and never by a stranger's wildcard."""

from pathlib import Path

import pytest

from habeas.connectors.files import FilesConnector
from habeas.connectors.files.folder import Folder
from habeas.connectors.files.patterns import PathPattern
from habeas.sdk import Decided, Deed, Faults, NeedsPerson, Record, Refused, Subject

ANN = "ann@example.com"
ALIKE = (
    ANN, "ANN@example.com", "nn@example.com", "aann@example.com", "ann@example.com.bak", "ann@example.co",
    "a?n@example.com", "[a]nn@example.com", "a[n]n@example.com", "{ann,bob}@example.com", "ann@example.com ",
    "аnn@example.com", "a\u0301nn@example.com", "ánn@example.com", "-rf@example.com", "~ann@example.com",
    "ann@example.com'", "$(ann)@example.com", "ann;ls@example.com", "ann.@example.com",
    ".ann@example.com", "..ann@example.com",
)  # fmt: skip
FIND: dict[str, object] = {"folder": "store", "activity": "a", "find": ["applications/{email}/*"]}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    for name in ALIKE:
        folder = tmp_path / "store" / "applications" / name
        folder.mkdir(parents=True)
        (folder / "cv.txt").write_text(name)
    (tmp_path / "store" / "applications" / "loose.txt").write_text("nobody's")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "cv.txt").write_text("of the company")
    return tmp_path


def export(here: Path, email: str, **settings: object) -> list[Record]:
    connector = FilesConnector.from_settings({**FIND, **settings}, here)
    return list(connector.export(Subject({"email": (email,)})))


@pytest.mark.parametrize("email", [each for each in ALIKE if each == each.strip()])
def test_a_person_finds_their_own_folder_only(here: Path, email: str) -> None:
    assert [each.key for each in export(here, email)] == [f"applications/{email}/cv.txt"]


@pytest.mark.parametrize(
    "email",
    ["../secret", "ann@example.com/..", "../applications/ann@example.com", "/etc", "a/../../secret", "..\\secret",
     "./ann@example.com", "ann@example.com/", "?nn@example.com", "[ab]nn@example.com", "ann@example.*"[:-1]],
)  # fmt: skip
def test_an_identifier_never_leads_elsewhere(here: Path, email: str) -> None:
    assert export(here, email) == []


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("applications/{email}/*", ["cv.txt"]),
        ("applications/{email}/*.txt", ["cv.txt"]),
        ("applications/{email}/*.pdf", []),
        ("applications/{email}/**", ["cv.txt", "more/deep.txt"]),
        ("applications/{email}/*/*", ["more/deep.txt"]),
        ("*/{email}/c*t", ["cv.txt"]),
        ("{email}/**", []),
        ("applications/{email}", []),
    ],
)
def test_a_pattern_finds_what_it_says(here: Path, pattern: str, found: list[str]) -> None:
    deep = here / "store" / "applications" / ANN / "more"
    deep.mkdir()
    (deep / "deep.txt").write_text("deep")
    records = export(here, ANN, find=[pattern])
    assert [each.key.removeprefix(f"applications/{ANN}/") for each in records] == found


@pytest.mark.parametrize(
    "pattern",
    ["applications/*", "**", "applications/{email}-*.pdf", "{email}.txt", "{Email}/*", "/{email}/*", "../{email}/*",
     "{email}/../*", "a/**/{email}", "{email}/**x", "{}/*", "{email}//x", "{email}\\x", 7, ""],
)  # fmt: skip
def test_a_pattern_that_could_find_others_is_refused(here: Path, pattern: object) -> None:
    with pytest.raises(Faults):
        FilesConnector.from_settings({**FIND, "find": [pattern]}, here)


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"folder": None}, 1),
        ({"s3": {"bucket": "b"}}, 1),
        ({"colour": 1, "kind": "a b", "activity": "", "max_files": 0}, 4),
        ({"find": "x"}, 1),
        ({"index": 7}, 1),
        ({"index": {"file": "", "colour": 1}}, 3),
    ],
)
def test_settings_name_every_fault_at_once(here: Path, change: dict[str, object], faults: int) -> None:
    with pytest.raises(Faults) as caught:
        FilesConnector.from_settings({**FIND, **change}, here)
    assert len(caught.value.faults) == faults


def test_the_settings_of_a_bucket_never_show_its_keys(here: Path) -> None:
    s3 = {"bucket": "b", "access_key": "pa55", "secret_key_env": "NOT_SET_ANYWHERE", "colour": 1}
    with pytest.raises(Faults) as caught:
        FilesConnector.from_settings({"activity": "a", "find": ["{email}/*"], "s3": s3}, here)
    assert len(caught.value.faults) == 2
    assert "pa55" not in str(caught.value)
    with pytest.raises(Faults, match="go together"):
        FilesConnector.from_settings(
            {"activity": "a", "find": ["{email}/*"], "s3": {"bucket": "b", "access_key": "k"}}, here
        )


@pytest.mark.parametrize("link", ["applications/{0}/link.txt", "applications/{0}/link"])
def test_a_link_is_not_followed_and_not_passed_over(here: Path, link: str) -> None:
    (here / "store" / link.format(ANN)).symlink_to(here / "secret" / ("cv.txt" if link.endswith("txt") else ""))
    with pytest.raises(NeedsPerson, match="link"):
        export(here, ANN)


def test_a_folder_that_is_a_link_is_not_followed(here: Path) -> None:
    (here / "store" / "applications" / "eve@example.com").symlink_to(here / "secret")
    with pytest.raises(NeedsPerson, match="link"):
        export(here, "eve@example.com")


def test_files_found_by_what_is_not_proved_are_not_taken_for_none(here: Path) -> None:
    connector = FilesConnector.from_settings({**FIND, "find": ["{email}/*", "{customer_number}/*"]}, here)
    with pytest.raises(NeedsPerson, match="customer_number"):
        list(connector.export(Subject({"email": (ANN,)})))


def index(here: Path, text: str) -> dict[str, object]:
    (here / "store" / "index.csv").write_text(text, encoding="utf-8")
    return {"find": [], "index": {"file": "index.csv", "identifiers": {"email": "email"}, "date": "date"}}


def test_an_index_tells_whose_a_file_is_and_since_when(here: Path) -> None:
    path = "applications/loose.txt"
    settings = index(here, f"path,email,date\n{path},{ANN},2025-02-01\nx,bob@example.com,\nnone.txt,{ANN},\n")
    (record,) = export(here, ANN, **settings)
    assert (record.key, str(record.dated), record.matches) == (path, "2025-02-01", {"email": ANN})


@pytest.mark.parametrize("path", ["../secret/cv.txt", "/etc/passwd", "applications/../../secret/cv.txt", "a//b", "."])
def test_an_index_never_leads_out_of_the_folder(here: Path, path: str) -> None:
    with pytest.raises(NeedsPerson, match="out of the folder"):
        export(here, ANN, **index(here, f"path,email,date\n{path},{ANN},\n"))


@pytest.mark.parametrize("text", ["", "path,date\n", 'path,email,date\n"open,x,\n'])
def test_an_index_that_cannot_be_read_is_not_taken_for_empty(here: Path, text: str) -> None:
    with pytest.raises(NeedsPerson, match="index"):
        export(here, ANN, **index(here, text))


def test_an_index_that_is_not_there_is_not_taken_for_empty(here: Path) -> None:
    settings = index(here, "")
    (here / "store" / "index.csv").unlink()
    with pytest.raises(NeedsPerson, match="not there"):
        export(here, ANN, **settings)


def test_an_erased_file_takes_its_empty_folder_along_and_leaves_the_index_to_a_person(here: Path) -> None:
    settings = index(here, f"path,email,date\napplications/{ANN}/cv.txt,{ANN},\napplications/loose.txt,x,\n")
    connector = FilesConnector.from_settings({**FIND, **settings}, here)
    person = Subject({"email": (ANN,)})
    scope = [Decided(each.kind, each.key, each.digest, keep=False) for each in connector.locate(person)]
    for _ in range(2):
        done = {(each.kind, each.deed): each for each in connector.erase(person, scope)}
        assert done["file", Deed.ERASED].verified
        assert done["index", Deed.NEEDS_PERSON].count == 1
    assert not (here / "store" / "applications" / ANN).exists()
    assert (here / "store" / "applications" / "loose.txt").exists()


def test_an_order_for_another_kind_or_a_record_twice_is_refused(here: Path) -> None:
    connector = FilesConnector.from_settings(FIND, here)
    decided = Decided("file", f"applications/{ANN}/cv.txt", "0", keep=False)
    for scope in ([Decided("customer", "1", "0", keep=False)], [decided, decided]):
        with pytest.raises(Refused):
            list(connector.erase(Subject({"email": (ANN,)}), scope))


def test_too_many_files_stop_the_order(here: Path) -> None:
    (here / "store" / "applications" / ANN / "two.txt").write_text("two")
    with pytest.raises(NeedsPerson, match="more than 1"):
        export(here, ANN, max_files=1)


def test_a_store_that_is_away_says_so(tmp_path: Path) -> None:
    assert FilesConnector.from_settings(FIND, tmp_path).check().problems == ("the folder is not there",)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("applications/{email}/*", "applications/canary-1@x.invalid/canary"),
        ("{email}/**", "canary-1@x.invalid/canary.txt"),
        ("in-*/{email}/*.pdf", "in-canary/canary-1@x.invalid/canary.pdf"),
        ("{email}", "canary-1@x.invalid"),
    ],
)
def test_the_file_of_a_canary_is_one_that_its_pattern_finds(pattern: str, path: str) -> None:
    canary = Subject({"email": ("canary-1@x.invalid",)})
    made = PathPattern(pattern)
    assert made.path_of(canary) == path
    assert [search.fits(path) for search in made.searches(canary)] == [True]


def test_a_canary_is_not_put_where_a_link_leads(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "store/canary-1@x.invalid").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NeedsPerson, match="link"):
        Folder(tmp_path / "store").put("canary-1@x.invalid/canary", b"x")
    assert list((tmp_path / "elsewhere").iterdir()) == []

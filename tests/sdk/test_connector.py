"""The class that connector authors inherit, and the secrets their settings name."""

import copy
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from habeas.sdk import Connector, Fault, Faults, Operation, Record, Refused, Secret, Subject, read_secret, require

ANN = Subject({"email": ("ann@example.com",)})


class Exports(Connector):
    def export(self, subject: Subject) -> Iterator[Record]:
        yield Record("note", "1", "notes", {"text": "hello"}, {"email": subject.values("email")[0]})


def test_a_connector_supports_what_it_overrides() -> None:
    assert Connector.supports == frozenset()
    assert Exports.supports == {Operation.EXPORT, Operation.LOCATE}


def test_locate_is_worked_out_from_export() -> None:
    assert [each.digest for each in Exports().locate(ANN)] == [each.digest for each in Exports().export(ANN)]


def test_every_operation_of_the_connector_itself_does_nothing() -> None:
    nothing = Connector()
    for operation in Operation:
        assert callable(getattr(nothing, operation))
    assert [*nothing.channels(ANN), *nothing.locate(ANN), *nothing.erase(ANN, ())] == []
    assert [*nothing.rectify(ANN, ()), *nothing.restrict(ANN), *nothing.suppress(ANN)] == []
    assert nothing.check().ok


def test_an_operation_that_is_not_supported_is_refused_rather_than_empty() -> None:
    require(Exports(), Operation.EXPORT)
    with pytest.raises(Refused, match="erase"):
        require(Exports(), Operation.ERASE)


def test_unknown_settings_are_refused_all_at_once() -> None:
    with pytest.raises(Faults) as caught:
        Exports.from_settings({"one": 1, "two": 2}, Path())
    assert [fault.where for fault in caught.value.faults] == ["one", "two"]
    assert isinstance(Exports.from_settings({}, Path()), Exports)


def test_a_secret_is_never_shown_or_written() -> None:
    secret = Secret("pa55")
    assert "pa55" not in f"{secret} {secret!r}" + str([secret]) + str(vars(Secret))
    assert secret.reveal() == "pa55"
    assert secret == Secret("pa55") != Secret("other")
    for write in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            write(secret)


def test_a_secret_comes_from_a_value_a_file_or_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "url").write_text("pa55\n")
    monkeypatch.setenv("SHOP_URL", "pa55")
    for settings in ({"url": "pa55"}, {"url_file": "url"}, {"url_env": "SHOP_URL"}):
        assert read_secret(settings, "url", tmp_path) == Secret("pa55")


@pytest.mark.parametrize(
    "settings",
    [{}, {"url": "a", "url_env": "B"}, {"url": 7}, {"url": " "}, {"url_env": "NOT_THERE"}, {"url_file": "no"},
     {"url_file": "empty"}, {"url_file": "binary"}],
)  # fmt: skip
def test_a_secret_that_is_not_there_is_a_fault(settings: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff")
    assert isinstance(read_secret(settings, "url", tmp_path), Fault)


def test_the_sdk_needs_the_standard_library_only() -> None:
    code = (
        "import sys; before = set(sys.modules); import habeas.sdk;"
        "extra = {name.split('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names);"
        "ours = {name for name in sys.modules if name.startswith('habeas.') and not name.startswith('habeas.sdk')};"
        "print(sorted(extra), sorted(ours))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "['habeas'] []"

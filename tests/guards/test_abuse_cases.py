"""Every abuse case of docs/security.md is tried by a test, and kept out by a guard or by how the house is built."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.guards.guards import GUARDS

NUMBERS = range(1, 36)
BY_CONSTRUCTION = "by construction"
_CITED = re.compile(r"\b[Cc]ases?\s+((?:R?\d+)(?:(?:,\s+and\s+|,\s*|\s+and\s+)R?\d+)*)")
_LINE = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \| \[[^]]+\]\(\.\./(tests/[^)]+)\) \|$", re.MULTILINE)
#: What would have to be imported for a language model to read or write anything here.
_MODELS = (
    *("anthropic", "cohere", "google.generativeai", "mistralai", "ollama", "openai", "litellm"),
    *("dspy", "haystack", "instructor", "langchain", "llama_cpp", "llama_index", "vllm"),
    *("onnxruntime", "sentence_transformers", "spacy", "tensorflow", "tiktoken", "torch", "transformers"),
)


@dataclass(frozen=True)
class Line:
    """One abuse case as the document tells it."""

    attack: str
    against: str
    proof: str


@pytest.fixture(scope="module")
def told(request: pytest.FixtureRequest) -> Mapping[int, Line]:
    """The table of the document."""
    text = (request.config.rootpath / "docs/security.md").read_text(encoding="utf-8")
    return {int(number): Line(*rest) for number, *rest in _LINE.findall(text)}


@pytest.fixture(scope="module")
def cited(request: pytest.FixtureRequest) -> Mapping[int, set[str]]:
    """By number, the files of the tests that cite it."""
    root, found = request.config.rootpath, defaultdict(set)
    for path in sorted((root / "tests").rglob("test_*.py")):
        for words in docstrings(ast.parse(path.read_text(encoding="utf-8"))):
            for number in numbers_in(words):
                found[number].add(path.relative_to(root).as_posix())
    return found


def docstrings(tree: ast.Module) -> Iterator[str]:
    """What a module of tests says of itself, and each of its tests."""
    yield ast.get_docstring(tree) or ""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield ast.get_docstring(node) or ""


def numbers_in(words: str) -> Iterator[int]:
    """The abuse cases that a docstring cites."""
    for listed in _CITED.findall(words):
        yield from map(int, re.findall(r"(?<!R)\b\d+", listed))


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("Case 4.", [4]),
        ("Cases 7 and 17.", [7, 17]),
        ("Cases 7, 17, and 22: so it is.", [7, 17, 22]),
        ("Case R13, 31: unknown.", [31]),
        ("Good once (abuse case 28).", [28]),
        ("Nothing of the cases that came.", []),
    ],
)
def test_a_citation_is_read(words: str, numbers: list[int]) -> None:
    assert list(numbers_in(words)) == numbers


def test_the_document_tells_every_abuse_case(told: Mapping[int, Line]) -> None:
    assert list(told) == list(NUMBERS)


def test_every_abuse_case_is_tried_by_a_test(cited: Mapping[int, set[str]], capsys: pytest.CaptureFixture[str]) -> None:
    missing = [number for number in NUMBERS if number not in cited]
    with capsys.disabled():
        files = {file for number in NUMBERS for file in cited.get(number, ())}
        print(f"\nabuse cases: tried {len(NUMBERS) - len(missing)} of {len(NUMBERS)} in {len(files)} files, skipped 0")
    assert missing == []


def test_the_proof_stands_where_the_document_says(told: Mapping[int, Line], cited: Mapping[int, set[str]]) -> None:
    assert [(number, line.proof) for number, line in told.items() if line.proof not in cited[number]] == []


def test_every_abuse_case_has_a_guard_that_is_taken_out(told: Mapping[int, Line]) -> None:
    guarded = {number for guard in GUARDS for number in guard.cases}
    assert guarded <= set(NUMBERS)
    built = {number for number, line in told.items() if line.against.startswith(BY_CONSTRUCTION)}
    assert sorted(set(NUMBERS) - guarded - built) == []
    assert len(GUARDS) >= 60


def test_no_model_reads_or_writes_anything_here(request: pytest.FixtureRequest) -> None:
    """Case 15: what a person wrote is shown to people and sealed to services; nothing interprets it."""
    root = request.config.rootpath
    product = [path for folder in ("shared/habeas", "services") for path in (root / folder).rglob("*.py")]
    assert len(product) > 200
    assert {path.name: each for path in product for each in imports_of(path) if is_of_a_model(each)} == {}
    locked = (root / "requirements.txt").read_text(encoding="utf-8")
    names = {line.split("==")[0].replace("-", "_") for line in locked.splitlines() if "==" in line}
    assert len(names) > 20
    assert {name for name in names if is_of_a_model(name)} == set()


def imports_of(path: Path) -> Iterator[str]:
    """The modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def is_of_a_model(module: str) -> bool:
    """Say whether a module is one of those that run or call a language model."""
    return any(module == each or module.startswith(f"{each}.") for each in _MODELS)

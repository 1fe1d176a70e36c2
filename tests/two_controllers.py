"""Two controllers of one deployment: the sample company, and a second one with the same policy."""

from pathlib import Path

SAMPLE = Path(__file__).parents[1] / "examples/sample-company/profile.yaml"
HERE, ELSEWHERE = "nordlunds-lampor", "sydlunds-lampor"


def write_profiles(folder: Path) -> str:
    """Write both policies into a folder; return it as the setting has it."""
    folder.mkdir(parents=True)
    text = SAMPLE.read_text(encoding="utf-8")
    for controller in (HERE, ELSEWHERE):
        (folder / f"{controller}.yaml").write_text(text.replace(HERE, controller), encoding="utf-8")
    return str(folder)

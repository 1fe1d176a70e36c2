"""What a page shows for a system that no program reaches is taken by a profile as it stands."""

import re
from pathlib import Path

from habeas.profile import load_profile
from habeas.sdk import Operation

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/connectors/leadfeeder.md"


def test_the_page_of_leadfeeder_shows_a_system_that_is_a_person_s_task(tmp_path: Path) -> None:
    (block,) = re.findall(r"^```yaml\nsystems:\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    profile = (ROOT / "examples/sample-company/profile.yaml").read_text(encoding="utf-8")
    assert profile.count("\nsystems:\n") == 1
    shown = block.replace("lead_generation", "newsletter")  # an activity that the sample has
    file = tmp_path / "profile.yaml"
    file.write_text(profile.replace("\nsystems:\n", f"\nsystems:\n{shown}"), encoding="utf-8")
    system = load_profile(file).system("leadfeeder")
    assert all(system.leaves_to_people(each) for each in (Operation.EXPORT, Operation.LOCATE, Operation.ERASE))
    assert system.instructions is not None
    for language in ("sv", "en"):
        assert "_lfa" in system.instructions.in_(language)

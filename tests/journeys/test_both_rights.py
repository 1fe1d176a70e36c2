"""Where a copy and an erasure are asked at once, the copy is handed out before anything is erased."""

from pathlib import Path

from answers import in_order, manifest_of, records_in, unpack
from company_facts import every_row, facts_about, stopped
from journeys.steps import AT, approve, await_answer, await_on_plan, fetch, fetch_one_of_several, prove, text_of

from habeas.testing.running import House
from habeas.testing.waiting import wait_until
from habeas.testing.walk import Agent

WHO = "goran.rosen@post.example"


def test_the_copy_is_handed_out_before_anything_is_erased(house: House, ada: Agent, bo: Agent, tmp_path: Path) -> None:
    before, facts = every_row(house.company), facts_about(house.company, WHO)
    assert facts["shop"]["orders"]
    with house.person("sv") as person:
        case = prove(house, person, ["access", "erasure"], WHO)
        approve(ada, f"ada@{AT}", case)
        approve(bo, f"bo@{AT}", case)
        await_answer(person)
        await_on_plan(ada, case, "Approved, and not begun")
        assert every_row(house.company) == stopped(before, WHO), "approved by two, and still nothing is erased"
        package = fetch(house, person, WHO, tmp_path / "package")
        wait_until(lambda: not facts_about(house.company, WHO)["shop"]["orders"], 60, "the erasure is carried out")
        wait_until(lambda: text_of(person.open(f"/case/{case}")).count("Det här är besvarat") == 2, 60, "both are done")
        confirmation = fetch_one_of_several(house, person, WHO, tmp_path / "confirmation", "erasure")
    found = records_in(unpack(package, tmp_path / "bag"))
    for kind, rows in facts["shop"].items():
        assert in_order(found["shop"][kind]) == in_order(rows), kind
    manifest = manifest_of(unpack(confirmation, tmp_path / "other"))
    assert (manifest["kind"], manifest["right"], manifest["case"]) == ("confirmation", "erasure", case)
    assert "Everything was proved." in house.run("verify", str(confirmation), of="fulfilment")

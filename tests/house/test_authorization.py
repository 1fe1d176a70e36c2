"""Nobody comes in at a door but those whom the table names: each door of each service is called as each caller."""

from collections import Counter
from collections.abc import Iterator

import pytest
from tests.house.authorization import AGENTS, CALLERS, MAY, REFUSED_WITHIN, may
from tests.house.callers import UNKNOWN, House
from tests.house.test_doors import routes_of
from tests.identity.conftest import token_free
from werkzeug.test import TestResponse

from habeas.vocabulary import SERVICES

TURNED_AWAY = (303, 401, 403, 404)


@pytest.fixture(scope="module", params=SERVICES)
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    opened = House.open(request.param, tmp_path_factory.mktemp(request.param))
    yield opened
    opened.close()


def is_let_in(house: House, route: str, answer: TestResponse) -> bool:
    """Say whether a caller came in; raises where the answer is neither a yes nor one of the ways to say no."""
    assert answer.status_code < 500, (route, answer.status_code)
    if house.reached:
        return answer.status_code != REFUSED_WITHIN.get(route)
    assert answer.status_code in TURNED_AWAY, (route, answer.status_code)
    assert answer.status_code != 303 or answer.location.startswith(("/agents/sign-in?", "/prove/")), answer.location
    return False


def test_every_route_stands_in_the_table_and_no_other_does(house: House) -> None:
    """V8.2.1."""
    assert set(routes_of(house.app)) == set(MAY[house.name])


def test_every_operation_that_programs_are_told_of_stands_in_the_table(house: House) -> None:
    if house.name != "intake":
        assert not any(route.split()[1].startswith("/api") for route in MAY[house.name])
        return
    told = house.app.test_client().get("/api/openapi.json", base_url="http://127.0.0.1:8080").json
    operations = {
        f"{method.upper()} {path.replace('{case}', '<case:case>')}"
        for path, methods in told["paths"].items()
        for method in methods
        if method != "parameters"
    }
    assert operations
    assert operations <= set(MAY["intake"])


def test_nobody_comes_in_but_those_whom_the_table_names(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """Case 30."""
    count: Counter[str] = Counter()
    wrong = []
    for route, (_, access) in sorted(routes_of(house.app).items()):
        for caller in CALLERS:
            answer = house.call(caller, route, access)
            let_in = is_let_in(house, route, answer)
            count["allowed" if let_in else "refused"] += 1
            if let_in is not (caller in may(house.name, route)):
                wrong.append((route, caller, answer.status_code))
    with capsys.disabled():
        print(
            f"\nauthorization at {house.name}: tried {count.total()}, refused {count['refused']}, "
            f"allowed {count['allowed']}, skipped 0"
        )
    assert wrong == []
    assert count.total() == len(MAY[house.name]) * len(CALLERS)


def test_an_act_of_its_own_asks_even_those_who_may_for_a_fresh_look(house: House) -> None:
    """Case 22: the grant that opens the console destroys nothing."""
    for route, (_, access) in routes_of(house.app).items():
        if access.fresh:
            for caller in AGENTS:
                assert not is_let_in(house, route, house.call(caller, route, access, stale=True)), (route, caller)


def test_another_controllers_case_looks_like_one_that_nobody_has(house: House) -> None:
    """Case 30 and V8.2.2: the same bytes, for agents and for programs."""
    tried = 0
    for route, (_, access) in routes_of(house.app).items():
        if "<case:case>" not in route or "everyone" in MAY[house.name][route]:
            continue
        caller = "key elsewhere" if access.kind == "machine" else "elsewhere"
        theirs, nobodys = (house.call(caller, route, access, case=case) for case in (house.case, UNKNOWN))
        told = [token_free(each.get_data(as_text=True)) for each in (theirs, nobodys)]
        if access.kind == "subject":
            assert (theirs.status_code, nobodys.status_code) == (303, 303)
            continue
        assert told[0] == told[1], route
        assert theirs.status_code == nobodys.status_code == 404, route
        tried += 1
    assert tried == sum(
        "<case:case>" in route and told not in ("everyone", "subject") for route, told in MAY[house.name].items()
    )

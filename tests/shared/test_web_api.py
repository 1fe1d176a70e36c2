"""The machine door: what is not declared is refused, and what is declared is described."""

import pytest
from marshmallow import fields

from habeas.errors import Refused
from habeas.testing.visitor import Visitor, make_room
from habeas.web import ApiBlueprint, Ask, Caller, Guards, Shape, create_app, machine, open_to


class Address(Shape):
    city = fields.String(required=True)


class Order(Shape):
    number = fields.Integer(required=True, strict=True)
    address = fields.Nested(Address)


class Receipt(Shape):
    number = fields.Integer(required=True)


def read_bearer(text: str, _ask: Ask) -> Caller:
    if text != "key":
        raise Refused("unknown key")
    return Caller("machine", "shop")


def make_api() -> ApiBlueprint:
    orders = ApiBlueprint("orders", __name__, description="Orders")

    @orders.route("/api/orders", methods=["POST"])
    @open_to(machine)
    @orders.arguments(Order)
    @orders.response(201, Receipt)
    def order(ordered: dict[str, int]) -> dict[str, int]:
        """Take an order."""
        return {"number": ordered["number"]}

    return orders


@pytest.fixture
def visitor() -> Visitor:
    return Visitor(create_app(make_room(make_api(), guards=Guards(bearer=read_bearer))))


def send(visitor: Visitor, body: object) -> tuple[int, dict[str, object]]:
    answer = visitor.send("POST", "/api/orders", json=body, headers={"Authorization": "Bearer key"})
    assert answer.json is not None
    return answer.status_code, answer.json


def test_what_is_declared_is_taken(visitor: Visitor) -> None:
    assert send(visitor, {"number": 7, "address": {"city": "Växjö"}}) == (201, {"number": 7})


def test_every_fault_of_a_body_is_named_with_its_path(visitor: Visitor) -> None:
    """Case 31."""
    status, problem = send(visitor, {"number": "7", "verified": True, "address": {"town": "Växjö"}})
    assert status == 422
    errors = problem["errors"]
    assert isinstance(errors, list)
    assert {error["field"] for error in errors} == {"number", "verified", "address.city", "address.town"}
    assert all(error["problem"] for error in errors)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff", b"null"])
def test_a_body_that_is_no_object_is_a_problem_and_no_bug(visitor: Visitor, body: bytes) -> None:
    answer = visitor.send(
        "POST", "/api/orders", data=body, content_type="application/json", headers={"Authorization": "Bearer key"}
    )
    assert answer.status_code in (400, 422)
    assert answer.content_type == "application/problem+json"


def test_nothing_is_read_of_a_caller_who_shows_nothing(visitor: Visitor) -> None:
    assert visitor.send("POST", "/api/orders", data=b"{", content_type="application/json").status_code == 401


def test_the_door_is_described_as_openapi(visitor: Visitor) -> None:
    spec = visitor.get("/api/openapi.json").json
    assert spec is not None
    assert spec["openapi"] == "3.1.0"
    operation = spec["paths"]["/api/orders"]["post"]
    assert operation["summary"] == "Take an order."
    assert spec["security"] == [{"bearer": []}]
    assert spec["components"]["schemas"]["Order"]["additionalProperties"] is False
    wrong = operation["responses"]["422"]["$ref"].rsplit("/", 1)[1]
    content = spec["components"]["responses"][wrong]["content"]
    assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}

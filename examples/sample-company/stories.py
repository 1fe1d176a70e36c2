"""Makes up what the people did: rows for the shop and for the newsletter, over the last ten years."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random

from people import DEMO, LOOK_ALIKE, Person

Rows = dict[str, list[tuple[object, ...]]]

PRODUCTS = (
    ("NL-TAK-1", "Taklampa Norrsken", 129900),
    ("NL-TAK-2", "Taklampa Fyren", 89900),
    ("NL-BORD-1", "Bordslampa Viken", 59900),
    ("NL-BORD-2", "Bordslampa Ängen", 74900),
    ("NL-GOLV-1", "Golvlampa Tallen", 179900),
    ("NL-UTE-1", "Utelampa Stormvakt", 99900),
    ("NL-LED-4", "LED-lampor, fyra", 14900),
    ("NL-SKÄRM", "Lampskärm i linne", 34900),
)
BROWSERS = ("Firefox/128 on Linux", "Safari/17 on iPhone", "Chrome/126 on Windows", "Edge/126 on Windows")
QUESTIONS = (
    (
        "Lampan blinkar",
        "Hej! Lampan blinkar när min granne Bosse (070-000 00 00) startar sin motorsåg. Kan ni hjälpa mig?",
    ),
    ("Wrong colour", "The shade I received is green, but I ordered the blue one. It was a gift for my sister."),
    ("Var är mitt paket?", "Hej, spårningen har stått still i en vecka. Jag är hemma efter klockan 17."),
    ("Invoice address", "Please put my maiden name on the next invoice. Thank you!"),
)
ANSWERS = (
    "Tack för ditt meddelande! Vi återkommer inom två dagar.",
    "We are sorry to hear that. A new one is on its way.",
)
TEN_YEARS = 3650


def shop_rows(random: Random, people: Sequence[Person], today: date) -> Rows:
    """The rows of the shop's tables, in the order in which references allow to insert them."""
    names = (
        "addresses products customers orders order_lines invoices invoice_lines support_tickets ticket_messages logins"
    )
    rows: Rows = {name: [] for name in names.split()}
    rows["products"] = [(number, *product) for number, product in enumerate(PRODUCTS, 1)]
    places = {person.address.id: person.address for person in people}
    rows["addresses"] = [(p.id, p.street, p.postcode, p.city, "SE") for _, p in sorted(places.items())]
    customers = [person for person in people if person.customer]
    for number, person in enumerate(customers, 1):
        bought = _dates_bought(random, person, today)
        since = min(bought, default=today - timedelta(days=random.randint(1, 900)))
        phone = f"070-{random.randint(100, 999)} {random.randint(10, 99)} {random.randint(10, 99)}"
        rows["customers"].append(
            (number, f"NL-{1000 + number}", person.email, person.name, phone, person.address.id, since.isoformat())
        )
        for day in bought:
            _buy(random, rows, number, person, day)
        if person in (DEMO, LOOK_ALIKE) or random.random() < 0.3:
            _ask(random, rows, number, bought[-1] if bought else since)
        _sign_in(random, rows, number, today)
    return rows


def newsletter_rows(random: Random, people: Sequence[Person], today: date) -> Rows:
    """The rows of the newsletter's tables."""
    first = today - timedelta(days=700)
    sendings = [(number, (first + timedelta(days=30 * number)).isoformat()) for number in range(1, 23)]
    rows: Rows = {
        "sendings": [(number, day, f"Ljus i mörkret, nr {number}") for number, day in sendings],
        "subscribers": [],
        "opens": [],
    }
    for number, person in enumerate((each for each in people if each.subscriber), 1):
        since = today - timedelta(days=random.randint(1, 1500))
        language = "en" if random.random() < 0.3 else "sv"
        consent = "Ja, jag vill ha nyhetsbrevet (formuläret i kassan, version 3)"
        rows["subscribers"].append((number, person.email, person.name, language, since.isoformat(), consent, 0))
        for sending, day in sendings:
            if day > since.isoformat() and (person is DEMO or random.random() < 0.35):
                rows["opens"].append((number, sending, _moment(random, date.fromisoformat(day))))
    return rows


def _dates_bought(random: Random, person: Person, today: date) -> list[date]:
    if person.orders is not None:  # evenly over ten years, so that the law keeps some invoices and not others
        step = TEN_YEARS // person.orders
        return [today - timedelta(days=TEN_YEARS - 20 - step * number) for number in range(person.orders)]
    number = min(int(random.expovariate(0.35)), 15)
    return sorted(today - timedelta(days=random.randint(1, TEN_YEARS)) for _ in range(number))


def _buy(random: Random, rows: Rows, customer: int, person: Person, day: date) -> None:
    order = len(rows["orders"]) + 1
    home, number = person.address, f"B{day.year}-{order:06d}"
    lines = [(random.randint(1, len(PRODUCTS)), random.randint(1, 3)) for _ in range(random.randint(1, 4))]
    total = sum(PRODUCTS[product - 1][2] * quantity for product, quantity in lines)
    rows["orders"].append((order, number, customer, home.id, day.isoformat(), "levererad"))
    booked = (day + timedelta(days=random.randint(0, 5))).isoformat()
    place = f"{home.street}, {home.postcode} {home.city}"
    rows["invoices"].append((order, f"F{order:07d}", customer, number, booked, person.name, place, total))
    for line, (product, quantity) in enumerate(lines, 1):
        _, words, price = PRODUCTS[product - 1]
        rows["order_lines"].append((order, line, product, words, quantity, price))
        rows["invoice_lines"].append((order, line, booked, words, quantity, price * quantity))


def _ask(random: Random, rows: Rows, customer: int, day: date) -> None:
    ticket = len(rows["support_tickets"]) + 1
    subject, question = random.choice(QUESTIONS)
    opened = day + timedelta(days=random.randint(0, 20))
    rows["support_tickets"].append((ticket, customer, opened.isoformat(), subject, "stängt"))
    for number, (author, body) in enumerate((("customer", question), ("support", random.choice(ANSWERS)))):
        message = len(rows["ticket_messages"]) + 1
        sent = _moment(random, opened + timedelta(days=number))
        rows["ticket_messages"].append((message, ticket, author, sent, body))


def _sign_in(random: Random, rows: Rows, customer: int, today: date) -> None:
    for _ in range(random.randint(2, 8)):
        address = (
            f"192.0.2.{random.randint(1, 254)}" if random.random() < 0.7 else f"2001:db8::{random.randint(1, 9999):x}"
        )
        at = _moment(random, today - timedelta(days=random.randint(1, 364)))
        rows["logins"].append((len(rows["logins"]) + 1, customer, at, address, random.choice(BROWSERS)))


def _moment(random: Random, day: date) -> str:
    at = datetime.combine(day, time(random.randint(6, 22), random.randint(0, 59), random.randint(0, 59)))
    return at.isoformat(sep=" ")

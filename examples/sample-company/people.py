"""Makes up the people of the sample company: names, addresses and mail addresses, the same for the same seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from unicodedata import normalize

_GIVEN = (
    "Astri Björn Cecilia Dag Elsa Fredrik Göran Hanna Ingegärd Jörgen Karin Lars-Åke Märta Nils Örjan Pär Ragnhild "
    "Sören Tove Ulla-Britt Viggo Wilhelmina Yngve Åsa Alice Benjamin Charlotte Dominic Eleanor Finlay Georgia Harriet "
    "Isobel Jacob Kieran Léa Matilda Noah Oliver Penelope Rhys Siobhán Theo Una Zoë"
)
_FAMILY = (
    "Andersson Björklund Cederström Dahlgren Ek Fågelström Grönlund Håkansson Isaksson Jönsson Källgren Löfqvist "
    "Månsson Nyström Öhman Palmqvist Rosén Sjögren Törnkvist Ullström Västerlund Wikström Åkerlund Abbott Blackwood "
    "Carter Davies Ellington Fairweather Gallagher Hughes Kowalski MacDonald Ng Okonkwo Pemberton Quinn Smith Taylor "
    "Whitcombe O'Connell D'Arcy van_der_Meer Nguyễn Łukaszewicz"
)
LONG = (
    "Maximiliana Konstantina Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh",
    "Per-Olof Johannes Emanuel Gyllenstierna af Lundholm till Överallansbergshult",
)
_STREETS = "Lampgatan Skärgårdsvägen Ågatan Östra_Långgatan Kyrkbacken Fågelsångsvägen Norra_Promenaden Väderkvarnen"
CITIES = (
    ("602 00", "Norrköping"),
    ("113 30", "Stockholm"),
    ("901 02", "Umeå"),
    ("211 20", "Malmö"),
    ("702 10", "Örebro"),
)
GIVEN, FAMILY, STREETS = _GIVEN.split(), _FAMILY.split(), _STREETS.split()
DOMAINS = ("example.com", "example.org", "example.net", "post.example")


@dataclass(frozen=True)
class Address:
    """A place; several people may live there."""

    id: int
    street: str
    postcode: str
    city: str


@dataclass(frozen=True)
class Person:
    """One person the company knows: as a customer, as a subscriber, as an applicant, or as several of them."""

    name: str
    email: str
    address: Address
    customer: bool = True
    subscriber: bool = False
    applicant: bool = False
    orders: int | None = None


HOME = Address(1, "Lampgatan 12 B", "602 00", "Norrköping")

#: The person of the demo, with rows everywhere; the underscore matches any character where a system asks carelessly.
DEMO = Person(
    "Astrid Bergström-Åkerlund", "astrid_bergstrom@example.com", HOME, subscriber=True, applicant=True, orders=12
)
#: Somebody else at the same address and with nearly the same mail address.
LOOK_ALIKE = Person("Astri Bergström", "astrid.bergstrom@example.com", HOME, subscriber=True, applicant=True, orders=4)
#: Known to the newsletter alone.
READER = Person("Vera Lindholm", "vera.lindholm@example.org", HOME, customer=False, subscriber=True)
#: Known as an applicant alone.
APPLICANT = Person("Ömer Yılmaz", "omer.yilmaz@example.net", HOME, customer=False, applicant=True)

KNOWN = (DEMO, LOOK_ALIKE, READER, APPLICANT)


def make_people(random: Random, count: int) -> Iterator[Person]:
    """The known people, then so many that the list has `count`; about every fourth shares an address."""
    yield from KNOWN
    taken = {person.email for person in KNOWN}
    addresses = [HOME]
    for number in range(count - len(KNOWN)):
        if random.random() < 0.75:
            addresses.append(_address(random, len(addresses) + 1))
        long = number < len(LONG)
        name = LONG[number] if long else f"{random.choice(GIVEN)} {random.choice(FAMILY).replace('_', ' ')}"
        email = _email(random, name, taken)
        taken.add(email)
        yield Person(
            name,
            email,
            random.choice(addresses[-8:]),
            subscriber=random.random() < 0.4,
            applicant=random.random() < 0.015,
        )


def _address(random: Random, number: int) -> Address:
    street = f"{random.choice(STREETS).replace('_', ' ')} {random.randint(1, 120)}"
    return Address(number, street, *random.choice(CITIES))


def _email(random: Random, name: str, taken: set[str]) -> str:
    plain = normalize("NFKD", name.lower().replace("ø", "o").replace("ł", "l")).encode("ascii", "ignore").decode()
    local = ".".join("".join(each for each in part if each.isalnum()) for part in plain.split())[:40].strip(".")
    domain = random.choice(DOMAINS)
    email, number = f"{local}@{domain}", 1
    while email in taken:
        number += 1
        email = f"{local}{number}@{domain}"
    return email

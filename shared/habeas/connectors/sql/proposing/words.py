"""Words that columns and tables are named by, in English, Swedish, Norwegian, German and Slovene."""

import re
import unicodedata
from collections.abc import Mapping

Tokens = tuple[str, ...]

_SPLIT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


_FOLDED = str.maketrans({"ø": "o", "Ø": "O", "ß": "ss", "æ": "ae", "Æ": "Ae", "đ": "d", "ł": "l"})

#: Columns whose values tell one person from all others, or are personal by themselves; the longest term wins.
COLUMNS: Mapping[str, str] = {
    "email": "email|e mail|mail|mejl|epost|e post|eposta|e posta|email address|emailadresse|mailadresse|epostadress|"
    "epostadresse|elektronska posta",
    "phone": "phone|telephone|tel|mobile|cell|cellphone|fax|phone number|mobile number|msisdn|telefon|telefonnummer|"
    "mobil|mobilnummer|tlf|mobiltelefon|handy|handynummer|rufnummer|telefonska stevilka|gsm",
    "personal_number": "personal number|national id|ssn|social security number|personnummer|personnr|"
    "samordningsnummer|fodselsnummer|fodselsnr|steuer id|steuernummer|sozialversicherungsnummer|emso|davcna stevilka|"
    "davcna",
    "name": "first name|last name|firstname|lastname|surname|full name|fullname|given name|family name|middle name|"
    "maiden name|customer name|contact name|person name|display name|username|user name|nickname|login name|"
    "fornamn|efternamn|kundnamn|tilltalsnamn|fornavn|etternavn|kundenavn|vorname|nachname|familienname|kundenname|"
    "benutzername|priimek|ime in priimek|uporabnisko ime|author|initials|recipient name|sender name",
    "address": "address|street|street address|address line|postcode|postal code|postalcode|zip|zipcode|zip code|"
    "adress|gata|gatuadress|postnummer|postnr|adresse|gate|gateadresse|strasse|hausnummer|plz|postleitzahl|anschrift|"
    "naslov|ulica|postna stevilka|latitude|longitude|billing address|shipping address|delivery address",
    "birth_date": "birth date|birthdate|date of birth|dob|birthday|fodelsedatum|fodelsedag|fodselsdato|geburtsdatum|"
    "geburtstag|datum rojstva|rojstni datum|born|born on",
    "ip": "ip|ip address|ipaddress|ip addr|remote addr|remote ip|client ip|last ip|ip adress|ip adresse",
    "payment": "iban|account number|bank account|card number|pan|credit card|ccn|kontonummer|kontonr|bankkonto|"
    "kortnummer|kreditkarte|trr|stevilka kartice|kartnummer",
    "secret": "password|passwd|pwd|password hash|passphrase|secret|salt|api key|apikey|access token|refresh token|"
    "auth token|reset token|session token|session key|token|totp|otp|otp secret|mfa|pin|pin code|private key|losenord|"
    "passord|passwort|kennwort|geslo|client secret|recovery code|remember token|security answer",
    "free_text": "note|notes|comment|comments|remark|remarks|message|body|text|description|feedback|bio|about|"
    "content|anteckning|anteckningar|kommentar|meddelande|merknad|melding|bemerkung|notiz|nachricht|opomba|opombe|"
    "komentar|sporocilo|besedilo|words|subject",
}
#: Words that are personal only where the row is a person's for another reason.
WEAK = (
    "name|city|town|state|country|region|county|company|title|gender|sex|nationality|language|namn|ort|stad|land|"
    "navn|sted|poststed|anrede|firma|stadt|ime|kraj|mesto|drzava|podjetje|spol|kon|kjonn|geschlecht|foretag|browser|"
    "user agent|device|job title|organisation|organization|salutation"
)
#: What stands beside such a word where the column holds something else: when a mail was sent, whether it was.
NOT_ITSELF = _words(
    "template status type count verified confirmed sent opt consent provider domain id hash at on enabled allowed "
    "preference format label kind is has num total flag valid expires expiry length"
)
#: A table of this name holds people; by its English word the identifier is named.
PEOPLE: Mapping[str, str] = {
    "customer": "customer customers client clients buyer buyers kund kunder kunde kunden kundene stranka stranke kupec "
    "kupci shopper shoppers",
    "user": "user users anvandare bruker brukere brukerne benutzer nutzer uporabnik uporabniki login account accounts",
    "member": "member members medlem medlemmar medlemmer mitglied mitglieder clan clani",
    "employee": "employee employees staff anstalld anstallda ansatt ansatte mitarbeiter zaposleni personal",
    "person": "person persons people personer personen oseba osebe individual individuals contact contacts kontakt "
    "kontakter kontakte kontakti",
    "subscriber": "subscriber subscribers prenumerant prenumeranter abonnent abonnenter abonnenten narocnik narocniki",
    "applicant": "applicant applicants candidate candidates sokande soker bewerber kandidat kandidati kandidater",
    "patient": "patient patients patienter pasient pasienter patienten pacient pacienti bolnik bolniki",
    "guest": "guest guests visitor visitors passenger passengers gast gaste gaster gjest gjester gost gosti besucher",
    "student": "student students pupil pupils elev elever schuler ucenec ucenci studenter studenten studenti",
    "lead": "lead leads prospect prospects",
}
_ENTITIES = {word: entity for entity, words in PEOPLE.items() for word in words.split()}
#: A link of this name tells who worked on a row, not whose it is.
ACTORS = _words(
    "by rep agent assignee assigned handler handled approver approved editor creator operator clerk seller salesman "
    "salesperson support manager reviewer admin moderator referrer parent reports inviter boss chef leder vodja "
    "handlaggare saksbehandler bearbeiter"
)
#: The end of a column's name that refers to another row.
REFERRING = _words("id ids no nr num number nummer key ref fk uuid guid code stevilka sifra")
NUMBERING = _words("no nr num number nummer code stevilka sifra ref")
#: Tables in which frameworks keep their own books.
BOOKKEEPING = _words(
    "alembic_version schema_migrations django_migrations flyway_schema_history databasechangelog "
    "databasechangeloglock knex_migrations knex_migrations_lock sequelizemeta ar_internal_metadata "
    "__efmigrationshistory goose_db_version migrations spatial_ref_sys django_content_type"
)
#: Dates with which a row begins, and dates that come later or say something else.
BEGINS = _words(
    "created creation ordered order placed invoiced invoice opened sent registered registration subscribed signed "
    "booked booking started start joined received paid issued date time timestamp occurred logged visited skapad "
    "datum opprettet dato erstellt angelegt bestellt ustvarjeno ustvarjen narocen hire hired added inserted "
    "posted"
)
LATER = _words(
    "updated update modified changed deleted due expires expiry expiration valid until end ended closed birth dob "
    "born birthday last next reminder andrad uppdaterad endret geandert spremenjeno scheduled shipped delivered"
)


def tokens_of(name: str) -> Tokens:
    """The words of a name in small letters without accents: `e_mail`, `eMail` and `E-Mail` give the same."""
    plain = unicodedata.normalize("NFKD", name.translate(_FOLDED))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return tuple(word.lower() for word in _SPLIT.findall(plain))


def _terms(words: str) -> frozenset[Tokens]:
    return frozenset(tuple(term.split()) for term in words.split("|"))


_COLUMN_TERMS = {kind: _terms(words) for kind, words in COLUMNS.items()}
_WEAK_TERMS = _terms(WEAK)


def kind_named(tokens: Tokens) -> str | None:
    """What a column holds by its name: a kind of `COLUMNS`, `weak`, or None."""
    if set(tokens) & NOT_ITSELF and _ends(tokens, _COLUMN_TERMS["secret"]) == 0:
        return None
    best = max(((_ends(tokens, terms), kind) for kind, terms in _COLUMN_TERMS.items()), key=lambda each: each[0])
    if best[0]:
        return best[1]
    return "weak" if _ends(tokens, _WEAK_TERMS) else None


def _ends(tokens: Tokens, terms: frozenset[Tokens]) -> int:
    """How many words of the name's end are a term; digits at its end (`address2`) do not count."""
    while tokens and tokens[-1].isdigit():
        tokens = tokens[:-1]
    joined = "".join(tokens)
    for length in range(len(tokens), 0, -1):
        if tokens[-length:] in terms:
            return length
    return len(tokens) if (joined,) in terms else 0


def entity_of(tokens: Tokens) -> str | None:
    """The kind of people that a table of this name holds, by its last word; None if it names none."""
    return _ENTITIES.get(tokens[-1]) if tokens else None


def is_one_of(single: Tokens, table: Tokens) -> bool:
    """Whether `single` names a row of the table: `delivery address` of `addresses`, `user` of `app_users`."""
    if not single or not table:
        return False
    shorter = min(len(single), len(table))
    return all(_same_word(one, other) for one, other in zip(single[-shorter:], table[-shorter:], strict=True))


def _same_word(single: str, plural: str) -> bool:
    if single == plural or (single, plural) == ("person", "people"):
        return True
    if plural.endswith("ies") and single == plural[:-3] + "y":
        return True
    return len(single) >= 3 and plural.startswith(single) and plural[len(single) :] in (
        "s", "es", "er", "ar", "or", "en", "n", "r", "e", "i", "mar", "mer", "ne", "ene", "erna", "arna",
    )  # fmt: skip

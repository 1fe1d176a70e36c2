"""What a clock says to people: one sentence a rule and language, and how days and lengths are said in each."""

from collections.abc import Mapping
from datetime import date

from babel.dates import format_date

from habeas_intake.laws.periods import Period

SOURCE = "en"
LANGUAGES = ("en", "sv")

#: What a sentence can have put into it: a day, a length, words, a number, or words by language.
Value = date | Period | str | int | Mapping[str, str]

_UNITS = {
    "en": {
        "days": ("day", "days"),
        "working_days": ("working day", "working days"),
        "weeks": ("week", "weeks"),
        "months": ("month", "months"),
        "years": ("year", "years"),
    },
    "sv": {
        "days": ("dag", "dagar"),
        "working_days": ("arbetsdag", "arbetsdagar"),
        "weeks": ("vecka", "veckor"),
        "months": ("månad", "månader"),
        "years": ("år", "år"),
    },
}

WEEKEND = {"en": "a weekend", "sv": "helg"}

_AWAITED = {
    "identity_requested": {"en": "has shown who they are", "sv": "har visat vem hen är"},
    "clarification_requested": {"en": "has said what is meant", "sv": "har sagt vad som menas"},
    "fee_requested": {"en": "has answered about the cost", "sv": "har svarat om kostnaden"},
}

_ASKED = {
    "identity_requested": {"en": "The question who asks", "sv": "Frågan om vem som ber"},
    "clarification_requested": {"en": "The question what is meant", "sv": "Frågan om vad som menas"},
    "fee_requested": {"en": "The question about the cost", "sv": "Frågan om kostnaden"},
}

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "law": {"en": "By {law}:", "sv": "Enligt {law}:"},
    "receipt": {
        "en": "Received on {day} in {zone}; that day is not counted.",
        "sv": "Mottaget {day} i {zone}; den dagen räknas inte.",
    },
    "at_once": {
        "en": "To be acted on at once; the time is only the outer limit for saying that it is done.",
        "sv": "Ska utföras genast; tiden är bara den yttersta gränsen för att säga att det är gjort.",
    },
    "begins_later": {
        "en": "The time begins on {day}, when the last of the request, the proof of identity and the fee had come in.",
        "sv": "Tiden börjar {day}, när det sista av begäran, identitetsuppgiften och avgiften hade kommit in.",
    },
    "reflection": {
        "en": "A share of the cost was asked for: the time begins when ten days for thinking it over end, on {day}.",
        "sv": "Ersättning för en del av kostnaden begärdes: tiden börjar när tio dagars betänketid är slut, {day}.",
    },
    "deemed_withdrawn": {
        "en": "Without a yes to the share of the cost by {day}, the request counts as withdrawn.",
        "sv": "Utan ett ja till kostnadsdelen senast {day} räknas begäran som återtagen.",
    },
    "period": {"en": "Counting {length}, the time ends on {day}.", "sv": "Räknat {length} tar tiden slut {day}."},
    "two_working_days": {
        "en": "The time has to hold two working days: it ends on {day}.",
        "sv": "Tiden måste rymma två arbetsdagar: den tar slut {day}.",
    },
    "extended": {
        "en": "Extended in time: counting {length} from {start}, it ends on {day}.",
        "sv": "Förlängt i tid: räknat {length} från {start} tar tiden slut {day}.",
    },
    "extension_late": {
        "en": "The notice of an extension of {day} came too late, after {last}: it changes nothing.",
        "sv": "Meddelandet om förlängning {day} kom för sent, efter {last}: det ändrar ingenting.",
    },
    "extension_without_reasons": {
        "en": "The notice of an extension of {day} gave no reasons: it changes nothing.",
        "sv": "Meddelandet om förlängning {day} angav inga skäl: det ändrar ingenting.",
    },
    "extension_unknown": {
        "en": "This law sets no longer time: the notice of an extension of {day} changes nothing.",
        "sv": "Denna lag ger ingen längre tid: meddelandet om förlängning {day} ändrar ingenting.",
    },
    "standing_still": {
        "en": "The clock stands still until the person {awaited}.",
        "sv": "Klockan står stilla tills personen {awaited}.",
    },
    "suspended": {
        "en": "{length} did not count while an answer was awaited: {day}.",
        "sv": "{length} räknades inte medan ett svar inväntades: {day}.",
    },
    "no_effect": {
        "en": "{asked}, put on {day}, moves nothing by this law.",
        "sv": "{asked}, ställd {day}, flyttar ingenting enligt denna lag.",
    },
    "roll": {
        "en": "{day} is {why} in {calendar}: the next working day is {end}.",
        "sv": "{day} är {why} i {calendar}: nästa arbetsdag är {end}.",
    },
    "eve": {
        "en": "{day} is {why}: a holiday to national procedure only, so it is not relied on.",
        "sv": "{day} är {why}: helgdag bara för nationella förfaranden, så den räknas som arbetsdag.",
    },
    "day_early": {
        "en": "Read strictly, the month could end a day earlier: better to answer before {day}.",
        "sv": "Strängt läst kan månaden ta slut en dag tidigare: svara hellre före {day}.",
    },
    "weekdays_only": {
        "en": "Federal holidays were left out; counted by weekdays alone it is {day}, the safer aim.",
        "sv": "Federala helgdagar räknades inte; räknat på vardagar blir det {day}, vilket är säkrare.",
    },
    "refusal": {
        "en": "A refusal is due by {day}: an extension does not move it.",
        "sv": "Ett avslag ska lämnas senast {day}: en förlängning flyttar inte den dagen.",
    },
    "acknowledge": {
        "en": "Receipt has to be confirmed within {length}, by {day}.",
        "sv": "Mottagandet ska bekräftas inom {length}, senast {day}.",
    },
    "silence": {
        "en": "Silence after {day} counts as a refusal.",
        "sv": "Tystnad efter {day} räknas som avslag.",
    },
    "simple_at_once": {
        "en": "A short confirmation is owed at once; the full statement by {day}.",
        "sv": "En kort bekräftelse ska ges genast; den fullständiga redogörelsen senast {day}.",
    },
    "compliance_notice": {
        "en": "That it was complied with has to be told within 60 days of the receipt.",
        "sv": "Att begäran har följts ska meddelas inom 60 dagar från mottagandet.",
    },
    "new_date": {
        "en": "Who needs longer tells the new date by {day}; this law sets no length for it.",
        "sv": "Den som behöver längre tid meddelar den nya dagen senast {day}; lagen anger ingen längd.",
    },
    "answer": {"en": "To be answered by {day}.", "sv": "Ska besvaras senast {day}."},
    "no_answer": {"en": "There is no last day yet.", "sv": "Det finns ännu ingen sista dag."},
    "promise": {
        "en": "{controller} promises {length}: {day}.",
        "sv": "{controller} lovar {length}: {day}.",
    },
    "promise_later": {
        "en": "{controller} promises {length}, {day}: later than the law, so it changes nothing.",
        "sv": "{controller} lovar {length}, {day}: senare än lagen, så det ändrar ingenting.",
    },
    "promise_waits": {
        "en": "{controller} promises {length}: that waits as the law's clock does.",
        "sv": "{controller} lovar {length}: det väntar liksom lagens klocka.",
    },
    "earliest": {"en": "The earliest of these days rules: {day}.", "sv": "Den tidigaste av dagarna gäller: {day}."},
    "extension_reason": {
        "en": "The reason that was told: {reason}.",
        "sv": "Skälet som angavs: {reason}.",
    },
}


def say(rule: str, values: Mapping[str, Value], language: str, own: Mapping[str, str] | None = None) -> str:
    """The sentence of a rule with its values put in; `own` sentences go before the catalogue's. No personal data.

    A language without a sentence is answered in English; KeyError for a rule that nobody has words for.
    """
    sentences = own or SENTENCES[rule]
    spoken = next((each for each in (language, language.partition("-")[0]) if each in sentences), SOURCE)
    said = sentences[spoken].format(**{name: _in(value, spoken) for name, value in values.items()})
    return said[:1].upper() + said[1:]


def awaited(kind: str) -> Mapping[str, str]:
    """What a person has done when the wait for an event of that kind is over."""
    return _AWAITED[kind]


def asked(kind: str) -> Mapping[str, str]:
    """What a question of that kind is called."""
    return _ASKED[kind]


def length(period: Period, language: str) -> str:
    """A length in words: `1 month`, `45 dagar`."""
    one, many = _UNITS.get(language, _UNITS[SOURCE])[period.unit]
    return f"{period.count} {one if period.count == 1 else many}"


def _in(value: Value, language: str) -> str:
    if isinstance(value, date):
        return format_date(value, "EEEE d MMMM y", locale=language)
    if isinstance(value, Period):
        return length(value, language)
    if isinstance(value, Mapping):
        return value.get(language, value[SOURCE])
    return str(value)

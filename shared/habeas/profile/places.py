"""Countries and the calendars that days can be counted by, as codes that a profile may use."""

_ISO_3166_1 = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA
CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA
GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS
MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS
RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW
TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
_EEA = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
_LANDS = "BB BE BW BY HB HE HH MV NI NW RP SH SL SN ST TH"
_NATIONS = "ENG NIR SCT WLS"

#: Countries that the Commission has decided to protect data adequately (GDPR Art. 45), some of them in part: CA for
#: commercial organisations, and the USA, which is not here, only for companies on the list of the Data Privacy
#: Framework (Implementing Decision (EU) 2023/1795). Source: the Commission's page "Data protection adequacy for
#: non-EU countries".
_ADEQUATE = "AD AR CA CH FO GB GG IL IM JE JP KR NZ UY"
#: What the United Kingdom adds for its own controllers: the EEA and Gibraltar (Data Protection Act 2018, schedule 21).
_ADEQUATE_TO_GB = "GI"

COUNTRIES = frozenset(_ISO_3166_1.split())

#: The European Economic Area: within it data needs no safeguard to move (GDPR Chapter V).
EEA = frozenset(_EEA.split())

ADEQUATE = frozenset(_ADEQUATE.split())

#: Countries whose holidays differ so much that their part has to be named.
_PARTS = {"CA": ("QC",), "DE": tuple(_LANDS.split()), "GB": tuple(_NATIONS.split())}

#: Countries whose days can be counted as a whole.
_WHOLE = EEA - {"DE"} | {"BR", "CH", "US"}

CALENDARS = _WHOLE | {f"{country}-{part}" for country, parts in _PARTS.items() for part in parts}


def is_protected(home: str, country: str) -> bool:
    """Whether data of a controller in `home` may move to `country` without a safeguard of its own.

    The EEA is one room; beside it stand the countries with an adequacy decision, for a British controller as the
    United Kingdom sees it. Source: GDPR Art. 44 and 45, UK GDPR Art. 45A.
    """
    if country == home:
        return True
    known = EEA | ADEQUATE
    return country in (known | set(_ADEQUATE_TO_GB.split()) if home == "GB" else known)


def calendar_remedy(calendar: str) -> str:
    """What to write instead of a calendar that is not known."""
    country = calendar.partition("-")[0]
    if country in _PARTS:
        return "holidays differ within the country: use one of " + ", ".join(f"{country}-{p}" for p in _PARTS[country])
    if country in _WHOLE:
        return f"use {country}"
    return "use a country such as SE, or a country and its part such as DE-BY"

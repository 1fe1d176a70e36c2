"""Who may come in at which door: the whole table, written by hand and checked by calling each door as each caller.

A caller who is not named is refused. `everyone` is said where nobody is asked who they are. `agent` to `administrator`
have that one role and work for every controller; `elsewhere` has all five roles, and works for another controller than
the one whose case it is. `key` opened the case; `other key` did not; `key elsewhere` is for another controller.
`processor` has signed what it sends.
"""

from collections.abc import Mapping

_LIMIT = "/plan/<case:case>/limits/<any(restriction,objection,consent_withdrawal):right>"

PEOPLE = ("nobody", "subject", "other subject")
ROLES = ("agent", "approver", "officer", "auditor", "administrator")
AGENTS = (*ROLES, "elsewhere", "signed out")
MACHINES = ("key", "other key", "key elsewhere", "upload ticket", "release ticket", "look ticket", "processor")
CALLERS = (*PEOPLE, *AGENTS, *MACHINES)

_REQUESTS = ("requests", "opengdpr_requests")
_ASSETS = {"GET /static/<digest>/<path:name>": "everyone"}

MAY: Mapping[str, Mapping[str, str]] = {
    "intake": {
        **_ASSETS,
        "GET /": "everyone",
        "GET /case/new/<controller>": "everyone",
        "POST /case/new/<controller>": "everyone",
        "GET /received": "everyone",
        "GET /status": "everyone",
        "POST /status": "everyone",
        "POST /status/more": "everyone",
        "GET /case/<case:case>": "subject",
        # programs
        "GET /api/openapi.json": "everyone",
        "POST /api/cases": "key, other key",
        "GET /api/cases/<case:case>": "key",
        # controllers whose processor we are; a key for several of them names none
        "GET /opendsr/v2/discovery": "everyone",
        "GET /opendsr/v2/certificate.pem": "everyone",
        **{f"POST /opendsr/v2/{each}": "key, key elsewhere" for each in _REQUESTS},
        **{f"{verb} /opendsr/v2/{each}/<number>": "key" for each in _REQUESTS for verb in ("GET", "DELETE")},
        # lists: of the caller's controllers only
        "GET /console": "agent, approver, officer, auditor, elsewhere",
        "GET /console/systems": "agent, approver, officer, auditor, elsewhere",
        "GET /console/readings": "officer, auditor, elsewhere",
        "GET /console/holding": "agent, approver, officer, elsewhere",
        "POST /console/holding/confirm": "agent, approver, officer, elsewhere",
        "POST /console/holding/let-through": "agent, approver, officer, elsewhere",
        "GET /console/holding/refuse/<group>": "agent, approver, officer",
        "POST /console/holding/refuse/<group>": "agent, approver, officer",
        "POST /console/holding/withdraw": "agent, approver, officer, elsewhere",
        "POST /console/holding/case/<case:case>": "agent, approver, officer",
        # one case
        "GET /console/case/<case:case>": "agent, approver, officer, auditor",
        "POST /console/case/<case:case>": "agent, approver, officer",
        "POST /console/case/<case:case>/take": "agent, approver, officer",
        "POST /console/case/<case:case>/hand-on": "agent, approver, officer",
        "GET /console/case/<case:case>/<any(extend,complaint):name>": "agent, approver",
        "POST /console/case/<case:case>/<any(extend,complaint):name>": "agent, approver",
        "GET /console/case/<case:case>/unidentified": "agent, approver",
        "POST /console/case/<case:case>/unidentified": "agent, approver",
        "GET /console/case/<case:case>/unidentified/letter": "agent, approver",
        # the desk
        "GET /console/new": "agent, approver, elsewhere",
        "GET /console/new/<controller>": "agent, approver",
        "POST /console/new/<controller>": "agent, approver",
    },
    "identity": {
        **_ASSETS,
        # whoever asks: the page is the same for all
        "GET /prove/<case:case>": "everyone",
        "POST /prove/<case:case>": "everyone",
        "POST /prove/<case:case>/code": "everyone",
        "GET /prove/<case:case>/release": "everyone",
        "POST /prove/<case:case>/release": "everyone",
        "POST /prove/<case:case>/release/code": "everyone",
        "GET /prove/<case:case>/call": "everyone",
        "POST /prove/<case:case>/call": "everyone",
        "GET /prove/<case:case>/release/call": "everyone",
        "POST /prove/<case:case>/release/call": "everyone",
        "GET /prove/<case:case>/mandate": "everyone",
        "POST /prove/<case:case>/mandate": "everyone",
        "GET /prove/<case:case>/letter": "everyone",
        "POST /prove/<case:case>/letter": "everyone",
        "GET /prove/<case:case>/not-me": "everyone",
        "POST /prove/<case:case>/not-me": "everyone",
        "GET /prove/<case:case>/contest": "everyone",
        "POST /prove/<case:case>/contest": "everyone",
        "POST /prove/<case:case>/contest/code": "everyone",
        "GET /prove/<case:case>/address": "everyone",
        "POST /prove/<case:case>/address": "everyone",
        "POST /prove/<case:case>/address/code": "everyone",
        "POST /prove/<case:case>/address/new": "everyone",
        "POST /prove/<case:case>/address/confirm": "everyone",
        "POST /prove/<case:case>/address/cancel": "everyone",
        "GET /prove/<case:case>/sign-in/<provider>": "everyone",
        "POST /prove/<case:case>/sign-in/<provider>": "everyone",
        "GET /prove/back": "everyone",
        # signing in
        "GET /agents/sign-in": "everyone",
        "POST /agents/sign-in": "everyone",
        "POST /agents/sign-in/<provider>": "everyone",
        "GET /agents/back": "everyone",
        "GET /agents/sign-out": "everyone",
        "POST /agents/sign-out": "everyone",
        "GET /agents/enroll": "everyone",
        "POST /agents/enroll": "everyone",
        "GET /agents/passkeys/sign-in": "everyone",
        "POST /agents/passkeys/sign-in": "everyone",
        # one's own passkeys
        "GET /agents/passkeys": "agent, approver, officer, auditor, administrator, elsewhere",
        "GET /agents/passkeys/new": "agent, approver, officer, auditor, administrator, elsewhere",
        "POST /agents/passkeys/new": "agent, approver, officer, auditor, administrator, elsewhere",
        "POST /agents/passkeys/remove": "agent, approver, officer, auditor, administrator, elsewhere",
        # accounts: those of the caller's controllers only
        "GET /agents/accounts": "administrator, elsewhere",
        "GET /agents/accounts/new": "administrator, elsewhere",
        "POST /agents/accounts/new": "administrator, elsewhere",
        "POST /agents/accounts/code": "administrator, elsewhere",
        "POST /agents/accounts/close": "administrator, elsewhere",
        # one case
        "GET /agents/who/<case:case>": "agent, approver, officer, auditor",
        "POST /agents/who/<case:case>/doubt": "agent, approver, officer",
        "GET /agents/evidence/<case:case>": "agent, approver, officer",
        "POST /agents/evidence/<case:case>/<evidence>/look": "agent, approver, officer",
        "POST /agents/evidence/<case:case>/<evidence>/decide": "agent, approver, officer",
        "GET /agents/call/<case:case>": "agent, officer",
        "POST /agents/call/<case:case>": "agent, officer",
        "POST /agents/call/<case:case>/number": "agent, officer",
        "GET /agents/vouch/<case:case>": "approver, officer",
        "POST /agents/vouch/<case:case>": "approver, officer",
        "GET /agents/frozen/<case:case>": "approver, officer",
        "POST /agents/frozen/<case:case>": "approver, officer",
        "POST /agents/frozen/<case:case>/confirm": "approver, officer",
        "GET /agents/approve/<case:case>/<digest>": "approver",
        "POST /agents/approve/<case:case>/<digest>": "approver",
        "POST /agents/approve/<case:case>/<digest>/confirmed": "approver",
        "GET /agents/vouched": "officer, auditor, elsewhere",
        "POST /evidence": "look ticket",
    },
    "fulfilment": {
        **_ASSETS,
        "GET /plan/<case:case>": "agent, approver, officer, auditor",
        "POST /plan/<case:case>/again": "agent, approver, officer",
        "POST /plan/<case:case>/looks/<system>/stay": "agent, approver, officer",
        "POST /plan/<case:case>/looks/again": "agent, approver, officer",
        "POST /plan/<case:case>/call-back": "agent, approver, officer",
        "POST /plan/<case:case>/answers/<right>/again": "agent, approver, officer",
        "POST /plan/<case:case>/orders/<order>/again": "agent, approver, officer",
        f"GET {_LIMIT}/<any(uphold,refuse,lift):act>": "agent, approver",
        f"POST {_LIMIT}/<any(uphold,refuse,lift):act>": "agent, approver",
        f"POST {_LIMIT}/tell": "agent, approver",
        "GET /plan/<case:case>/tasks/<order>": "agent, approver, officer",
        "POST /plan/<case:case>/tasks/<order>": "agent, approver, officer",
        "POST /plan/<case:case>/tasks/<order>/sign": "agent, approver, officer",
        # holds: of the caller's controllers only
        "GET /holds": "officer, auditor, elsewhere",
        "POST /holds": "officer, elsewhere",
        "POST /holds/<hold>/lift": "officer",
        # programs
        "GET /may-process": "key, other key",
        "POST /may-process": "key, other key",
        "POST /import-check": "key, other key",
        "GET /legal-holds": "key, key elsewhere",
        "POST /legal-holds": "key",
        "POST /legal-holds/<hold>/lift": "key",
        "POST /processor-callbacks": "processor",
        "POST /uploads/<order>/<part>": "upload ticket",
        "POST /download": "release ticket",
    },
    "notifier": {
        **_ASSETS,
        "GET /inbox": "everyone",
    },
}

#: Where the door lets a caller in and the page itself refuses: by 404 as for what is not there, or naming the field.
REFUSED_WITHIN = {
    "POST /api/cases": 422,
    **{f"POST /opendsr/v2/{each}": 400 for each in _REQUESTS},
    **{f"{verb} /opendsr/v2/{each}/<number>": 404 for each in _REQUESTS for verb in ("GET", "DELETE")},
    "GET /may-process": 422,
    "POST /may-process": 422,
    "POST /import-check": 422,
    "POST /legal-holds": 422,
    "POST /legal-holds/<hold>/lift": 404,
    "POST /holds/<hold>/lift": 404,
    "GET /api/cases/<case:case>": 404,
    "GET /console/new/<controller>": 404,
    "POST /console/new/<controller>": 404,
    "GET /console/holding/refuse/<group>": 404,
    "POST /console/holding/refuse/<group>": 404,
}


def may(service: str, route: str) -> frozenset[str]:
    """Return the callers who may come in at a route; raises KeyError for one that does not stand in the table."""
    told = MAY[service][route]
    if told == "everyone":
        return frozenset(CALLERS)
    named = frozenset(told.split(", "))
    if unknown := named - frozenset(CALLERS):
        raise ValueError(f"{route}: there is no caller {', '.join(sorted(unknown))}")
    return named

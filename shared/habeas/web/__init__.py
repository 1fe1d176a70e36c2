"""What every service's HTTP door shares: the app, who may call, headers, errors, languages, the look."""

from habeas.web.access import Access, Ask, Caller, Guards, agent, caller, everyone, machine, open_to, subject
from habeas.web.api import ApiBlueprint, Shape
from habeas.web.application import create_app
from habeas.web.cookies import act_cookie, browser_of, grant_cookie, is_secure, set_cookie
from habeas.web.dispatcher import Dispatcher
from habeas.web.doorkeeper import safe_next
from habeas.web.frame import Frame, frame_of, speak_for
from habeas.web.headers import allow_forms_to_downloads, hand_out
from habeas.web.language import present_language, speak
from habeas.web.serve import Listener, serve

__all__ = [
    "Access",
    "ApiBlueprint",
    "Ask",
    "Caller",
    "Dispatcher",
    "Frame",
    "Guards",
    "Listener",
    "Shape",
    "act_cookie",
    "agent",
    "allow_forms_to_downloads",
    "browser_of",
    "caller",
    "create_app",
    "everyone",
    "frame_of",
    "grant_cookie",
    "hand_out",
    "is_secure",
    "machine",
    "open_to",
    "present_language",
    "safe_next",
    "serve",
    "set_cookie",
    "speak",
    "speak_for",
    "subject",
]

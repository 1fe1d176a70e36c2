"""What stands around a page: whose portal it is, in which languages, and who watches over it."""

from dataclasses import dataclass

from flask import current_app, g

from habeas.web.ports import ControllerText


@dataclass(frozen=True)
class Frame:
    """The company that a page speaks for."""

    company: str
    languages: tuple[str, ...]
    authority: str = ""
    authority_url: str = ""


def frame_of(profile: ControllerText) -> Frame:
    """Return the frame for the company of a profile."""
    controller = profile.controller
    return Frame(controller.name, tuple(controller.languages), controller.authority.name, controller.authority.url)


def speak_for(profile: ControllerText) -> None:
    """Let the page of this request speak for the company of a profile."""
    g.frame = frame_of(profile)


def present_frame() -> Frame:
    """Return the frame of this request: the one a view has chosen, else the house's own."""
    frame = g.get("frame") or current_app.extensions["habeas.frame"]
    assert isinstance(frame, Frame)
    return frame


def frame_of_house(profiles: list[ControllerText], known: tuple[str, ...]) -> Frame:
    """Return the frame for pages before a company is chosen: the only company, or none and every language in use."""
    if len(profiles) == 1:
        return frame_of(profiles[0])
    used = dict.fromkeys(language for profile in profiles for language in profile.controller.languages)
    return Frame("", tuple(used) or known)

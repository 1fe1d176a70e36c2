# long because what the parts of a file say of each other is checked in one walk over it
"""Checks what the parts of a vendor's file say of each other: names, slots in their places, calls in their roles."""

from collections.abc import Iterable, Iterator
from typing import Any

from habeas.connectors.http.shapes import Reading
from habeas.connectors.http.templates import Slot, slots_in
from habeas.connectors.http.vendorfile import Call, ErrorRule, Kind, Pages, ReadBack, Step, Toggle, Vendor
from habeas.marked import Where

_EVERYWHERE = frozenset({"options", "today"})
_FIND = frozenset({"value", "each"})
_LIST = frozenset({"parent", "each"})
_RECORD = frozenset({"key", "record", "parent", "each"})


def check_between(reading: Reading, vendor: Vendor) -> None:
    """Adds a fault for everything in the file that does not fit something else in it."""
    _Between(reading, vendor).check()


class _Between:
    """One file and the faults in it."""

    def __init__(self, reading: Reading, vendor: Vendor) -> None:
        self.reading = reading
        self.vendor = vendor
        self.fault = reading.fault
        self._used: set[str] = set()

    def check(self) -> None:
        if not self.vendor.kinds and not self.vendor.suppress:
            self.fault((), "there are neither kinds nor suppress: it would do nothing")
        self._top()
        for name, kind in self.vendor.kinds.items():
            self._kind(("kinds", name), kind)
        for name, toggle in self.vendor.suppress.items():
            if name in self.vendor.kinds:
                self.fault(("suppress", name), "a kind has this name, too")
            self._toggle(("suppress", name), toggle, _FIND)
        for number, check in enumerate(self.vendor.check):
            slots = frozenset({"value"}) if check.with_value else frozenset()
            self._role(("check", number), check.call, slots, reads="anything")
            self._flag(("check", number, "only_with"), check.only_with)
        for name, call in self.vendor.calls.items():
            self._call(("calls", name), call)

    def _top(self) -> None:
        for name, option in self.vendor.options.items():
            at: Where = ("options", name)
            if option.choices and option.default is not None and option.default not in option.choices:
                self.fault((*at, "default"), "it is none of the choices")
        for name, each in self.vendor.each.items():
            if each.option and self.vendor.options.get(each.option) is None:
                self.fault(("each", name, "option"), f"there is no option {each.option}")
            if each.call:
                self._role(("each", name, "call"), each.call, frozenset(), reads="records", lists=False)
        self._slots_of_options((), self.vendor.base_url)
        for name, url in self.vendor.other_base_urls.items():
            self._slots_of_options(("other_base_urls", name), url)
        for scheme in (each for schemes in self.vendor.auth.values() for each in schemes):
            parts = (scheme.basic and scheme.basic.user, scheme.oauth2 and scheme.oauth2.token_url)
            self._slots_of_options(("auth",), [part for part in parts if part])
        self._errors(("errors",), self.vendor.errors)

    def _call(self, at: Where, call: Call) -> None:
        vendor = self.vendor
        if call.name not in self._used:
            self.fault(at, "nothing in the file uses it")
        if call.base and call.base not in vendor.other_base_urls:
            self.fault((*at, "base"), f"there is no {call.base} in other_base_urls")
        if call.auth not in vendor.auth and call.auth != "default":
            self.fault((*at, "auth"), f"there is no {call.auth} in auth")
        if call.group not in vendor.limits and call.group != "default":
            self.fault((*at, "group"), f"there is no {call.group} in limits")
        self._slots_of_options(at, call.parts)
        self._errors((*at, "errors"), call.errors)
        schemes = vendor.auth.get(call.auth, ())
        if any(scheme.body for scheme in schemes) and call.form is None and not call.has_json:
            self.fault(at, "its secret goes into the body, and it has none", "give form or json")
        first = call.path.parts[0]
        if isinstance(first, Slot) and self._type_of(first) != "path":
            self.fault(at, "its path begins with an option that is not of the type path")
        if (call.job or call.method != "GET") and any(slot.root == "today" for slot in slots_in(call.parts)):
            self.fault(at, "{today} would make another request of it each day, and it is known by what it asks for")
        if call.method == "GET" and (call.form is not None or call.has_json):
            self.fault(at, "a get has no body")
        if call.pages:
            self._pages((*at, "pages"), call, call.pages)

    def _errors(self, at: Where, errors: Iterable[ErrorRule]) -> None:
        for number, rule in enumerate(errors):
            if rule.status is None and rule.when is None:
                self.fault((*at, number), "it would hold for every answer", "give status or when")

    def _pages(self, at: Where, call: Call, pages: Pages) -> None:
        for place in (pages.offset, pages.page, pages.send, pages.send_size):
            if place.startswith("form.") and call.form is None:
                self.fault(at, f"{place} has no form to stand in", "write form: {...}")
            if place.startswith("json") and not isinstance(call.json, dict):
                self.fault(at, f"{place} has no json to stand in", "write json: {}")

    def _kind(self, at: Where, kind: Kind) -> None:
        self._flag((*at, "only_with"), kind.only_with)
        self._ways(at, kind)
        inherits = self._inherits_each(kind)
        about = _RECORD | (frozenset({"value"}) if kind.presumed else frozenset())
        about = about if kind.under else about - {"parent"}
        about = about if inherits else about - {"each"}
        if kind.read:
            self._role((*at, "read"), kind.read, about, reads="record")
        if kind.decides and kind.decides not in kind.match:
            self.fault((*at, "decides"), "it is none of match")
        self._erase((*at, "erase"), kind, about)
        for name in ("restrict", "suppress"):
            if toggle := getattr(kind, name):
                self._toggle((*at, name), toggle, about)
        if kind.rectify:
            self._role((*at, "rectify", "call"), kind.rectify.call, about, reads="nothing")
            call = self.vendor.calls.get(kind.rectify.call)
            if call and kind.rectify.put.startswith("json") and not isinstance(call.json, dict):
                self.fault((*at, "rectify", "put"), "the call has no json to put it in", "write json: {}")
            if call and kind.rectify.put == "form" and call.form is None:
                self.fault((*at, "rectify", "put"), "the call has no form to put it in", "write form: {}")

    def _ways(self, at: Where, kind: Kind) -> None:
        for number, way in enumerate(kind.find):
            here = (*at, "find", number)
            if way.by not in kind.match:
                self.fault(here, f"match does not say which field holds {way.by}")
            self._each(here, way.each)
            self._role(here, way.call, _FIND if way.each else frozenset({"value"}), reads="anything")
        if kind.under:
            if kind.under not in self.vendor.kinds:
                self.fault((*at, "under"), f"there is no kind {kind.under}")
            elif kind.name in self._above(kind):
                self.fault((*at, "under"), "it is under itself")
            else:
                slots = _LIST if self._inherits_each(kind) else _LIST - {"each"}
                self._role((*at, "list"), kind.list, slots, reads="anything")
            if kind.channel or kind.suppress:
                self.fault(at, "channel and suppress are for kinds with find: who is claimed is searched for")
            if kind.fuzzy and not kind.belongs:
                self.fault((*at, "fuzzy"), "belongs has to say which of them are meant")

    def _above(self, kind: Kind) -> list[str]:
        above: list[str] = []
        name = kind.under
        while name in self.vendor.kinds and name not in above:
            above.append(name)
            name = self.vendor.kinds[name].under
        return above

    def _inherits_each(self, kind: Kind) -> bool:
        tops = [kind, *(self.vendor.kinds[name] for name in self._above(kind))]
        return any(way.each for top in tops for way in top.find)

    def _erase(self, at: Where, kind: Kind, about: frozenset[str]) -> None:
        erase = kind.erase
        if erase is None:
            return
        if erase.does == "keeps":
            if erase.steps or not erase.ground:
                self.fault(at, "what the vendor keeps needs ground, and no steps")
        elif not erase.steps:
            self.fault(at, "it has no steps")
        if erase.does == "anonymises" and not erase.read_back:
            self.fault(at, "what is anonymised has to be read back", "give read_back with where")
        for key, names in (("also_removes", erase.also_removes), ("held_by", erase.held_by)):
            for name in names:
                below = self.vendor.kinds.get(name)
                if below is None or kind.name not in self._above(below):
                    self.fault((*at, key), f"{name} is no kind below this one")
        self._steps((*at, "steps"), erase.steps, about, kind)
        lacking = sorted(set(kind.presumed) - {step.by for step in erase.steps})
        if lacking and erase.steps and all(step.by for step in erase.steps):
            self.fault((*at, "steps"), f"there is none for {', '.join(lacking)}")
        self._read_back((*at, "read_back"), erase.read_back, about)

    def _toggle(self, at: Where, toggle: Toggle, about: frozenset[str]) -> None:
        self._steps((*at, "steps"), toggle.steps, about)
        self._steps((*at, "lift"), toggle.lift, about)
        if toggle.read_back and not toggle.read_back.where:
            self.fault((*at, "read_back"), "it needs where", "what holds after the steps, and does not after lift")
        self._read_back((*at, "read_back"), toggle.read_back, about)

    def _steps(self, at: Where, steps: Iterable[Step], about: frozenset[str], kind: Kind | None = None) -> None:
        for number, step in enumerate(steps):
            here = (*at, number)
            if step.by and (kind is None or step.by not in kind.presumed):
                self.fault(here, f"by is for the identifiers of a presumed kind, and {step.by} is none")
            self._each(here, step.each)
            self._role(here, step.call, about | {"each"} if step.each else about, reads="nothing")

    def _read_back(self, at: Where, read_back: ReadBack | None, about: frozenset[str]) -> None:
        if read_back is None:
            return
        reads = "records" if read_back.expect in ("empty", "absent") else "anything"
        self._role((*at, "call"), read_back.call, about, reads=reads)
        call = self.vendor.calls.get(read_back.call)
        if read_back.expect == "gone" and call and not _can_be_nothing(call, self.vendor):
            self.fault((*at, "expect"), f"{call.name} never answers nothing", "write answers: {404: nothing} there")

    def _flag(self, at: Where, name: str) -> None:
        if name and self._type_of(Slot("options", (name,))) != "flag":
            self.fault(at, f"there is no option {name} of the type flag")

    def _each(self, at: Where, name: str) -> None:
        if name and name not in self.vendor.each:
            self.fault(at, f"there is no {name} in each")

    def _role(self, at: Where, name: str, slots: frozenset[str], *, reads: str, lists: bool = True) -> None:
        """Checks that a call can do what it is named for here: `reads` is records, record, anything or nothing."""
        call = self.vendor.calls.get(name)
        if call is None:
            self.fault(at, f"there is no call {name}", f"known are {', '.join(self.vendor.calls)}")
            return
        self._used.add(name)
        for slot in _foreign(call, slots | {"all"} if lists else slots):
            self.fault(at, f"{name} needs {{{slot}}}, which there is none of here", _why(slot))
        if reads == "nothing" and call.method == "GET":
            self.fault(at, f"{name} is a get, which changes nothing")
        if reads != "nothing" and call.method == "DELETE":
            self.fault(at, f"{name} is a delete, and is to be read from here")
        if reads in ("records", "record") and getattr(call, reads) is None:
            self.fault(at, f"{name} does not say where its {reads} {'are' if reads == 'records' else 'is'}")
        if call.job:
            for part in ("poll", "fetch"):
                if follow := getattr(call.job, part):
                    self._role(("calls", name, "job", part), follow, slots | {"job"}, reads="anything")

    def _slots_of_options(self, at: Where, tree: Any) -> None:
        for slot in slots_in(tree):
            if slot.root == "options" and slot.path[0] not in self.vendor.options:
                self.fault(at, f"there is no option {slot.path[0]}")
            if slot.root == "all" and slot.path[0] not in self.vendor.each:
                self.fault(at, f"there is no {slot.path[0]} in each")

    def _type_of(self, slot: Slot) -> str:
        option = self.vendor.options.get(slot.path[0]) if slot.root == "options" else None
        return option.type if option else ""


def _foreign(call: Call, slots: frozenset[str]) -> Iterator[Slot]:
    yield from dict.fromkeys(slot for slot in slots_in(call.parts) if slot.root not in slots | _EVERYWHERE)


def _why(slot: Slot) -> str:
    if slot.root == "value":
        return "what is done to a record names the record, by {key} or {record.field}, and never what was searched with"
    return ""


def _can_be_nothing(call: Call, vendor: Vendor) -> bool:
    return "nothing" in [*call.answers.values(), *(rule.means for rule in (*call.errors, *vendor.errors))]

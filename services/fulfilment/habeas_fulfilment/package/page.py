# long because one page is written from top to bottom, as it is read
"""data/index.html: the page that a person reads, offline, without script, in their language, on paper too.

The page shows the first records of every kind and names the files that hold all of them: a browser that is given some
hundred thousand rows shows nothing at all. What is rendered is set aside on disk until the summary above it is known.

A little over the usual length: a page is read from top to bottom, and so is its code.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from html import escape
from importlib.resources import files
from typing import Any

from habeas.vocabulary import Outcome
from habeas_fulfilment.package.facts import Activity, Deeds, Facts, Kind, Part
from habeas_fulfilment.package.manifest import Share, held_in
from habeas_fulfilment.package.records import KindFiles
from habeas_fulfilment.package.scratch import Deflated, Scratch
from habeas_fulfilment.package.words import speak

_MOST_TABLE_COLUMNS = 6
_LONGEST_VALUE = 2000
_VISIBLE = {code: "\ufffd" for code in range(32) if chr(code) not in "\t\n\r"}


class Page:
    """The page as it grows: parts first, then `finish`."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._say = speak(facts.language)
        self._body = Scratch()
        self._titles = {activity.name: activity.title for activity in facts.activities}

    def close(self) -> None:
        """Let go of what was set aside."""
        self._body.close()

    def add_part(self, part: Part, kinds: Sequence[KindFiles]) -> None:
        """Render one system: its outcome, and what was found or done."""
        for piece in self._render_part(part, kinds):
            self._body.write(piece.encode("utf-8", "replace"))

    def finish(self, shares: Sequence[Share]) -> Deflated:
        """Give the whole page as a file of the package; the caller closes it."""
        page = Deflated()
        for piece in self._head(shares):
            page.write(piece.encode("utf-8", "replace"))
        for block in self._body.read():
            page.write(block)
        page.write("".join(self._foot()).encode("utf-8", "replace"))
        return page.finish()

    # The frame

    def _head(self, shares: Sequence[Share]) -> Iterator[str]:
        facts, say = self._facts, self._say
        style = files(__package__).joinpath("page.css").read_text("utf-8")
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        title = say(f"title_{facts.kind}")
        name = escape(facts.controller.name)
        yield f'<!doctype html>\n<html lang="{facts.language}">\n<head>\n<meta charset="utf-8">\n'
        policy = f"default-src 'none'; style-src 'sha256-{digest}'"
        yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        yield '<meta name="referrer" content="no-referrer">\n'
        yield f"<title>{title} – {name}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        yield f'<a class="skip" href="#content">{say("skip")}</a>\n'
        yield f'<header>\n<p class="from">{name}</p>\n<h1>{title}</h1>\n'
        yield self._list(
            [
                (say("case"), facts.reference),
                (say("asked_what"), say(f"right_{facts.right}")),
                (say("asked_words"), facts.asked),
                (say("received"), say.day(facts.received)),
                (say("due"), say.day(facts.due)),
                (say("answered"), say.day(facts.answered)),
            ]
        )
        yield f"<p>{escape(say(f'intro_{facts.kind}', controller=facts.controller.name))}</p>\n</header>\n"
        yield self._contents()
        yield '<main id="content">\n'
        yield from self._summary(shares)
        if facts.kind is Kind.PACKAGE:
            yield from self._uses(held_in(facts, shares))
        yield f'<section id="data">\n<h2>{say(f"data_{facts.kind}")}</h2>\n'

    def _contents(self) -> str:
        say = self._say
        middle = ["uses", "data"] if self._facts.kind is Kind.PACKAGE else ["data", "uses"]
        if not self._facts.activities:
            middle.remove("uses")
        sections = ["summary", *middle, "rights", "court", "check"]
        titles = {"data": say(f"data_{self._facts.kind}")}
        items = (f'<li><a href="#{name}">{titles.get(name) or say(name)}</a></li>\n' for name in sections)
        return f'<nav aria-label="{say("contents")}">\n<p>{say("contents")}</p>\n<ol>\n{"".join(items)}</ol>\n</nav>\n'

    def _summary(self, shares: Sequence[Share]) -> Iterator[str]:
        say, package = self._say, self._facts.kind is Kind.PACKAGE
        yield f'<section id="summary">\n<h2>{say("summary")}</h2>\n'
        heads = [(say("system"), ""), (say("result"), "")]
        heads += [(say("records"), "n"), (say("files"), "n")] if package else [(say("deed"), "")]
        yield self._table_head(say("summary_caption"), heads)
        for share in shares:
            part = share.part
            yield f'<tr><th scope="row"><a href="#system-{part.name}">{escape(part.title)}</a></th>'
            yield f'<td><span class="mark">{self._outcome("outcome", part)}</span></td>'
            if package:
                yield f'<td class="n">{say.number(share.records)}</td>'
                yield f'<td class="n">{say.number(share.attachments)}</td>'
            else:
                yield f"<td>{self._count_deeds(part)}</td>"
            yield "</tr>\n"
        yield "</tbody></table></div>\n</section>\n"

    def _outcome(self, text: str, part: Part) -> str:
        name = f"{text}_{part.outcome}"
        special = f"{name}_{self._facts.kind}"  # found and withheld read differently once something has been done
        return self._say(special if special in self._say else name)

    def _count_deeds(self, part: Part) -> str:
        counts: dict[str, int] = {}
        for deeds in part.deeds:
            counts[deeds.deed] = counts.get(deeds.deed, 0) + deeds.count
        return ", ".join(f"{self._say(f'deed_{deed}')}: {self._say.number(count)}" for deed, count in counts.items())

    def _uses(self, held: frozenset[str]) -> Iterator[str]:
        """Tell of the activities that hold something of this person, and name the others."""
        if self._facts.activities:
            yield f'<section id="uses">\n<h2>{self._say("uses")}</h2>\n'
            yield from (self._activity(each) for each in self._facts.activities if each.name in held)
            others = [f"<li>{escape(each.title)}</li>\n" for each in self._facts.activities if each.name not in held]
            if others:
                yield f"<h3>{self._say('uses_without_you')}</h3>\n<ul>\n{''.join(others)}</ul>\n"
            yield "</section>\n"

    def _activity(self, activity: Activity) -> str:
        say = self._say
        return f"<h3>{escape(activity.title)}</h3>\n" + self._list(
            [
                (say("purpose"), activity.purpose),
                (say("legal_basis"), ", ".join(say(f"basis_{basis}") for basis in activity.legal_bases)),
                (say("categories"), ", ".join(activity.categories)),
                (say("recipients"), ", ".join(activity.recipients) or say("none")),
                (say("source"), activity.source),
                (say("retention"), activity.retention),
                (say("transfers"), activity.transfers or say("none")),
                (say("automated"), activity.automated or say("none")),
            ]
        )

    def _foot(self) -> Iterator[str]:
        say, controller = self._say, self._facts.controller
        yield "</section>\n"
        if self._facts.kind is Kind.CONFIRMATION:
            yield from self._uses(frozenset(each.name for each in self._facts.activities))
        yield f'<section id="rights">\n<h2>{say("rights")}</h2>\n'
        yield f"<p>{escape(say('rights_intro', controller=controller.name))}</p>\n"
        yield f"<p>{say('contact')} {escape(controller.contact)}.</p>\n"
        authority = self._link(controller.authority_url, controller.authority_name)
        yield f"<p>{say('complain')} {authority}.</p>\n"
        if controller.elsewhere:
            links = (f"<li>{self._link(each.url, each.name)}</li>\n" for each in controller.elsewhere)
            yield f"<p>{say('complain_elsewhere')}</p>\n<ul>\n{''.join(links)}</ul>\n"
        yield "</section>\n"
        yield f'<section id="court">\n<h2>{say("court")}</h2>\n'
        yield from self._court()
        yield "</section>\n"
        yield f'<section id="check">\n<h2>{say("check")}</h2>\n<p>{say("check_text")}</p>\n</section>\n</main>\n'
        day = say.day(self._facts.answered)
        line = say("footer", controller=controller.name, reference=self._facts.reference, day=day)
        yield f"<footer>{escape(line)}</footer>\n</body>\n</html>\n"

    def _court(self) -> Iterator[str]:
        """Say what courts are there for (GDPR Articles 12(4) and 79), by each law that the controller answers by."""
        known = [f"court_{law}" for law in self._facts.controller.laws if f"court_{law}" in self._say]
        for name in known or ["court_eu"]:
            yield f"<p>{self._say(name)}</p>\n"

    # One system

    def _render_part(self, part: Part, kinds: Sequence[KindFiles]) -> Iterator[str]:
        say = self._say
        yield f'<h3 id="system-{part.name}">{escape(part.title)}</h3>\n<p>{self._outcome("long", part)}</p>\n'
        if part.ground and part.outcome is not Outcome.FOUND:
            yield f"<p>{say('ground')}: {escape(part.ground)}</p>\n"
        yield from self._doubt(part)
        if part.deeds:
            yield from self._deeds(part)
        for kind in kinds:
            yield from self._kind(part, kind)

    def _doubt(self, part: Part) -> Iterator[str]:
        """Say so where the program that reaches the system was not proved of late."""
        text, day = f"proof_{part.proof.get('state')}", part.proof.get("proved_on")
        if text in self._say:
            yield f"<p>{escape(self._say(text, day=self._say.day(date.fromisoformat(day)) if day else ''))}</p>\n"

    def _deeds(self, part: Part) -> Iterator[str]:
        say = self._say
        names = ("record_class", "deed", "count", "why", "proof")
        heads = [(say(name), "n" if name == "count" else "") for name in names]
        yield self._table_head(escape(say("deeds_caption", system=part.title)), heads)
        for deeds in part.deeds:
            proof = say("verified") if deeds.verified else say("asserted")
            yield f'<tr><th scope="row">{escape(_title(deeds.record_class))}</th><td>{say(f"deed_{deeds.deed}")}</td>'
            yield f'<td class="n">{say.number(deeds.count)}</td><td>{escape(self._reason(deeds))}</td>'
            yield f"<td>{proof}</td></tr>\n"
        yield "</tbody></table></div>\n"

    def _reason(self, deeds: Deeds) -> str:
        until = self._say("until", day=self._say.day(deeds.until)) if deeds.until else ""
        ground, why = (self._translate(text) for text in (deeds.ground, deeds.why))
        return ", ".join(each for each in (ground.rstrip("."), until, why) if each)

    def _translate(self, text: str) -> str:
        """Say the reasons that our own connectors give by themselves in the person's language."""
        name = f"reason_{text.replace(' ', '_')}"
        return self._say(name) if name in self._say else text

    def _kind(self, part: Part, kind: KindFiles) -> Iterator[str]:
        say, place = self._say, f"systems/{part.name}/{kind.name}"
        title = escape(_title(kind.kind))
        yield f"<h4>{title}</h4>\n"
        records = say.count("records", kind.count)
        yield f'<p class="small">{records}. {say("complete_in")} <a href="{place}.csv">{say("table_file")}</a>, '
        yield f'<a href="{place}.json">{say("data_file")}</a>.'
        if len(kind.shown) < kind.count:
            yield f" {say('shown', shown=say.number(len(kind.shown)), count=say.number(kind.count))}"
        yield "</p>\n"
        columns: dict[str, None] = {}
        for record in kind.shown:
            columns.update(dict.fromkeys(record["data"]))
        caption = say("kind_caption", kind=title, records=records)
        if len(columns) <= _MOST_TABLE_COLUMNS and not any(record["attachments"] for record in kind.shown):
            yield from self._table(kind, list(columns), caption)
        else:
            yield from self._cards(part, kind)

    def _table(self, kind: KindFiles, columns: Sequence[str], caption: str) -> Iterator[str]:
        heads = [(self._say("field_key"), ""), *((escape(_title(name)), "") for name in columns)]
        yield self._table_head(caption, heads)
        for record in kind.shown:
            data = record["data"]
            cells = (f"<td>{self._value(data[name]) if name in data else ''}</td>" for name in columns)
            yield f'<tr><th scope="row">{self._value(record["key"])}</th>{"".join(cells)}</tr>\n'
        yield "</tbody></table></div>\n"

    def _cards(self, part: Part, kind: KindFiles) -> Iterator[str]:
        say = self._say
        for record in kind.shown:
            yield f'<div class="card"><dl>\n<dt>{say("field_key")}</dt><dd>{self._value(record["key"])}</dd>\n'
            activity = record["activity"]
            if activity:
                yield f"<dt>{say('field_activity')}</dt><dd>{escape(self._titles.get(activity, activity))}</dd>\n"
            for name, value in record["data"].items():
                yield f"<dt>{escape(_title(name))}</dt><dd>{self._value(value)}</dd>\n"
            for each in record["attachments"]:
                link = f'<a href="systems/{part.name}/{each["file"]}">{escape(each["name"])}</a>'
                yield f"<dt>{say('field_files')}</dt><dd>{link}</dd>\n"
            yield "</dl></div>\n"

    # The smallest pieces

    def _table_head(self, caption: str, heads: Sequence[tuple[str, str]]) -> str:
        cells = (f'<th scope="col"{" class=" + kind if kind else ""}>{text}</th>' for text, kind in heads)
        frame = f'<div class="wide" tabindex="0" role="region" aria-label="{caption}">'  # scrolled by keyboard as well
        return f"{frame}<table><caption>{caption}</caption><thead><tr>{''.join(cells)}</tr></thead><tbody>\n"

    def _list(self, entries: Sequence[tuple[str, str]]) -> str:
        rows = (f"<dt>{name}</dt><dd>{escape(text)}</dd>\n" for name, text in entries if text)
        return f"<dl>\n{''.join(rows)}</dl>\n"

    def _link(self, url: str, text: str) -> str:
        if not url.startswith(("https://", "http://")):
            return escape(text)
        return f'<a href="{escape(url)}">{escape(text)}</a>'

    def _value(self, value: Any) -> str:
        if value is None:
            return "–"
        if isinstance(value, bool):
            return self._say("yes" if value else "no")
        text = value if isinstance(value, str) else _spell(value)
        if len(text) > _LONGEST_VALUE:
            text = text[:_LONGEST_VALUE] + self._say("cut")
        return escape(text.translate(_VISIBLE))


def _spell(value: Any) -> str:
    if isinstance(value, Mapping):
        return "\n".join(f"{_title(str(name))}: {_flat(item)}" for name, item in value.items())
    if isinstance(value, list):
        return "\n".join(map(_flat, value))
    return str(value)


def _flat(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _title(name: str) -> str:
    """Make a heading of a field's or a kind's name: `invoice_line` is easier on the eye as `Invoice line`."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]

"""Writes a proposal as a data map: YAML that a person reads, finishes, and only then can load."""

import json
import re
from collections.abc import Iterable, Iterator

from habeas.connectors.sql.proposing.proposal import Draft, Proposal, stands
from habeas.connectors.sql.proposing.roles import Way

TO_FINISH = "TO FINISH"
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[-.][A-Za-z0-9_]+)*")
_WORDS = {"null", "true", "false", "yes", "no"}
_KINDS = {
    "email": "e-mail addresses", "phone": "telephone numbers", "personal_number": "personal numbers", "name": "names",
    "address": "postal addresses", "birth_date": "days of birth", "ip": "IP addresses", "payment": "payment details",
    "mentions": "texts that name people", "free_text": "free text", "weak": "perhaps personal",
}  # fmt: skip


def write(proposal: Proposal, system: str, activity: str | None = None) -> str:
    """The text of the map; `activity` stands in each table that has nothing else to decide."""
    tables = [line for draft in proposal.drafts for line in _table(draft, proposal, activity)]
    lines = [*_head(proposal), "version: 1", f"system: {system}", "tables:" if tables else "tables: {}", *tables]
    return "\n".join([*lines, *_nobody(proposal)]) + "\n"


def _head(proposal: Proposal) -> list[str]:
    return [
        "# Proposed from the live schema by names, types, keys and shares of sampled values. Read every line of it:",
        "# what is wrong here finds somebody else's rows, or misses a person's.",
        f"# It is not loaded before each place is done that says {TO_FINISH} ({proposal.open} beside the activities).",
        "# A table that holds nobody is taken out here, and named with its reason in the list at the end.",
    ]


def _table(draft: Draft, proposal: Proposal, activity: str | None) -> Iterator[str]:
    yield ""
    yield from comments("  ", _personal(draft))
    yield f"  {text(draft.kind)}:"
    if draft.kind != draft.name:
        yield f"    table: {text(draft.name)}"
    yield f"    key: {several(draft.key)}" if draft.key else "    key:"
    asked = [f"{TO_FINISH}: {each}" for each in draft.open]
    if not draft.open and activity is None:
        asked.append(f"{TO_FINISH}: name the activity of your profile")
    yield from comments("    ", asked)
    yield f"    activity: {text(activity)}" if activity and not draft.open else "    activity:"
    yield from _found_by(draft)
    yield from _columns(draft)
    if draft.ways:
        yield "    reached_from:"
        for way in draft.ways:
            yield f"      - {text(_way(way, proposal))}{_doubt(way)}"
    if draft.shared:
        yield "    shared: yes  # several rows may refer to one here; say no only if they are one person's"
    if draft.kept:
        yield "    when_kept_rows_need_it:"
        yield "      set:"
        yield from (f"        {text(name)}: {value(each)}" for name, each in draft.kept.items())
    yield from comments("    ", draft.notes)


def _found_by(draft: Draft) -> Iterator[str]:
    if draft.identifiers:
        yield "    identifiers:"
        for each in draft.identifiers:
            column = text(each.column)
            yield f"      {each.name}: {f'{{column: {column}, match: email}}' if each.fold else column}"
    if draft.decides:
        yield f"    decides: {draft.decides}"
    if draft.channel:
        channel = ", ".join(f"{name}: {text(column)}" for name, column in draft.channel.items())
        yield f"    # channel: {{{_line(channel)}}}  # only where this system is a contact of record"
    if draft.dated_by:
        yield f"    dated_by: {text(draft.dated_by)}"


def _columns(draft: Draft) -> Iterator[str]:
    if draft.leave_out:
        yield "    columns:"
        yield f"      leave_out: [{', '.join(map(text, draft.leave_out))}]"
    if draft.file:
        yield f"    files: {{column: {text(draft.file)}}}  # bytes; add media_type, and name: if a column names them"


def _personal(draft: Draft) -> list[str]:
    lines = ["holds people of its own"] if draft.is_root else []
    for kind, said in _KINDS.items():
        guesses = [guess for guess in draft.personal if guess.kind == kind]
        if guesses:
            lines.append(f"{said}: " + "; ".join(f"{guess.column} ({guess.why})" for guess in guesses))
    return lines


def _way(way: Way, proposal: Proposal) -> str:
    return f"{proposal.kind_of(way.source)}.{', '.join(way.source_columns)} -> {', '.join(way.columns)}"


def _doubt(way: Way) -> str:
    return "" if way.link.declared else f"  # likely, not declared: {stands(way.link)}"


def _nobody(proposal: Proposal) -> Iterator[str]:
    if proposal.nobody:
        yield ""
        yield "# Tables that hold nobody, and why:"
        yield from comments("", [f"  {name}: {reason}" for name, reason in sorted(proposal.nobody.items())])


def comments(indent: str, lines: Iterable[str]) -> Iterator[str]:
    """Each line as a comment; what cannot be printed in one is a question mark."""
    yield from (f"{indent}# {_line(line)}" for line in lines)


def _line(words: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in words)


def several(names: tuple[str, ...]) -> str:
    """One column, or a list of them."""
    return text(names[0]) if len(names) == 1 else f"[{', '.join(map(text, names))}]"


def value(given: object) -> str:
    """A single value as YAML reads it back."""
    if given is None:
        return "null"
    return text(given) if isinstance(given, str) else json.dumps(given)


def text(value: str) -> str:
    """A text as YAML reads it back: plain where it can be nothing else, in quotes otherwise."""
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    if re.fullmatch(r"[A-Za-z_]\w*\.[A-Za-z_]\w*(?: -> )[A-Za-z_]\w*", value, re.ASCII):
        return value
    return json.dumps(value, ensure_ascii=False)

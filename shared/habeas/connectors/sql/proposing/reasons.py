"""Why a table that was not reached holds nobody, or what a person has to be asked before it can be told."""

from habeas.connectors.sql.proposing.facts import Facts
from habeas.connectors.sql.proposing.links import stem_of
from habeas.connectors.sql.proposing.reach import Guesses, is_actor
from habeas.connectors.sql.proposing.roles import Roles, words_of
from habeas.connectors.sql.proposing.words import BOOKKEEPING, is_one_of, tokens_of


def explain_people(facts: Facts, roles: Roles) -> None:
    """Tell of the links between people that were not taken, and ask where a row could be two people's."""
    for link in facts.links:
        if link.table == link.to and link.table in roles.depth:
            roles.note(link.table, f"not reached by {link}: it would lead to other people's rows")
        elif link.table in roles.depth and is_actor(link, roles):
            roles.note(link.table, f"not reached by {link}: it tells who worked on the row, not whose it is")
        elif link.table in roles.roots and link.to in roles.roots:
            stem = stem_of(tokens_of(link.columns[0]))[0]
            if is_one_of(stem, words_of(link.to)):
                roles.ask(link.table, f"{link}: is that the same person? then add it to reached_from")
            else:
                roles.note(link.table, f"not reached by {link}: both tables hold people of their own")
    for name, ways in roles.ways.items():
        for source in sorted({way.source for way in ways} & roles.roots):
            columns = [way.link.columns for way in ways if way.source == source and way.link.table == name]
            if len(columns) > 1:
                told = " and ".join(", ".join(each) for each in columns)
                roles.ask(name, f"{told} refer to {source}: keep the ways that make a row this person's")


def explain_rest(facts: Facts, guesses: Guesses, roles: Roles) -> None:
    """Give every table that was not reached a reason to hold nobody, or leave it open."""
    left = [name for name in facts.tables if name not in roles.depth]
    for name in left:
        if reason := _open_by_itself(name, facts, guesses):
            roles.ask(name, reason)
    changed = True
    while changed:
        changed = False
        for name in left:
            if name not in roles.open and (reason := _open_by_others(name, facts, roles)):
                roles.ask(name, reason)
                changed = True
    for name in left:
        if name not in roles.open:
            roles.nobody[name] = _why_nobody(name, facts)


def _open_by_itself(name: str, facts: Facts, guesses: Guesses) -> str:
    if words_of(name) and name.rpartition(".")[2].lower() in BOOKKEEPING:
        return ""
    if not facts.tables[name].readable:
        return "its rows could not be read, so it is not known what they hold"
    strong = [guess for guess in guesses[name].values() if guess.is_strong]
    if strong:
        told = ", ".join(f"{guess.column} ({guess.kind.replace('_', ' ')})" for guess in strong)
        return f"nothing reaches it from a person, and it looks personal: {told}"
    if not any(name in (link.table, link.to) for link in facts.links):
        return "it hangs on no other table: say how it is reached, or that it holds nobody"
    return ""


def _open_by_others(name: str, facts: Facts, roles: Roles) -> str:
    for link in facts.links:
        if link.table != name or link.to == name:
            continue
        if link.to in roles.shared:
            return f"it is reached only through {link.to}, whose rows are shared"
        if link.to in roles.depth:
            return f"{link}: say whether that makes its rows a person's"
        if link.to in roles.open:
            return f"it refers to {link.to}, which is not decided"
    return ""


def _why_nobody(name: str, facts: Facts) -> str:
    if name.rpartition(".")[2].lower() in BOOKKEEPING:
        return "a framework's own books"
    referring = sorted({link.table for link in facts.links if link.to == name and link.table != name})
    told = f"{', '.join(referring)} refer{'s' if len(referring) == 1 else ''} to it" if referring else ""
    to = sorted({link.to for link in facts.links if link.table == name})
    told = told or f"it describes {', '.join(to)}"
    return f"nothing personal by name or sample; {told}"

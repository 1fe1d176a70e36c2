"""Which tables hold people, and which hang on them by what way: along a link, or against it."""

from collections.abc import Iterable, Mapping

from habeas.connectors.sql.proposing.facts import Facts, Link
from habeas.connectors.sql.proposing.guesses import Guess
from habeas.connectors.sql.proposing.links import can_be_compared, stem_of
from habeas.connectors.sql.proposing.roles import Roles, Way, words_of
from habeas.connectors.sql.proposing.words import ACTORS, entity_of, tokens_of

Guesses = Mapping[str, Mapping[str, Guess]]

_IDENTIFYING = ("email", "personal_number")


def reach(facts: Facts, guesses: Guesses) -> Roles:
    """Every table that is reached from people, and by what ways."""
    work = _Reaching(facts, guesses)
    work.root(work.people())
    while more := work.next_root():
        work.root([more])
    return work.roles


def is_actor(link: Link, roles: Roles) -> bool:
    """Whether a link into people tells who worked on the row and not whose it is, as `created_by` does."""
    words = {word for column in link.columns for word in tokens_of(column)}
    return link.to in roles.roots and bool(words & ACTORS)


class _Reaching:
    """Goes from people along the links, and takes in what has identifiers of its own."""

    def __init__(self, facts: Facts, guesses: Guesses) -> None:
        self.facts, self.guesses, self.roles = facts, guesses, Roles()

    def people(self) -> list[str]:
        """Tables named for people that have something to know them by, or hang on no other such table."""
        named = [name for name in self.facts.tables if entity_of(words_of(name))]
        known = {name for name in named if self._has(name, _IDENTIFYING)}
        alone = {
            name
            for name in named
            if not any(link.table == name and link.to in named and link.to != name for link in self.facts.links)
        }
        return sorted(known | alone)

    def next_root(self) -> str | None:
        """A table that is not reached and has something to know people by; first those that hang on no other."""
        self._note_outsiders()
        left = [
            name
            for name in self.facts.tables
            if name not in self.roles.depth and (self._has(name, _IDENTIFYING) or name in self.roles.outsiders)
        ]
        free = [
            name
            for name in left
            if not any(link.table == name and link.to in left and link.to != name for link in self.facts.links)
        ]
        return next(iter(free or left), None)

    def root(self, names: Iterable[str]) -> None:
        for name in names:
            self.roles.roots.add(name)
            self.roles.depth[name] = 0
        self._go_down()
        while self._go_up():
            self._go_down()

    def _go_down(self) -> None:
        """Follow links against their direction: rows that refer to a person's rows are the person's."""
        for declared_only in (True, False):
            before = set(self.roles.depth)
            usable = [link for link in self.facts.links if link.declared or link.table not in before]
            usable = [link for link in usable if self._leads_down(link) and (link.declared or not declared_only)]
            frontier = True
            while frontier:
                level = dict(self.roles.depth)
                found = {link.table: level[link.to] + 1 for link in usable if self._is_new(link, level)}
                for link in usable:
                    if link.table in found and link.to in level:
                        found[link.table] = min(found[link.table], level[link.to] + 1)
                self.roles.depth.update(found)
                frontier = bool(found)
                for link in usable:
                    if link.to in self.roles.depth and link.to not in self.roles.shared:
                        self._add_down(link)

    def _is_new(self, link: Link, level: Mapping[str, int]) -> bool:
        return link.to in level and link.to not in self.roles.shared and link.table not in level

    def _leads_down(self, link: Link) -> bool:
        if link.table == link.to or link.table in self.roles.roots or is_actor(link, self.roles):
            return False
        tables = self.facts.tables
        return writable(link) and can_be_compared(
            tables[link.to].live, link.target, tables[link.table].live, link.columns
        )

    def _add_down(self, link: Link) -> None:
        depth, ways = self.roles.depth, self.roles.ways.setdefault(link.table, [])
        way = Way(link.to, link.target, link.columns, link)
        if link.table not in depth or depth[link.to] > depth[link.table] or way in ways:
            return
        ways.append(way)
        tables = self.facts.tables
        if tables[link.table].live.tells_apart(link.columns) and not tables[link.to].live.tells_apart(link.target):
            self.roles.shared.add(link.table)

    def _go_up(self) -> bool:
        """Follow links in their direction into tables that hold something personal, as addresses; true if any came."""
        depth, came = self.roles.depth, False
        found: dict[str, list[Link]] = {}
        for link in self.facts.links:
            if link.table in depth and link.table not in self.roles.shared and link.to not in depth:
                strong = any(guess.is_strong for guess in self.guesses[link.to].values())
                if strong and not entity_of(words_of(link.to)) and self._leads_up(link):
                    found.setdefault(link.to, []).append(link)
        for name, links in found.items():
            depth[name] = min(depth[link.table] for link in links) + 1
            self.roles.ways[name] = [Way(link.table, link.columns, link.target, link) for link in links]
            referring = [link for link in self.facts.links if link.to == name]
            alone = len(referring) == 1 and self.facts.tables[links[0].table].live.tells_apart(links[0].columns)
            if not alone:
                self.roles.shared.add(name)
            came = True
        return came

    def _leads_up(self, link: Link) -> bool:
        tables = self.facts.tables
        table = tables[link.table].live
        # a way from a whole key would be read as if the other table referred to this one
        return (
            set(link.columns) != set(table.primary)
            and writable(link)
            and can_be_compared(table, link.columns, tables[link.to].live, link.target)
        )

    def _has(self, name: str, kinds: Iterable[str]) -> bool:
        return any(guess.kind in kinds for guess in self.guesses[name].values())

    def _note_outsiders(self) -> None:
        """Find columns that are named as numbers of people whose table is not here."""
        linked = {(link.table, column) for link in self.facts.links for column in link.columns}
        for name, table in self.facts.tables.items():
            columns = [
                column
                for column in table.live.types
                if (name, column) not in linked
                and entity_of(stem_of(tokens_of(column))[0])
                and table.live.categories[column] in ("text", "number", "uuid", "any")
            ]
            if columns:
                self.roles.outsiders[name] = columns


def writable(link: Link) -> bool:
    """Whether a map can write the way: a comma or an arrow in a column's name would be read as its own."""
    return all(is_writable(name) for name in (*link.columns, *link.target))


def is_writable(column: str) -> bool:
    """Whether a column's name can stand in a way."""
    return "," not in column and "->" not in column and column == column.strip() and column.isprintable()

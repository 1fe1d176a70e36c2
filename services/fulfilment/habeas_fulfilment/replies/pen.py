"""The pen that every chapter writes with: the words of one letter, and the few turns that all chapters share."""

from collections.abc import Iterable

from habeas.decisions.types import Decision
from habeas.profile.types import Recipient
from habeas_fulfilment.replies.catalogue import speak
from habeas_fulfilment.replies.types import Block, Bullets, Entries, Entry, Matter, Paragraph, Part, PartName


class Pen:
    """Writes parts of one letter in its language."""

    def __init__(self, matter: Matter) -> None:
        self.matter = matter
        self.say = speak(matter.language, matter.profile.laws)
        self._countries = {
            one.name: self.say.country(one.country) for each in matter.profile.activities for one in each.recipients
        }

    def part(self, name: PartName, *blocks: Block, about: Decision | None = None) -> Part:
        """Make a part; one about an activity has that in its heading."""
        if about is None:
            return Part(name, self.say(f"heading_{name}"), blocks)
        return Part(name, self.say(f"heading_{name}", activity=self.title(about)), blocks, about.activity)

    def paragraph(self, text: str, **values: object) -> Paragraph:
        """Say one text of the catalogue."""
        return Paragraph(self.say(text, **values))

    def entry(self, name: str, value: object) -> Entry:
        """Name one fact: a day, a text of the profile, or words that are said already."""
        return Entry(name, self.say(f"term_{name}"), self.say.tell(value))

    def entries(self, *entries: Entry) -> Entries:
        """Make a list of named facts."""
        return Entries(entries)

    def titles(self, decisions: Iterable[Decision]) -> Bullets:
        """List the activities of some decisions by their titles."""
        return Bullets(tuple(self.title(each) for each in decisions))

    def reasons(self, decisions: Iterable[Decision]) -> Entries:
        """List activities, each with the reason for what was decided about it."""
        return Entries(tuple(Entry(each.activity, self.title(each), self.reason(each)) for each in decisions))

    def title(self, decision: Decision) -> str:
        """Name the activity of a decision as people do."""
        return self.matter.activity(decision).title.in_(self.say.language)

    def reason(self, decision: Decision) -> str:
        """Say why a decision ended as it did."""
        return self.matter.say_reason(decision.reason, self.say.language)

    def cite(self, article: str) -> str:
        """Cite articles of the law the way the language does."""
        return format(self.say.art, article)

    def systems(self, names: Iterable[str]) -> Bullets:
        """List systems by their titles, each once."""
        profile = self.matter.profile
        return Bullets(tuple(profile.system(each).title.in_(self.say.language) for each in dict.fromkeys(names)))

    def recipient(self, one: Recipient) -> str:
        """Name a recipient and its country."""
        return f"{one.name}, {self.say.country(one.country)}"

    def recipient_of(self, name: str) -> str:
        """Name a recipient by its name alone, with its country where the profile tells it."""
        country = self._countries.get(name)
        return f"{name}, {country}" if country else name

"""One trial: a case walked to its end while something happens to the house, and everything checked after it."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from habeas.testing.faults.checker import Account, Answer, compare_deeds, read_answer
from habeas.testing.faults.journey import Journey, Office, Patience, Walked
from habeas.testing.faults.keeper import Death, Keeper
from habeas.testing.faults.plans import Plans
from habeas.testing.faults.records import Archive
from habeas.testing.faults.witness import Company
from habeas.testing.running import House
from habeas.testing.waiting import DidNotHappen, wait_until

_QUIET_SECONDS = 60
_TIMER_SECONDS = 30


@dataclass(frozen=True)
class Outcome:
    """What became of one case: every fault that was found, and what may happen at least once."""

    faults: tuple[str, ...]
    deaths: tuple[Death, ...]
    doubled_mails: int
    told_failures: int


@dataclass
class Range:
    """A running house to shoot at: its plans, its supervisor, its company, and the people who use it."""

    house: House
    plans: Plans
    keeper: Keeper
    company: Company
    office: Office
    archive: Archive
    patience: Patience

    def begin(self, right: str) -> Journey:
        """Begin the way of somebody who has not asked for anything yet."""
        self.keeper.forget()
        self.company.shop.look()
        self.company.newsletter.look()
        email = self.company.next_person()
        return Journey(self.house, self.office, email, right, self.house.folder / "fetched", self.patience)

    def walk(self, right: str, *, deaths: int = 0) -> Outcome:
        """Walk a case to its end, whatever was planned, and check it once so many deaths have come.

        A case may end before a timer has come round: the strike that waits for it then falls on a house at rest.
        """
        journey = self.begin(right)
        before = (self.company.orders_of(journey.email), self.company.files_of(journey.email))
        walked = journey.walk()
        with suppress(DidNotHappen):  # whoever planned them says what is missing
            wait_until(lambda: len(self.keeper.deaths) >= deaths, _TIMER_SECONDS, "everybody has died who was to")
        return self.check(walked, before)

    def check(self, walked: Walked, before: tuple[int, int] | None = None) -> Outcome:
        """Wait until nothing of the case is on its way any more, and check all of it."""
        with suppress(DidNotHappen):  # the account tells what is still on its way
            wait_until(lambda: self.archive.is_quiet(walked.case), _QUIET_SECONDS, "nothing of it is on its way")
        account = self.account(walked.case, walked.right)
        systems = self.house.systems
        answer = read_answer(walked.file, self.archive.directory, case=walked.case, right=walked.right, systems=systems)
        faults = [*account.faults, *answer.faults]
        if not answer.faults:
            faults += self._effects(walked, answer, before)
        letters = self.patience.until("the letters can be read", lambda: self.house.letters_to(walked.email))
        mails, told = len(letters), account.count_sent(by_text=False)
        if mails < told:
            faults.append(f"{told} mails are said to be sent, {mails} came")
        texts, texted = len(self.house.letters_to(walked.phone)), account.count_sent(by_text=True)
        if texts != texted:
            faults.append(f"{texted} texts are said to be sent, {texts} came")
        return Outcome(tuple(faults), tuple(self.keeper.deaths), mails - told, account.told_failures)

    def restart(self, process: str, *, spoil: str = "") -> None:
        """Stop a process in good order and let it start again, spoiled or sound."""
        self.plans.spoil(process, spoil)
        self.keeper.leave_alone(process)
        self.house.processes()[process].terminate(25)
        self.keeper.watch_again(process)

    def account(self, case: str, right: str) -> Account:
        """Check what everybody has written down about a case, ended or not."""
        return Account(case, right, self.house.systems, self.archive.read(case)).check()

    def _effects(self, walked: Walked, answer: Answer, before: tuple[int, int] | None) -> Iterator[str]:
        company = self.company
        if walked.right == "erasure":
            yield from (f"{system} still knows the person" for system in company.traces_of(walked.email))
            yield from compare_deeds(answer, "shop", company.shop.look())
            yield from compare_deeds(answer, "newsletter", company.newsletter.look())
            if before is not None and answer.deeds("applications", "erased") != before[1]:
                yield f"applications: {answer.deeds('applications', 'erased')} of {before[1]} files are said to be gone"
        elif before is not None:
            found = (answer.records("shop").get("orders", 0), answer.attachments("applications"))
            if found != before:
                yield f"the package has {found} orders and files, the systems had {before}"

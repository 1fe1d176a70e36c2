"""Asks for what a call promises: all pages of its records, one record, or the end of a job that the vendor works on."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from habeas.addresses import origin_of
from habeas.connectors.http.answers import Answer, list_of, one_of
from habeas.connectors.http.begun import name_of
from habeas.connectors.http.exchange import Exchange
from habeas.connectors.http.fields import holds
from habeas.connectors.http.requests import Outgoing
from habeas.connectors.http.templates import Slots, plain_text
from habeas.connectors.http.vendorfile import Call, Each, Job, Pages
from habeas.sdk import Json, NeedsPerson, Waiting, canonical_json


class Asking:
    """The calls of one vendor's file, by name."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._calls = exchange.account.vendor.calls
        self._lists: dict[str, list[Json]] = {}

    def slots(self, **more: Any) -> Slots:
        """Slots that know the options of the account, and the lists that can be gone through."""
        return self._exchange.account.slots(all=_Lists(self), **more)

    def change(self, name: str, slots: Slots, put: str, values: Mapping[str, Json]) -> Answer:
        """The answer of a call into whose body some fields are put."""
        outgoing = self._exchange.build(self._calls[name], slots)
        if put == "form":
            for field, value in values.items():
                outgoing.put(f"form.{field}", plain_text(value))
        else:
            outgoing.put(put, dict(values))
        return self._exchange.send(outgoing)

    def ask(self, name: str, slots: Slots) -> Answer:
        """The answer of a call; raises Waiting while the vendor works on a job that it began."""
        call = self._calls[name]
        outgoing = self._exchange.build(call, slots)
        return self._work(call.job, outgoing, slots) if call.job else self._exchange.send(outgoing)

    def one(self, name: str, slots: Slots) -> dict[str, Any] | None:
        """The record that a call gives; None where it answers nothing."""
        answer = self.ask(name, slots)
        return None if answer.nothing else one_of(answer)

    def records(self, name: str, slots: Slots) -> Iterator[dict[str, Any]]:
        """The records of all pages of a call, as they come."""
        call = self._calls[name]
        if call.pages is None:
            yield from list_of(self.ask(name, slots))
            return
        for _, page in _Paging(self._exchange, call, call.pages, slots).pages():
            yield from page

    def answers(self, name: str, slots: Slots) -> Iterator[Answer]:
        """The answer of a call, or those of all its pages, as they come."""
        call = self._calls[name]
        if call.pages is None:
            yield self.ask(name, slots)
            return
        for answer, _ in _Paging(self._exchange, call, call.pages, slots).pages():
            yield answer

    def values_of(self, name: str) -> list[Json]:
        """What a list holds, of the settings or of the vendor, who is asked once; without a name one nothing."""
        if not name:
            return [None]
        if name not in self._lists:
            each = self._exchange.account.vendor.each[name]
            found = self._exchange.account.options[each.option] if each.option else list(self._taken(each))
            self._lists[name] = found if isinstance(found, list) else [found]
        return self._lists[name]

    def _taken(self, each: Each) -> Iterator[Json]:
        assert each.take
        for record in self.records(each.call, self._exchange.account.slots()):
            value = each.take.of(record)
            if not isinstance(value, str | int):
                raise NeedsPerson(f"{each.call}: a record lacks {each.take.text}: the vendor changed its form")
            yield value

    def _work(self, job: Job, outgoing: Outgoing, slots: Slots) -> Answer:
        begun = self._exchange.begun
        name = name_of("job", outgoing.mark)
        work = begun.find(name)
        if work is None:
            answer = self._exchange.send(outgoing)
            if answer.nothing:
                return answer
            numbers = job.id.texts(answer.body)
            if len(numbers) != 1:
                raise NeedsPerson(
                    f"{outgoing.call.name}: {job.id.text} is no number of a job: the vendor changed its form"
                )
            work = begun.remember(name, job.within, numbers[0])
        with_job = replace(slots, job=work.number)
        answer = self._exchange.send(self._exchange.build(self._calls[job.poll], with_job))
        if not answer.nothing and job.failed is not None and holds(job.failed, answer.body):
            begun.forget(name)
            raise NeedsPerson(f"{job.poll}: the vendor says that its work failed")
        if answer.nothing or not holds(job.done, answer.body):
            if begun.now() > work.until:
                raise NeedsPerson(f"{job.poll}: the vendor has not done it by {work.promised}, as it promised")
            raise Waiting(f"{job.poll}: the vendor is at work", job.every, work.promised)
        if job.fetch:
            answer = self._exchange.send(self._exchange.build(self._calls[job.fetch], with_job))
        begun.finish(name)
        return answer


class _Lists(Mapping[str, Json]):
    """The lists of a vendor's file by name, each asked for when it is needed."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._names = tuple(asking._exchange.account.vendor.each)

    def __getitem__(self, name: str) -> Json:
        return self._asking.values_of(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class _Paging:
    """One search, page by page."""

    def __init__(self, exchange: Exchange, call: Call, pages: Pages, slots: Slots) -> None:
        self._exchange = exchange
        self._call = call
        self._pages = pages
        self._slots = slots
        self._counted = 0
        self._number = pages.first
        self._next: Json = pages.start or None
        self._next_url = ""

    def pages(self) -> Iterator[tuple[Answer, list[dict[str, Any]]]]:
        before = b""
        for _ in range(self._pages.most):
            answer = self._exchange.send(self._request())
            records = list_of(answer)
            content = canonical_json(records)  # type: ignore[arg-type]
            if records and content == before:
                raise NeedsPerson(f"{self._call.name}: the vendor gives the same page again and again")
            before = content
            yield answer, records
            if answer.nothing or not self._advance(answer, records):
                return
        raise NeedsPerson(f"{self._call.name}: there are more than {self._pages.most} pages")

    def _request(self) -> Outgoing:
        outgoing, pages = self._exchange.build(self._call, self._slots), self._pages
        if self._next_url:
            outgoing.next_url = self._own(self._next_url, outgoing)
            return outgoing
        if pages.send_size:
            outgoing.put(pages.send_size, pages.size)
        if pages.offset:
            outgoing.put(pages.offset, self._counted)
        if pages.page:
            outgoing.put(pages.page, self._number)
        if pages.send and self._next is not None:
            outgoing.put(pages.send, self._next)
        return outgoing

    def _advance(self, answer: Answer, records: list[dict[str, Any]]) -> bool:
        """Whether there is another page, and where."""
        pages = self._pages
        self._counted += len(records)
        self._number += 1
        if pages.more and not pages.more.of(answer.body):
            if not pages.more.stands_in(answer.body):
                raise NeedsPerson(f"{self._call.name}: {pages.more.text} is missing: the vendor changed its form")
            return False
        if pages.offset or pages.page:
            return bool(records) and (pages.total is None or self._counted < self._total(answer, pages))
        if pages.link:
            self._next_url = answer.next_link
            return bool(self._next_url)
        if pages.next_url:
            self._next_url = plain_text(pages.next_url.of(answer.body))
            return bool(self._next_url)
        return self._step(answer, records)

    def _step(self, answer: Answer, records: list[dict[str, Any]]) -> bool:
        pages = self._pages
        if pages.last:
            self._next = pages.last.of(records[-1]) if records else None
            lacks = bool(records) and self._next is None
        else:
            assert pages.cursor
            self._next = pages.cursor.of(answer.body)
            lacks = pages.more is not None and self._next in (None, "")
        if lacks:
            field = pages.last or pages.cursor
            raise NeedsPerson(f"{self._call.name}: {field and field.text} is missing: the vendor changed its form")
        return self._next not in (None, "")

    def _total(self, answer: Answer, pages: Pages) -> int:
        assert pages.total
        found = pages.total.of(answer.body)
        if isinstance(found, bool) or not str(found).isdigit():
            raise NeedsPerson(f"{self._call.name}: {pages.total.text} is no number: the vendor changed its form")
        return int(str(found))

    def _own(self, url: str, outgoing: Outgoing) -> str:
        """An address of the vendor's, which has to be of the origin that is called, as it gets the secret."""
        try:
            whole = urljoin(outgoing.base + outgoing.path, url)
            if origin_of(whole) == origin_of(outgoing.base) and "@" not in urlsplit(whole).netloc:
                return whole
        except ValueError:
            pass
        raise NeedsPerson(f"{self._call.name}: the vendor's next page is of another origin, and is not asked for")

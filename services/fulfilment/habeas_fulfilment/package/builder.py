"""The builder: one pass over every system's records, out comes the sealed file, in flat memory."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any, BinaryIO

from habeas.crypto.canonical import write_json as write_canonical
from habeas.crypto.signing import Signer
from habeas.errors import Refused
from habeas.seal import CONFIRMATION_TYPE, PACKAGE_TYPE, RELEASE_OWNER, make_seal
from habeas.vocabulary import Outcome
from habeas_fulfilment.package.archive import Archive
from habeas_fulfilment.package.bag import Bag, name_attachment, write_json
from habeas_fulfilment.package.facts import Facts, Kind, Part, check_whole
from habeas_fulfilment.package.manifest import Manifest, Share
from habeas_fulfilment.package.page import Page
from habeas_fulfilment.package.records import KindFiles, SystemFiles, read_record
from habeas_fulfilment.package.schema import describe_file
from habeas_fulfilment.package.scratch import BLOCK, Deflated, Scratch

Prove = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Built:
    """The finished file: SHA-256 (hex) and size of the whole, SHA-256 (hex) of its manifest."""

    sha256: str
    size: int
    manifest_digest: str


def build(facts: Facts, parts: Sequence[Part], out: BinaryIO, *, signer: Signer, prove: Prove) -> Built:
    """Write a package or a confirmation to `out`, which need not be seekable.

    `prove` is called once, with the digest of the manifest: it writes a leaf whose facts hold `manifest` (hex) into the
    ledger and returns its inclusion proof as JSON. Raises Faults before the first byte if the parts are not whole, and
    Refused later if a system's records contradict its outcome; what was written by then is to be thrown away.
    """
    stream = PackageStream(facts, parts, signer=signer, prove=prove)
    for piece in stream:
        out.write(piece)
    return stream.built()


class PackageStream:
    """The same as an iterable of bytes, for whoever would rather be read from; ask `built` when it is exhausted."""

    def __init__(self, facts: Facts, parts: Sequence[Part], *, signer: Signer, prove: Prove) -> None:
        check_whole(facts, parts)
        if signer.owner != RELEASE_OWNER:
            raise ValueError(f"only {RELEASE_OWNER} releases packages")
        self._facts = facts
        self._parts = sorted(parts, key=lambda part: part.name)
        self._signer = signer
        self._prove = prove
        self._built: Built | None = None

    def built(self) -> Built:
        """Tell what came out; only after the last byte was taken."""
        if self._built is None:
            raise RuntimeError("the package has not been read to its end")
        return self._built

    def __iter__(self) -> Iterator[bytes]:
        with ExitStack() as stack:
            archive = Archive(stack.enter_context(Scratch()))
            bag = Bag(archive, stack.enter_context(Scratch()))
            page = stack.enter_context(closing(Page(self._facts)))
            shares: list[Share] = []
            for part in self._parts:
                share = yield from self._add_part(part, bag, page)
                shares.append(share)
            with page.finish(shares) as content:
                yield from bag.add_payload("index.html", content)
            manifest = Manifest()
            with Deflated() as content:
                for piece in manifest.write(self._facts, shares, bag.files()):
                    content.write(piece)
                yield from bag.add_payload("manifest.json", content)
            yield from bag.add_tag("signature.json", self._sign(manifest))
            yield from bag.add_tag("ledger-proof.json", self._prove(manifest.digest))
            yield from bag.finish(self._facts)
            yield from archive.finish(lambda digest: make_seal(self._signer, digest))
            self._built = Built(archive.sha256, archive.position, manifest.digest.hex())

    def _add_part(self, part: Part, bag: Bag, page: Page) -> Generator[bytes, None, Share]:
        with closing(SystemFiles(part.name)) as files:
            for raw in part.records():
                if part.outcome is not Outcome.FOUND or self._facts.kind is not Kind.PACKAGE:
                    raise Refused(f"{part.name} gives records, which its outcome rules out")
                record = read_record(raw, part.name)
                for attachment in raw.get("attachments", ()):
                    yield from _add_attachment(part, attachment, record, files, bag)
                files.add(record)
            kinds = files.kinds()
            if part.outcome is Outcome.FOUND and self._facts.kind is Kind.PACKAGE and not kinds:
                raise Refused(f"{part.name} says that it found something, but gives no record")
            for kind in kinds:
                yield from _add_kind(part, kind, bag)
            page.add_part(part, kinds)
            counts = tuple((kind.kind, kind.count) for kind in kinds)
        return Share(part, counts, files.attachments, frozenset(files.activities))

    def _sign(self, manifest: Manifest) -> bytes:
        facts = self._facts
        statement = {
            "case": facts.case_id,
            "reference": facts.reference,
            "right": facts.right.value,
            "manifest": {"sha256": manifest.digest.hex(), "size": manifest.size},
        }
        kind = PACKAGE_TYPE if facts.kind is Kind.PACKAGE else CONFIRMATION_TYPE
        return self._signer.sign(kind, write_canonical(statement)).to_json()


def _add_attachment(
    part: Part, attachment: Mapping[str, Any], record: dict[str, Any], files: SystemFiles, bag: Bag
) -> Iterator[bytes]:
    files.attachments += 1
    path = f"systems/{part.name}/files/{name_attachment(files.attachments, str(attachment['name']))}"
    with Deflated() as content:
        with part.attachment(attachment["id"]) as source:
            while block := source.read(BLOCK):
                content.write(block)
        if content.plain_size != attachment["size"]:
            raise Refused(f"a file of {part.name} has another size than was said")
        yield from bag.add_payload(path, content)
        record["attachments"].append(
            {
                "id": attachment["id"],
                "name": attachment["name"],
                "media_type": attachment["media_type"],
                "size": attachment["size"],
                "file": path.removeprefix(f"systems/{part.name}/"),
                "sha256": content.sha256,
            }
        )


def _add_kind(part: Part, kind: KindFiles, bag: Bag) -> Iterator[bytes]:
    kind.finish()
    place = f"systems/{part.name}/{kind.name}"
    yield from bag.add_payload(f"{place}.csv", kind.csv)
    yield from bag.add_payload(f"{place}.json", kind.json)
    with Deflated() as schema:
        schema.write(write_json(describe_file(kind.kind, kind.shape)))
        yield from bag.add_payload(f"schema/{part.name}/{kind.name}.json", schema)

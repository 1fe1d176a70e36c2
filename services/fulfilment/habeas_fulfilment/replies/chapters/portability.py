"""What a reply about portability tells (GDPR Art. 20): the file, what it leaves out and why, and the direct way."""

from collections.abc import Iterator

from habeas.decisions.types import Verdict
from habeas_fulfilment.replies.pen import Pen
from habeas_fulfilment.replies.types import Matter, Paragraph, Part, PartName


def tell_portability(pen: Pen) -> Iterator[Part]:
    """Say what the file is and where, what is not in it, and whether it went straight to somebody else."""
    if pen.matter.granted():
        place = pen.paragraph(f"file_{pen.matter.account.copy}", days=pen.matter.profile.package.days)
        yield pen.part(PartName.FILE, pen.paragraph("file"), pen.titles(pen.matter.granted()), place)
    if leaves_out(pen.matter):
        out = pen.matter.ruling.of(Verdict.NOT_CONCERNED)
        listed = (pen.reasons(out),) if out else ()
        yield pen.part(PartName.LEFT_OUT, pen.paragraph("left_out"), *listed)
    if pen.matter.granted():
        yield pen.part(PartName.TRANSFER, _transfer(pen))


def leaves_out(matter: Matter) -> bool:
    """Whether there is something to say of what the file leaves out."""
    return bool(matter.granted() or matter.ruling.of(Verdict.NOT_CONCERNED))


def _transfer(pen: Pen) -> Paragraph:
    transfer = pen.matter.account.transfer
    if transfer is None:
        return pen.paragraph("transfer_offered")
    if transfer.on is not None:
        return pen.paragraph("transfer_done", to=transfer.to, day=transfer.on)
    if transfer.why_not is not None:
        return pen.paragraph("transfer_not", to=transfer.to, why=transfer.why_not)
    return pen.paragraph("transfer_soon", to=transfer.to)

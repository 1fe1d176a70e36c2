"""The command with which a connector's author tries it: on the real system, through the guard, and nothing is sent."""

import json
import os
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from habeas.connect.systems import load_system
from habeas.errors import Fault, Faults, NeedsPerson, Refused, TryLater
from habeas.sdk.connector import Connector
from habeas.sdk.guard import Guard
from habeas.sdk.records import Decided, Done, Located, Record
from habeas.sdk.subject import Subject, is_name
from habeas.sdk.words import Operation, Outcome
from habeas.settings import read_settings
from habeas.vocabulary import participant_of

OPERATIONS = (Operation.LOCATE, Operation.EXPORT, Operation.ERASE, Operation.IDENTIFY, Operation.CHECK)
_WRONG, _LATER, _PERSON = 1, 3, 4
_BLOCK = 256 * 1024


@dataclass
class Trial:
    """What came of a try: counts and reasons, and no value of anybody."""

    operation: Operation
    outcome: Outcome | None = None
    counts: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)
    problem: str = ""
    code: int = 0

    def to_object(self, system: str) -> dict[str, Any]:
        """Give the trial as a JSON value."""
        return {
            "system": system,
            "operation": self.operation.value,
            "outcome": None if self.outcome is None else self.outcome.value,
            "counts": dict(sorted(self.counts.items())),
            "told": self.told,
            "problem": self.problem,
        }


@click.command("try")
@click.argument("system")
@click.option(
    "--identifier",
    "identifiers",
    multiple=True,
    metavar="NAME=VALUE",
    help="what is known of the person, as email=ann@example.com; as often as needed",
)
@click.option(
    "--operation",
    type=click.Choice([each.value for each in OPERATIONS]),
    default=Operation.LOCATE.value,
    show_default=True,
    help="erase is rehearsed: it says what would be erased now, and changes nothing",
)
@click.option("--json", "as_json", is_flag=True, help="print the result as JSON")
def try_connector(system: str, identifiers: Sequence[str], operation: str, as_json: bool) -> int:
    """Try the connector of SYSTEM, from systems/SYSTEM.yaml, on its real system; nothing leaves this machine.

    What it yields goes through the same guard as in earnest, and is counted by kind: no value is shown, so that you may
    try it with a colleague looking on. What could not be searched is told with its reason, and is never "nothing".

    \b
    habeas connect try shop --operation check
    habeas connect try shop --identifier email=ann@example.com
    habeas connect try shop --identifier email=ann@example.com --operation export

    0 it did what it should · 1 it did not · 2 the call or the settings are wrong · 3 the system is away or still at
    it · 4 a person has to look.
    """
    settings = read_settings(os.environ)
    wanted = Operation(operation)
    subject = None if wanted is Operation.CHECK else Subject(_read(identifiers))
    connector = load_system(settings.systems, system).connector
    connector.state = settings.data / f"{participant_of(system)}.state"
    trial = run_trial(connector, wanted, subject)
    if as_json:
        click.echo(json.dumps(trial.to_object(system), indent=2))
    else:
        click.echo("\n".join(_lines(system, trial)))
    return trial.code


def run_trial(connector: Connector, operation: Operation, subject: Subject | None) -> Trial:
    """Let a connector do one operation, and sort what comes of it; erasing is only rehearsed."""
    trial = Trial(operation)
    if operation is not Operation.CHECK and operation not in connector.supports:
        trial.outcome, trial.code = Outcome.NOT_APPLICABLE, _WRONG
        trial.problem = f"this connector does not support {operation}: in a case it becomes a task for a person"
        return trial
    try:
        _count(trial, connector, subject)
    except TryLater as later:
        return _failed(trial, later.reason, _LATER)
    except NeedsPerson as person:
        return _failed(trial, person.why, _PERSON)
    except Refused as refused:
        return _failed(trial, refused.reason, _WRONG)
    except Exception as error:  # noqa: BLE001 - whatever else a connector raises is a bug of its own, told without values
        return _failed(trial, f"a bug: {type(error).__name__} {_place_of(error)}", _WRONG)
    if operation is not Operation.CHECK:
        trial.outcome = Outcome.FOUND if trial.counts else Outcome.NOTHING
    return trial


def _count(trial: Trial, connector: Connector, subject: Subject | None) -> None:
    if subject is None:
        health = connector.check()
        trial.told = [f"{name}: {value}" for name, value in health.facts.items()]
        if not health.ok:
            _failed(trial, "; ".join(health.problems), _WRONG)
        return
    guard = Guard(subject, max_rows=connector.max_rows)
    counting: dict[Operation, Callable[[], Iterator[tuple[str, int]]]] = {
        Operation.LOCATE: lambda: ((each.kind, 1) for each in guard.located(connector.locate(subject))),
        Operation.EXPORT: lambda: _exported(connector, guard, subject),
        Operation.IDENTIFY: lambda: ((each.name, 1) for each in guard.identified(connector.identify(subject))),
        Operation.ERASE: lambda: _rehearsed(connector, guard, subject),
    }
    for kind, count in counting[trial.operation]():
        trial.counts[kind] += count


def _exported(connector: Connector, guard: Guard, subject: Subject) -> Iterator[tuple[str, int]]:
    """Count records, and read each file to its end, since one that cannot be read is missing from the package."""
    for each in guard.records(connector.export(subject)):
        if not isinstance(each, Record):
            continue
        yield each.kind, 1
        for attachment in each.attachments:
            size = 0
            with attachment.open() as source:
                while block := source.read(_BLOCK):
                    size += len(block)
            if size != attachment.size:
                raise Refused(f"a file of a record of {each.kind} has another size than its record says")
            yield f"{each.kind} (files)", 1


def _rehearsed(connector: Connector, guard: Guard, subject: Subject) -> Iterator[tuple[str, int]]:
    """Count what an erasure of all that stands there would do."""
    scope = tuple(map(_let_go, guard.located(connector.locate(subject))))
    for each in guard.done(connector.rehearse(subject, scope), scope):
        yield _fate_of(each), each.count


def _let_go(located: Located) -> Decided:
    return Decided(located.kind, located.key, located.digest, keep=False)


def _fate_of(done: Done) -> str:
    return f"{done.kind} would be: {done.deed.value}" + (f" ({done.why})" if done.why else "")


def _failed(trial: Trial, problem: str, code: int) -> Trial:
    trial.outcome, trial.problem, trial.code = Outcome.FAILED, problem, code
    return trial


def _place_of(error: Exception) -> str:
    """Say where a bug is; its own text may quote a person's data."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


def _read(identifiers: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    faults = []
    for number, each in enumerate(identifiers, 1):
        name, equals, value = each.partition("=")
        if not equals or not is_name(name):
            faults.append(Fault(f"--identifier {number}", "is not NAME=VALUE", "write email=ann@example.com"))
        else:
            found[name] = (*found.get(name, ()), value)
    if faults:
        raise Faults(faults)
    return found


def _lines(system: str, trial: Trial) -> list[str]:
    words = {
        None: "it answers, and is as its settings say",
        Outcome.FOUND: "found",
        Outcome.NOTHING: "everything was searched, and nothing is there",
        Outcome.NOT_APPLICABLE: "not applicable",
        Outcome.FAILED: "not everything was searched" if trial.operation is not Operation.CHECK else "not well",
    }
    told = [f"{system}, {trial.operation.value}: {words[trial.outcome]}"]
    told += [f"  {count:>8}  {kind}" for kind, count in sorted(trial.counts.items())]
    told += [f"  {line}" for line in trial.told]
    return told + ([f"  because: {trial.problem}"] if trial.problem else [])

"""Commands that run things: the whole house in one process, or one role of one service."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import fields
from datetime import timedelta
from importlib.metadata import entry_points
from typing import Any

import click
from sqlalchemy import text

from habeas import plugins, runtime
from habeas.bus import Receipts
from habeas.clock import SYSTEM_CLOCK
from habeas.connect.runner import connector_service
from habeas.connect.systems import list_systems, load_system
from habeas.crypto.keyring import Keyring
from habeas.database.house import create_house
from habeas.errors import Fault, Faults
from habeas.log import configure_logging
from habeas.service import Context, Service, open_context
from habeas.service import migrate as migrate_contexts
from habeas.settings import PREFIX, Settings, read_settings
from habeas.vocabulary import SERVICES, participant_of

_GROUP = "habeas.services"
_KEY_ROTATION = timedelta(hours=6)


def installed_services() -> tuple[Service, ...]:
    """Load the wiring of every installed service, in the house's order."""
    names = {point.name for point in entry_points(group=_GROUP)}
    return tuple(plugins.load(_GROUP, name) for name in SERVICES if name in names)


def _start(role: str) -> tuple[Settings, Keyring]:
    settings = read_settings(os.environ)
    configure_logging(settings.log_level, service=role)
    return settings, Keyring(settings.keys)


def _service(name: str) -> Service:
    service: Service = plugins.load(_GROUP, name)
    return service


def _check(contexts: list[Context]) -> None:
    """Run every service's own checks and tell all their faults together."""
    faults: list[Fault] = []
    for context in contexts:
        for check in (_check_profiles, *context.service.checks):
            try:
                check(context)
            except Faults as wrong:
                faults.extend(fault for fault in wrong.faults if fault not in faults)
    if faults:
        raise Faults(faults)


def _check_profiles(context: Context) -> None:
    """Raise `Faults` for every profile that is not right."""
    assert context.profiles


def connector_context(settings: Settings, keys: Keyring, system: str) -> Context:
    """Open one system's runner: its connector, and its own small database."""
    connected = load_system(settings.systems, system)
    connected.connector.state = settings.data / f"{participant_of(system)}.state"
    service = connector_service(
        system,
        connected.connector,
        connected.approvals,
        trusts=connected.trusts,
        passport=lambda: connected.proof.fact(keys.directory(), SYSTEM_CLOCK.now().date()),
    )
    context = open_context(service, settings, keys)
    with context.database.engine.begin() as connection:
        if not context.database.is_sqlite:
            connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{context.database.schema}"'))
        create_house(connection)
    return context


def _load_connectors(settings: Settings, keys: Keyring) -> list[Context]:
    contexts: list[Context] = []
    faults: list[Fault] = []
    for system in list_systems(settings.systems):
        try:
            contexts.append(connector_context(settings, keys, system))
        except Faults as wrong:
            faults.extend(wrong.faults)
    if faults:
        raise Faults(faults)
    return contexts


@click.command()
def up() -> None:
    """Run everything in this one process: services, connectors, portal, console and downloads.

    The default settings need nothing installed: SQLite, letters in memory, files in a folder, a local inbox page.
    """
    from habeas.web.dispatcher import Dispatcher

    settings, keys = _start("habeas")
    with ExitStack() as stack:
        if settings.database.startswith("sqlite"):
            stack.enter_context(runtime.sole_owner(settings.data))
        systems = list_systems(settings.systems)
        owners = [*SERVICES, *map(participant_of, systems)]
        keys.init(owners, SYSTEM_CLOCK.now())
        keys.rotate(SYSTEM_CLOCK.now())
        services = [open_context(service, settings, keys) for service in installed_services()]
        _check(services)
        migrate_contexts(services)
        contexts = [*services, *_load_connectors(settings, keys)]
        threads, receipts = runtime.Threads(), Receipts()
        runtime.stop_on_signals(threads)
        apps = {context.service.name: _app(context) for context in services}
        portal = Dispatcher(_paths(services, apps), default=apps["intake"])
        downloads = Dispatcher({"download": apps["fulfilment"], "evidence": apps["identity"], "static": apps["intake"]})
        _listen(threads, portal, settings, settings.listen)
        _listen(threads, downloads, settings, settings.listen_downloads)
        for context in contexts:
            runtime.work(context, threads, receipts)
        threads.start("keys", lambda stop: _turn_keys(keys, stop))
        click.echo(f"portal: {settings.portal_url}/\nconsole: {settings.portal_url}/console")
        _finish(threads, contexts)


def _turn_keys(keys: Keyring, stop: Any) -> None:
    while not stop.wait(_KEY_ROTATION.total_seconds()):
        keys.rotate(SYSTEM_CLOCK.now())


def _finish(threads: runtime.Threads, contexts: list[Context]) -> None:
    threads.wait()
    runtime.close(contexts)
    if threads.fell:
        raise SystemExit(1)


def _app(context: Context) -> Any:
    from habeas.web.application import create_app

    return create_app(context)


def _paths(contexts: list[Context], apps: dict[str, Any]) -> dict[str, Any]:
    return {segment: apps[context.service.name] for context in contexts for segment in context.service.paths if segment}


def _listen(threads: runtime.Threads, app: Any, settings: Settings, address: tuple[str, int]) -> None:
    from habeas.web.serve import Listener

    host, port = address
    scheme = settings.portal_url.partition(":")[0]
    listener = Listener(app, host, port, trusted_proxy=settings.trusted_proxy, scheme=scheme)
    threads.start(f"door {host}:{listener.port}", listener.run)


@click.command()
@click.argument("service", type=click.Choice(SERVICES))
def serve(service: str) -> None:
    """Answer HTTP for one SERVICE; its letters are worked on by `habeas work`."""
    settings, keys = _start(service)
    context = open_context(_service(service), settings, keys)
    _check([context])
    threads = runtime.Threads()
    runtime.stop_on_signals(threads)
    _listen(threads, _app(context), settings, settings.listen)
    click.echo(f"serving {service} on {settings.listen[0]}:{settings.listen[1]}")
    _finish(threads, [context])


@click.command()
@click.argument("service", type=click.Choice(SERVICES))
def work(service: str) -> None:
    """Receive, execute and relay the letters of one SERVICE, and keep its timers."""
    settings, keys = _start(service)
    context = open_context(_service(service), settings, keys)
    _check([context])
    _run_worker(context, lambda: click.echo(f"working for {service}"))


@click.command("run")
@click.argument("system")
def connect(system: str) -> None:
    """Drive the connector of one SYSTEM, from systems/SYSTEM.yaml, with outgoing connections only."""
    settings, keys = _start(participant_of(system))
    with ExitStack() as stack:
        if settings.database.startswith("sqlite"):
            stack.enter_context(runtime.sole_owner(settings.data))
        context = connector_context(settings, keys, system)
        _run_worker(context, lambda: click.echo(f"connected {system}"))


def _run_worker(context: Context, ready: Callable[[], None]) -> None:
    threads = runtime.Threads()
    runtime.stop_on_signals(threads)
    runtime.work(context, threads, Receipts())
    ready()
    _finish(threads, [context])


@click.command()
@click.argument("service", type=click.Choice(SERVICES), required=False)
def migrate(service: str | None) -> None:
    """Bring the database of SERVICE (of all, if none is named) to this version's shape."""
    settings, keys = _start("migrate")
    services = [_service(service)] if service else list(installed_services())
    contexts = [open_context(each, settings, keys) for each in services]
    migrate_contexts(contexts)
    click.echo("migrated: " + ", ".join(context.service.name for context in contexts))


@click.command()
def check() -> None:
    """Look whether settings, keys, profiles and systems are right, without starting anything."""
    settings, keys = _start("check")
    services = [open_context(service, settings, keys) for service in installed_services()]
    _check(services)
    problems = []
    for system in list_systems(settings.systems):
        health = load_system(settings.systems, system).connector.check()
        problems += [Fault(f"system {system}", problem) for problem in health.problems]
        click.echo(f"{'ok  ' if health.ok else 'BAD '} {system}")
    if problems:
        raise Faults(problems)


@click.command()
def settings() -> None:
    """List every setting with its default and what it is for."""
    for each in fields(Settings):
        click.echo(f"{PREFIX + each.name.upper():26} {each.metadata['default']:24} {each.metadata['help']}")

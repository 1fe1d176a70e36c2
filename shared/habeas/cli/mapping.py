"""Commands that begin a data map: from the schema of a live database, or from what Fides was told of it."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from habeas.errors import Fault, Faults, Refused

if TYPE_CHECKING:
    import sqlalchemy as sa

_SYSTEM = re.compile(r"[a-z][a-z0-9-]{1,30}")


@click.command("map")
@click.argument("url", required=False)
@click.option("--url-file", type=click.Path(path_type=Path), help="a file that holds the URL, as it carries a password")
@click.option("--url-env", metavar="NAME", help="the name of a variable that holds the URL")
@click.option("--system", metavar="NAME", help="what the system is called; by default like its database")
@click.option("--schema", metavar="NAME", help="the schema to look at; by default the database's own")
@click.option(
    "--activity", metavar="NAME", help="the activity of your profile that every table belongs to, if it is one"
)
@click.option("--out", type=click.Path(path_type=Path), help="a new file for the map; by default it is printed")
def propose_map(
    url: str | None,
    url_file: Path | None,
    url_env: str | None,
    system: str | None,
    schema: str | None,
    activity: str | None,
    out: Path | None,
) -> None:
    """Propose a data map for the database at URL, by its tables and at most 200 values of each column.

    No value is shown or kept: only the share that looks like an address, a number and so on. What a person has to
    decide is left open and says TO FINISH; until then the map is refused where it would be used. Give the URL in a
    file or a variable if it has a password: others see what stands on a command line.
    """
    from habeas.connectors.sql.access import Access
    from habeas.connectors.sql.proposing import look, propose, write
    from habeas.connectors.sql.proposing.names import system_named

    if out is not None and out.exists():
        raise Refused(f"{out} is there already, and nothing is overwritten")
    place = _place(url, url_file, url_env)
    name = _checked(system) if system else system_named(Path(place.database or "").stem)
    with Access(place).reading() as connection:
        proposal = propose(look(connection, schema))
    text = write(proposal, name, activity)
    if out is None:
        click.echo(text, nl=False)
    else:
        _write_new(out, text)
    click.echo(
        f"{len(proposal.drafts)} tables are mapped, {len(proposal.nobody)} hold nobody; "
        f"to decide beside the activities: {proposal.open}",
        err=True,
    )


def _place(url: str | None, url_file: Path | None, url_env: str | None) -> "sa.URL":
    """The database's address; a fault never shows it."""
    from habeas.connectors.sql.access import read_url
    from habeas.sdk import Secret, read_secret

    given = {"url": url, "url_file": str(url_file.absolute()) if url_file else None, "url_env": url_env}
    secret = read_secret(given, "url", Path())
    found = read_url(secret) if isinstance(secret, Secret) else secret
    if isinstance(found, Fault):
        raise Faults([found])
    return found


def _checked(system: str) -> str:
    if not _SYSTEM.fullmatch(system):
        raise Faults([Fault("--system", "it is no name of a system", f"it has to look like {_SYSTEM.pattern}")])
    return system


def _write_new(file: Path, text: str) -> None:
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        raise Refused(f"{file} is there already, and nothing is overwritten") from None
    except OSError as error:
        raise Refused(f"{file} cannot be written: {error.strerror}") from None


@click.command("fides")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="the folder that the maps are written to")
@click.option("--activity", metavar="NAME", help="the one activity of your profile that every table belongs to")
@click.option(
    "--masking",
    type=click.Choice(["null_rewrite", "string_rewrite", "delete"]),
    default="null_rewrite",
    show_default=True,
    help="what your erasure policy's rule masks with; no dataset says it",
)
def convert_fides(files: tuple[Path, ...], out: Path, activity: str | None, masking: str) -> None:
    """Turn the Fides datasets of FILE... into data maps, one for each dataset.

    Give all files at once: a reference from one dataset to another becomes an identifier that the other one gives.
    What a data map cannot say stands in it with its file and line; what a person has to decide says TO FINISH.
    """
    from habeas.connectors.sql.fides import convert, read_datasets, write_map

    converted = convert(read_datasets(files), masking)
    places = {out / f"{each.system}.map.yaml": each for each in converted}
    if taken := [str(place) for place in places if place.exists()]:
        raise Refused(f"{', '.join(taken)} is there already, and nothing is overwritten")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"{out} cannot be made: {error.strerror}") from None
    for place, each in places.items():
        _write_new(place, write_map(each, activity))
        click.echo(f"{place}: {len(each.tables)} tables, {len(each.left_out)} skipped, to decide: {each.open}")

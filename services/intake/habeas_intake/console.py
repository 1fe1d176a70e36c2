"""The console's pages that are intake's: the queue by due date, the systems, and who read what."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from habeas.roles import Deed, may
from habeas.service import Context
from habeas.web.access import agent, caller, open_to
from habeas_intake.assignments import list_colleagues
from habeas_intake.case_pages import LABELS, words_for
from habeas_intake.holding import count_held
from habeas_intake.queries import count_open, find_reference, queue
from habeas_intake.readings import count_readings
from habeas_intake.references import read_reference

LOOK = agent(*may(Deed.LOOK))
READINGS_OF_DAYS = 7


def console_pages(context: Context) -> Blueprint:
    """Make the console's pages."""
    pages = Blueprint("console", __name__, template_folder="templates", url_prefix="/console")
    pages.context_processor(lambda: LABELS)

    @pages.get("")
    @open_to(LOOK)
    def show_queue() -> Response | str:
        wanted = request.args.get("q", "")
        reference = read_reference(wanted) if wanted else None
        mine = caller().controllers
        with context.reading() as tx:
            found = find_reference(tx, reference, mine) if reference else None
            lines, count, (held, held_due) = queue(tx, of=mine), count_open(tx, mine), count_held(tx, mine)
            colleagues = list_colleagues(tx)
        if found is not None:
            return redirect(f"/console/case/{found}", 303)
        later = count - len(lines)
        pen = {"held": held, "held_due": held_due}
        return render_template(
            "intake/queue.html", lines=lines, wanted=wanted, later=later, **pen, **words_for(colleagues)
        )

    @pages.get("/systems")
    @open_to(LOOK)
    def show_systems() -> str:
        with context.reading() as tx:
            lines = queue(tx, of=caller().controllers)
        failing: dict[str, int] = {}
        for line in lines:
            for system in line.failing:
                failing[system] = failing.get(system, 0) + 1
        mine = [each for each in context.profiles.values() if caller().may_work_for(each.name)]
        return render_template("intake/systems.html", profiles=mine, failing=failing)

    @pages.get("/readings")
    @open_to(agent(*may(Deed.AUDIT)))
    def show_readings() -> str:
        with context.reading() as tx:
            lines = count_readings(tx, READINGS_OF_DAYS, caller().controllers)
            colleagues = list_colleagues(tx)
        return render_template("intake/readings.html", lines=lines, days=READINGS_OF_DAYS, **words_for(colleagues))

    return pages

"""What the library asks of a person on the home page: of readers, of the desk, of cataloguers."""

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from townsquare.core.manifest import Task
from townsquare.core.usecase import Context
from townsquare.core.web.languages import money
from townsquare.core.web.moments import day
from townsquare.services.library.commands.imports import FindImports
from townsquare.services.library.commands.lending import Nothing
from townsquare.services.library.commands.money import FindRefunds
from townsquare.services.library.queries.counter import duties
from townsquare.services.library.queries.imports import IMPORT, find_imports
from townsquare.services.library.queries.mine import my_library
from townsquare.services.library.queries.money import find_refund_wishes
from townsquare.services.library.results.lending import Hold, LoanLine

SOON_DAYS = 3
REFUND = "library.payment.refund"


def tasks_for(ctx: Context) -> list[Task]:
    """Return what the library needs from this person."""
    found = _of_readers(ctx)
    if "library.hold.manage" in ctx.actor.permissions:
        found += _of_the_desk(ctx)
    if REFUND in ctx.actor.permissions:
        found += _of_the_till(ctx)
    if IMPORT in ctx.actor.permissions:
        found += _of_cataloguers(ctx)
    return found


def _of_readers(ctx: Context) -> list[Task]:
    mine = my_library(ctx, Nothing())
    late = [_loan(ctx, loan) for loan in mine.loans if (loan.due_at - ctx.now()).days <= SOON_DAYS]
    ready = [_hold(hold) for hold in mine.holds if hold.state == "ready"]
    owed = sum(charge.open_minor for charge in mine.charges)
    if not owed:
        return late + ready
    title = _("Pay %(amount)s", amount=money(owed, mine.currency))
    here = url_for("library.me")
    return [*late, *ready, Task(title, _("At any desk"), here, "receipt", _("Open"), "warning")]


def _loan(ctx: Context, loan: LoanLine) -> Task:
    late = loan.due_at < ctx.now()
    title = _("“%(title)s” is due", title=loan.title)
    due = day(loan.due_at, loan.zone)
    detail = _("Since %(day)s", day=due) if late else _("On %(day)s", day=due)
    state, tone = (_("Overdue"), "danger") if late else (_("Due soon"), "warning")
    return Task(title, detail, url_for("library.me"), "books", state, tone, loan.due_at)


def _hold(hold: Hold) -> Task:
    title = _("Collect “%(title)s”", title=hold.title)
    detail = _("At %(branch)s", branch=hold.branch_name)
    if hold.ready_until:
        until = day(hold.ready_until, hold.zone)
        detail = _("At %(branch)s until %(day)s", branch=hold.branch_name, day=until)
    here, due = url_for("library.me"), hold.ready_until
    return Task(title, detail, here, "bookmark", _("Ready"), "success", due)


def _of_the_desk(ctx: Context) -> list[Task]:
    waits = duties(ctx, Nothing())
    told = (
        (waits.uncollected, _uncollected),
        (waits.late, _late),
        (waits.shelved - waits.uncollected, _shelved),
        (waits.on_the_way, _on_the_way),
    )
    return [task(count) for count, task in told if count > 0]


def _uncollected(count: int) -> Task:
    title = ngettext("%(num)s book was not collected", "%(num)s books were not collected", count)
    detail = _("End the holds; the books go to the next reader")
    here = url_for("library.holds", state="ready")
    return Task(title, detail, here, "clock", _("Overdue"), "danger")


def _late(count: int) -> Task:
    title = ngettext("%(num)s loan is late", "%(num)s loans are late", count)
    here = url_for("library.loans", late="true")
    return Task(title, _("See which, and who has them"), here, "books", _("Late"), "warning")


def _shelved(count: int) -> Task:
    title = ngettext(
        "%(num)s book stands on the hold shelf", "%(num)s books stand on the hold shelf", count
    )
    here = url_for("library.holds", state="ready")
    return Task(title, _("Their readers were told"), here, "bookmark", _("Ready"), "success")


def _on_the_way(count: int) -> Task:
    title = ngettext(
        "%(num)s book is on its way to a reader",
        "%(num)s books are on their way to readers",
        count,
    )
    detail = _("Scan them at Returns when they arrive")
    here = url_for("library.holds", state="transit")
    return Task(title, detail, here, "truck", _("On its way"), "info")


def _of_the_till(ctx: Context) -> list[Task]:
    """Return that refunds wait for a second person, if this person can be the second one."""
    count = sum(not wish.own for wish in find_refund_wishes(ctx, FindRefunds()).items)
    if not count:
        return []
    title = ngettext(
        "%(num)s refund waits for a second person",
        "%(num)s refunds wait for a second person",
        count,
    )
    detail, here = _("Agree to it, or leave it"), url_for("library.refunds")
    return [Task(title, detail, here, "coins", _("Proposed"), "warning")]


def _of_cataloguers(ctx: Context) -> list[Task]:
    """Return the newest import, if it waits for a decision or has failed."""
    newest = find_imports(ctx, FindImports()).imports[:1]
    looks = {
        "checked": (_("Decide on the import of %(file)s"), _("Tried"), "warning"),
        "failed": (_("See why the import of %(file)s failed"), _("Failed"), "danger"),
    }
    return [
        Task(
            looks[run.state][0] % {"file": run.name},
            _("Nothing of it has changed the catalogue yet"),
            url_for("library.import_run", id=run.id),
            "file-import",
            *looks[run.state][1:],
        )
        for run in newest
        if run.state in looks and (run.state == "failed" or run.new + run.changed)
    ]

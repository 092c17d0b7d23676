"""The visiting card of the library."""

from townsquare.core.manifest import Job, Menu, Service
from townsquare.core.words import translatable
from townsquare.services.library import invariants, jobs, listeners, live
from townsquare.services.library.api import bp as for_programs
from townsquare.services.library.api import catalogue as catalogue_for_programs
from townsquare.services.library.api import lending as lending_for_programs
from townsquare.services.library.api import money as money_for_programs
from townsquare.services.library.commands.imports import ChooseImport, UndoRows
from townsquare.services.library.pages import (
    authorities,
    bp,
    catalogue,
    circulation,
    copies,
    counter,
    deposits,
    describing,
    desk,
    fetching,
    imports,
    me,
    mishaps,
    patrons,
    published,
    refunds,
    reports,
    rules,
    tariffs,
    tasks,
    waiting,
    wishes,
)
from townsquare.services.library.usecases.imports import CONTINUE, IMPORT, continue_import
from townsquare.services.library.usecases.undoing import UNDO_ROWS, undo_rows

CATALOGUING = frozenset(
    {
        "library.catalogue.curate",
        "library.document.edit",
        "library.copy.edit",
        "library.authority.edit",
        "library.catalogue.import",
    }
)
EDIT = "library.authority.edit"
OF_THE_TILL = (
    "library.payments",
    "library.refund",
    "library.refunds",
    "library.receipt",
    "library.proposals",
)
# Imported for the routes that they add.
SURFACES = (
    catalogue,
    describing,
    copies,
    authorities,
    imports,
    desk,
    mishaps,
    counter,
    deposits,
    refunds,
    me,
    wishes,
    waiting,
    fetching,
    patrons,
    reports,
    rules,
    circulation,
    tariffs,
    published,
    catalogue_for_programs,
    lending_for_programs,
    money_for_programs,
)
LENDING = frozenset(
    {
        "library.loan.create",
        "library.loan.return",
        "library.loan.view",
        "library.loan.recall",
        "library.loan.override",
        "library.hold.manage",
        "library.patron.read",
        "library.patron.edit",
        "library.payment.take",
        "library.copy.condition",
        "library.catalogue.curate",
    }
)
MANAGING = LENDING | {
    "library.charge.waive",
    "library.payment.refund",
    "library.rule.publish",
    "library.calendar.set",
    "library.notice.send",
    "library.report.view",
}

service = Service(
    name="library",
    title=translatable("Library"),
    blueprints=(bp, for_programs),
    permissions={
        "library.catalogue.curate": translatable("See drafts, withdrawn documents and shelves"),
        "library.document.edit": translatable("Describe documents"),
        "library.copy.edit": translatable("Add, move, label and withdraw copies"),
        "library.authority.edit": translatable("Look after names, categories and branches"),
        "library.catalogue.import": translatable("Import records"),
        "library.loan.create": translatable("Lend and renew copies at the desk"),
        "library.loan.return": translatable("Take copies back"),
        "library.loan.view": translatable("See who has borrowed what"),
        "library.loan.recall": translatable("Ask readers to bring copies back early"),
        "library.loan.override": translatable("Lend against a rule, with a reason"),
        "library.hold.manage": translatable("Look after the queue and the hold shelf"),
        "library.patron.read": translatable("Find readers and see their cards"),
        "library.patron.edit": translatable("Register readers and change their cards"),
        "library.payment.take": translatable("See charges and take payments and deposits"),
        "library.payment.refund": translatable("Pay money and deposits back"),
        "library.charge.waive": translatable("Let readers off charges"),
        "library.copy.condition": translatable("Declare copies lost, found, damaged or mended"),
        "library.rule.publish": translatable("Publish new rules"),
        "library.calendar.set": translatable("Change opening days and tariffs"),
        "library.notice.send": translatable("Remind readers and send receipts"),
        "library.report.view": translatable("See and download reports"),
    },
    roles={
        "library.cataloguer": CATALOGUING,
        "library.librarian": LENDING,
        "library.manager": MANAGING,
    },
    jobs=(
        Job(CONTINUE, continue_import, ChooseImport, frozenset({IMPORT})),
        Job(UNDO_ROWS, undo_rows, UndoRows, frozenset({IMPORT})),
        *jobs.JOBS,
    ),
    listeners=(*listeners.LISTENERS, *live.LISTENERS),
    topics=live.TOPICS,
    invariants=invariants.ALL,
    indexes=(jobs.WORDS,),
    search=catalogue.hits,
    tasks_for=tasks.tasks_for,
    staff=(
        Menu("barcode", "library.desk", "library", translatable("Desk"), "library.loan.create"),
        Menu(
            "arrow-back-up",
            "library.returns",
            "library",
            translatable("Returns"),
            "library.loan.return",
        ),
        Menu("users", "library.patrons", "library", translatable("Readers"), "library.patron.read"),
        Menu("bookmark", "library.holds", "library", translatable("Queue"), "library.hold.manage"),
        Menu("books", "library.loans", "library", translatable("Loans"), "library.loan.view"),
        Menu(
            "receipt",
            "library.charges",
            "library",
            translatable("Charges"),
            "library.payment.take",
            OF_THE_TILL,
        ),
        Menu("scale", "library.rules", "library", translatable("Rules"), "library.rule.publish"),
        Menu(
            "coins",
            "library.tariffs",
            "library",
            translatable("Tariffs"),
            "library.calendar.set",
        ),
        Menu(
            "calendar-event",
            "library.calendar",
            "library",
            translatable("Hours"),
            "library.calendar.set",
        ),
        Menu(
            "chart-bar",
            "library.reports",
            "library",
            translatable("Reports"),
            "library.report.view",
        ),
        Menu("books", "library.copies", "library", translatable("Copies"), "library.copy.edit"),
        Menu("tag", "library.authorities", "library", translatable("Names and branches"), EDIT),
        Menu("file-import", "library.imports", "library", translatable("Imports"), IMPORT),
    ),
    places=(
        Menu("search", "library.search", "library", translatable("Catalogue")),
        Menu("bookmarks", "library.me", "library", translatable("My library"), "signed-in"),
        Menu("clock", "library.calendar", "library", translatable("Opening hours")),
        Menu("scale", "library.rules", "library", translatable("Rules")),
    ),
    tries=(
        Menu(
            "barcode",
            "library.desk",
            "library",
            translatable("Lend a book: type LC-1001 and Enter, then TS000001 and Enter"),
            "library.loan.create",
        ),
        Menu(
            "arrow-back-up",
            "library.returns",
            "library",
            translatable("Take it back: type TS000001 and Enter"),
            "library.loan.return",
        ),
        Menu(
            "scale",
            "library.rules",
            "library",
            translatable("Ask which rule applies to a loan, and why"),
            "library.rule.publish",
        ),
        Menu(
            "chart-bar",
            "library.reports",
            "library",
            translatable("See what half a year of lending came to"),
            "library.report.view",
        ),
        Menu(
            "file-import",
            "library.imports",
            "library",
            translatable("Try a file of records before it changes anything"),
            IMPORT,
        ),
        Menu(
            "bookmark",
            "library.search",
            "library",
            translatable("Find a book and join its queue"),
            "signed-in",
        ),
    ),
    graphql="townsquare.services.library.graphql:graph",
    cli="townsquare.services.library.cli:library",
    menu=Menu(
        icon="book",
        endpoint="library.search",
        accent="library",
        sentence=translatable("Find books, borrow them, and read on."),
    ),
)

"""The ways to the pages of the library and inside them, each for those to whom it is open."""

from townsquare.core.manifest import Menu
from townsquare.core.words import translatable

OF_THE_TILL = (
    *("library.payments", "library.receipt", "library.proposals"),
    *("library.refund", "library.refunds"),
)


def _way(
    icon: str, page: str, title: str, *, to: str = "public", also: tuple[str, ...] = ()
) -> Menu:
    return Menu(icon, f"library.{page}", "library", title, to, also)


MENU = _way("book", "search", translatable("Find books, borrow them, and read on."))
STAFF = (
    _way("barcode", "desk", translatable("Desk"), to="library.loan.create"),
    _way("arrow-back-up", "returns", translatable("Returns"), to="library.loan.return"),
    _way("users", "patrons", translatable("Readers"), to="library.patron.read"),
    _way("bookmark", "holds", translatable("Queue"), to="library.hold.manage"),
    _way("books", "loans", translatable("Loans"), to="library.loan.view"),
    _way(
        "receipt", "charges", translatable("Charges"), to="library.payment.take", also=OF_THE_TILL
    ),
    _way("scale", "rules", translatable("Rules"), to="library.rule.publish"),
    _way("coins", "tariffs", translatable("Tariffs"), to="library.calendar.set"),
    _way("calendar-event", "calendar", translatable("Hours"), to="library.calendar.set"),
    _way("chart-bar", "reports", translatable("Reports"), to="library.report.view"),
    _way("books", "copies", translatable("Copies"), to="library.copy.edit"),
    _way("tag", "authorities", translatable("Names and branches"), to="library.authority.edit"),
    _way("file-import", "imports", translatable("Imports"), to="library.catalogue.import"),
)
PLACES = (
    _way("search", "search", translatable("Catalogue")),
    _way("bookmarks", "me", translatable("My library"), to="signed-in"),
    _way("clock", "calendar", translatable("Opening hours")),
    _way("scale", "rules", translatable("Rules")),
)
# First steps that the home page of a demo town proposes.
TRIES = (
    _way(
        "barcode",
        "desk",
        translatable("Lend a book: type LC-1001 and Enter, then TS000001 and Enter"),
        to="library.loan.create",
    ),
    _way(
        "arrow-back-up",
        "returns",
        translatable("Take it back: type TS000001 and Enter"),
        to="library.loan.return",
    ),
    _way(
        "scale",
        "rules",
        translatable("Ask which rule applies to a loan, and why"),
        to="library.rule.publish",
    ),
    _way(
        "chart-bar",
        "reports",
        translatable("See what half a year of lending came to"),
        to="library.report.view",
    ),
    _way(
        "file-import",
        "imports",
        translatable("Try a file of records before it changes anything"),
        to="library.catalogue.import",
    ),
    _way("bookmark", "search", translatable("Find a book and join its queue"), to="signed-in"),
)

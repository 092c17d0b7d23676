"""What the library does later, or by the clock of the town: mails go out in the morning."""

from townsquare.core.manifest import Job, OwnIndex
from townsquare.core.usecase import Context
from townsquare.services.library.commands.catalogue import WriteWords
from townsquare.services.library.commands.imports import ChooseImport, UndoRows
from townsquare.services.library.commands.lending import Nothing
from townsquare.services.library.commands.notices import LookAtLoans, TellOfLoan
from townsquare.services.library.usecases.holds import expire_holds
from townsquare.services.library.usecases.imports import CONTINUE, IMPORT, continue_import
from townsquare.services.library.usecases.notices import (
    DUE_SOON,
    OVERDUE,
    SEND,
    tell_due_soon,
    tell_overdue,
)
from townsquare.services.library.usecases.overdue import (
    CONDITION,
    GIVE_UP,
    GIVE_UP_ONE,
    give_up_late_loans,
    give_up_loan,
)
from townsquare.services.library.usecases.searching import rebuild_words
from townsquare.services.library.usecases.undoing import UNDO_ROWS, undo_rows

QUEUE = frozenset({"library.hold.manage"})
TELL = frozenset({SEND})
GIVING_UP = frozenset({CONDITION})
IMPORTING = frozenset({IMPORT})

JOBS = (
    Job("library.expire-holds", expire_holds, Nothing, QUEUE, "10 * * * *"),
    Job(GIVE_UP, give_up_late_loans, LookAtLoans, GIVING_UP, "30 6 * * *"),
    Job(GIVE_UP_ONE, give_up_loan, TellOfLoan, GIVING_UP),
    Job(DUE_SOON, tell_due_soon, LookAtLoans, TELL, "0 8 * * *"),
    Job(OVERDUE, tell_overdue, LookAtLoans, TELL, "5 8 * * *"),
    Job(CONTINUE, continue_import, ChooseImport, IMPORTING),
    Job(UNDO_ROWS, undo_rows, UndoRows, IMPORTING),
)


def write_words(ctx: Context, after: str) -> str:
    """Write the words of the next documents; return the last of them, empty at the end."""
    return rebuild_words(ctx, WriteWords(after=after))


WORDS = OwnIndex("library.document", write_words, frozenset({"library.document.edit"}))

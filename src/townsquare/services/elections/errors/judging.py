"""What is refused around decisions, certifications and disputes."""

from townsquare.core.errors import Conflict, Invalid, NotAllowed, NotFound
from townsquare.core.words import translatable


class NotNow(Conflict):
    """An election is not in the state for such a decision."""

    code = "elections.not-now"
    message = translatable(
        "That cannot be decided while the election is as it is now; load its page again."
    )


class DecisionOpen(Conflict):
    """Somebody has proposed something else about the election."""

    code = "elections.decision-open"
    message = translatable(
        "Another decision about this election is proposed; confirm it or take it back first."
    )


class UnknownDecision(NotFound):
    """No such proposal, or it was confirmed or taken back."""

    code = "elections.unknown-decision"
    message = translatable("Nobody proposes this any more; load the page of decisions again.")


class PeopleDecide(NotAllowed):
    """A program cannot agree to anything."""

    code = "elections.people-decide"
    message = translatable("A program cannot decide about an election; two people have to.")


class RolesNotSeparate(Conflict):
    """Who has set an election up, or holds a key of it, does not judge it as well."""

    code = "elections.roles-not-separate"
    message = translatable(
        "Somebody who set this election up, froze it or is its trustee cannot do this too; ask"
        " another person."
    )


class ClosingInvalid(Invalid):
    """A new closing that is not later than the one there is, or cannot be meant."""

    code = "elections.closing-invalid"
    message = translatable("The new closing must be later than the one that stands; look again.")


class Miscounted(Conflict):
    """The papers, counted once more, give something else than what was written down."""

    code = "elections.miscounted"
    message = translatable(
        "Counted once more the papers give another result; do not certify it, and ask the people"
        " who run this town to look at the database."
    )


class VerifiersDisagree(Conflict):
    """Two programs have to find the same, and they do not yet."""

    code = "elections.verifiers-disagree"
    message = translatable(
        "There are no two good reports with one hash about the last state of the board, one of each"
        " verifying program; run both on the archive and hand their reports in."
    )


class AppealsOpen(Conflict):
    """It is too early: there may still be an objection, or there is one."""

    code = "elections.appeals-open"
    message = translatable(
        "The time for objections is not over, or one about the result has no ruling yet; look at"
        " the disputes."
    )


class Unreconciled(Conflict):
    """Returns are missing, or do not add up."""

    code = "elections.unreconciled"
    message = translatable(
        "Not every return is approved and adds up; look at the reconciliation first."
    )


class UnknownDispute(NotFound):
    """No such objection, or it has its ruling."""

    code = "elections.unknown-dispute"
    message = translatable("There is no such objection without a ruling; load the list again.")


class ManyDisputes(Conflict):
    """One person keeps the officers from certifying with ever more objections."""

    code = "elections.many-disputes"
    message = translatable(
        "{many} of your objections have no ruling yet; wait for it before you file another one."
    )


class OwnDispute(Conflict):
    """Nobody rules on what they brought up themselves."""

    code = "elections.own-dispute"
    message = translatable("You filed it yourself; somebody else has to rule on it.")


class ReportUnread(Invalid):
    """A text that no verifying program has printed."""

    code = "elections.report-unread"
    message = translatable(
        "This is no report of a verifying program; hand in what it prints with --json, unchanged."
    )


class ReportElsewhere(Conflict):
    """A report about another election, another set-up, or a board that has grown since."""

    code = "elections.report-elsewhere"
    message = translatable(
        "This report is about another set-up, or about a board that has grown since; take the"
        " archive anew and run the program again."
    )


class ReportKnown(Conflict):
    """The same program has found the same before."""

    code = "elections.report-known"
    message = translatable("This report was handed in before; nothing was changed.")

"""What can go wrong in the library, each with the next step."""

from townsquare.core.errors import Conflict, Invalid, NotAllowed, NotFound
from townsquare.core.words import translatable


class UnknownDocument(NotFound):
    """No document has this id, or it is not published."""

    code = "library.unknown-document"
    message = translatable("We could not find that document; search the catalogue for it.")


class UnknownCopy(NotFound):
    """No copy has this barcode or id."""

    code = "library.unknown-copy"
    message = translatable(
        "No copy has the barcode {barcode}; scan it again, capitals and zeros count."
    )


class MistypedCopy(UnknownCopy):
    """No copy has this barcode, and one is nearly the same."""

    message = translatable("No copy has the barcode {barcode}; is it {near}? Scan it again.")


class UnknownBranch(NotFound):
    """No branch has this code."""

    code = "library.unknown-branch"
    message = translatable("No branch has the code {branch}; choose one from the list of branches.")


class UnknownAuthority(NotFound):
    """No name, subject, category or publisher is known by this."""

    code = "library.unknown-authority"
    message = translatable("We could not find that heading; search the authorities for it.")


class BarcodeTaken(Conflict):
    """Another copy carries this barcode."""

    code = "library.barcode-taken"
    message = translatable(
        "The barcode {barcode} belongs to another copy; print a new label and use its number."
    )


class CodeTaken(Conflict):
    """Another branch, category, publisher or heading has this code or spelling."""

    code = "library.code-taken"
    message = translatable("{taken} is already in use; choose another one or edit that entry.")


class InUse(Conflict):
    """An entry that documents, copies or loans still point to is not deleted."""

    code = "library.in-use"
    message = translatable("This entry is still in use; give what uses it another one first.")


class CopiesExist(Conflict):
    """A document that still has copies is not withdrawn."""

    code = "library.copies-exist"
    message = translatable("This document still has copies; withdraw its copies first.")


class WrongState(Conflict):
    """The thing is in a state from which this step does not lead."""

    code = "library.wrong-state"
    message = translatable(
        "This cannot be done while the state is {state}; look at the record for what is possible."
    )


class MergeLoop(Conflict):
    """A heading would be merged into itself, by one way or another."""

    code = "library.merge-loop"
    message = translatable(
        "These two headings are already one; choose a different heading to merge into."
    )


class BadNumber(Invalid):
    """The check digit of a number does not fit."""

    code = "library.bad-number"
    message = translatable("{value} is no valid {scheme}; compare it with the one in the book.")


class BadFile(Invalid):
    """The file holds no record that we can read."""

    code = "library.bad-file"
    message = translatable("This file cannot be imported: {reason}; choose another file.")


class UnknownPatron(NotFound):
    """No card of this number, or no such reader."""

    code = "library.unknown-patron"
    message = translatable("There is no card {card}; scan it again or search by name.")


class CardReplaced(Conflict):
    """The reader of this card has another one by now."""

    code = "library.card-replaced"
    message = translatable(
        "The card {card} was replaced on {day}: {why}; ask the reader for the new one."
    )


class UnknownLoan(NotFound):
    """No such loan, or not one's own."""

    code = "library.unknown-loan"
    message = translatable("There is no such loan; look at the list of loans.")


class UnknownHold(NotFound):
    """No such hold, or not one's own."""

    code = "library.unknown-hold"
    message = translatable("There is no such hold; look at the list of holds.")


class CopyOnLoan(Conflict):
    """Somebody else has the copy."""

    code = "library.copy-on-loan"
    message = translatable(
        "The copy {barcode} is already on loan; take another copy or reserve this one."
    )


class CopyHeld(Conflict):
    """The copy waits for somebody else."""

    code = "library.copy-held"
    message = translatable(
        "The copy {barcode} waits for another reader; put it back on the hold shelf."
    )


class NotLent(Conflict):
    """The rules do not let this copy out of the house."""

    code = "library.not-lent"
    message = translatable("The copy {barcode} is for the reading room; read it here.")


class CardExpired(Conflict):
    """The card is no longer good."""

    code = "library.card-expired"
    message = translatable("The card {card} has expired; renew it first.")


class GuardianNeeded(Conflict):
    """A minor without a guardian on record."""

    code = "library.guardian-needed"
    message = translatable("The reader of {card} is a minor; note a guardian first.")


class Blocked(Conflict):
    """Open charges, a very late copy, or a block by hand."""

    code = "library.blocked"
    message = translatable("The card {card} is blocked: {why}; settle that first or override.")


class OwesTooMuch(Blocked):
    """More is open than the rules allow."""

    message = translatable(
        "The card {card} is blocked: {open_minor} is open; take a payment first or override."
    )


class LimitReached(Conflict):
    """As many loans as the rules allow."""

    code = "library.limit-reached"
    message = translatable(
        "The card {card} has reached its limit of {limit} loans; return one first or override."
    )


class DepositDue(Invalid):
    """A visitor without a deposit."""

    code = "library.deposit-due"
    message = translatable("A deposit of {deposit_minor} is due; take it first.")


class BeforeLoan(Invalid):
    """A return before the loan began."""

    code = "library.before-loan"
    message = translatable("The copy {barcode} was lent after that moment; correct the time.")


class NotYet(Invalid):
    """A return that lies ahead."""

    code = "library.not-yet"
    message = translatable("The copy {barcode} cannot have come back later; correct the time.")


class Recalled(Conflict):
    """Another reader waits, and has asked for it back."""

    code = "library.recalled"
    message = translatable("Another reader has asked for this copy back; return it in time.")


class HoldWaiting(Conflict):
    """Another reader waits for the document."""

    code = "library.hold-waiting"
    message = translatable("Another reader waits for this document; return it in time.")


class RenewalsSpent(Conflict):
    """Renewed as often as the rules allow."""

    code = "library.renewals-spent"
    message = translatable("This loan was renewed {renewals} times, which is the most; return it.")


class TooEarly(Conflict):
    """Renewal is possible only near the due date."""

    code = "library.too-early"
    message = translatable("This loan can be renewed from {from_day} on; come back then.")


class HoldLimit(Conflict):
    """The reader waits for as many documents as the rules allow."""

    code = "library.hold-limit"
    message = translatable("The rules allow {limit} holds at once; give one up first.")


class NobodyWaits(Conflict):
    """A copy was fetched for nobody."""

    code = "library.nobody-waits"
    message = translatable("Nobody waits for the copy {barcode}; put it back on its shelf.")


class HoldExists(Conflict):
    """The reader stands in this queue already."""

    code = "library.hold-exists"
    message = translatable("You already wait for this document; look at your holds.")


class NotHoldable(Invalid):
    """A document without copies."""

    code = "library.not-holdable"
    message = translatable("The library has no copy of this; suggest that it buys one.")


class ReasonMissing(Invalid):
    """An override without a reason."""

    code = "library.reason-missing"
    message = translatable("Say why this rule is overridden; the audit keeps it.")


class NoFallback(Invalid):
    """Rules whose last line has conditions."""

    code = "library.no-fallback"
    message = translatable("The last rule must have no conditions; add one with priority 99.")


class BadRule(Invalid):
    """A rule that cannot be read."""

    code = "library.bad-rule"
    message = translatable("The rule {priority} cannot be read: {why}; correct it.")


class PastDate(Invalid):
    """A calendar day that is over."""

    code = "library.past-date"
    message = translatable("{day} is over; choose a day that is still to come.")


class BadHours(Invalid):
    """A week in which a day stands twice, or closes before it opens."""

    code = "library.bad-hours"
    message = translatable("Name each weekday once, with a closing time after its opening time.")


class HalfQuiet(Invalid):
    """Quiet hours with only one end."""

    code = "library.half-quiet"
    message = translatable("Say from when until when no mails may come, or leave both empty.")


class NumberTaken(Conflict):
    """A card or number that somebody else has."""

    code = "library.number-taken"
    message = translatable("The number {number} belongs to somebody else; check it.")


class CardExists(Conflict):
    """A person who has a card already."""

    code = "library.card-exists"
    message = translatable("This person has a card already; search for them by name.")


class OpenLoans(Conflict):
    """A reader who still has something, waits for something, or whom we still owe something."""

    code = "library.open-loans"
    message = translatable(
        "This reader still has loans, holds, charges or a deposit; settle them first."
    )


class NoTitleColumn(Invalid):
    """Nobody has said which column of a table holds the titles."""

    code = "library.no-title-column"
    message = translatable("Choose the column that holds the titles; no book is taken in without.")


class UnknownProposal(NotFound):
    """Nobody has proposed this."""

    code = "library.unknown-proposal"
    message = translatable("There is no such proposal; look at the list of them.")


class SecondPerson(Conflict):
    """More is to go back of a payment than one person may decide."""

    code = "library.second-person"
    message = translatable(
        "More than {limit_minor} of a payment goes back when two agree; propose it to somebody."
    )


class RefundWaits(Conflict):
    """A refund of the same payment waits."""

    code = "library.refund-waits"
    message = translatable("A refund of this payment waits already; let it be decided first.")


class OwnRefund(Conflict):
    """Who proposed a refund approves it."""

    code = "library.own-refund"
    message = translatable("Somebody else has to agree to what you propose; ask a colleague.")


class PeopleAgree(NotAllowed):
    """A program proposes a refund, or decides one."""

    code = "library.people-agree"
    message = translatable(
        "Two people agree to a refund like this, and a program is neither; do it as a person."
    )


class ProposalDecided(Conflict):
    """Somebody has decided it, or it has lost its reason."""

    code = "library.proposal-decided"
    message = translatable("This proposal no longer waits; look at the list of them.")


class StillReading(Conflict):
    """A reader who would leave for good, and still has something or waits for something."""

    code = "library.still-reading"
    message = translatable(
        "You still have or await something of the library; bring it back, or cancel the hold."
    )

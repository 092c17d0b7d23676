"""Why something takes two administrators, or why a second one cannot decide it."""

from townsquare.core.errors import Conflict, NotFound
from townsquare.core.words import translatable


class TakesTwo(Conflict):
    """One administrator alone would make another one."""

    code = "identity.takes-two"
    message = translatable(
        "An administrator is made by two administrators: one proposes it, another one agrees."
    )


class OnlyAdministrator(Conflict):
    """Nobody is there who could agree."""

    code = "identity.only-administrator"
    message = translatable(
        "There is no other administrator who could agree; whoever runs the machine of the town"
        " makes one with “townsquare users grant EMAIL administrator”."
    )


class AlreadyAdministrator(Conflict):
    """Somebody has the role already."""

    code = "identity.already-administrator"
    message = translatable("This person is an administrator already; nothing has to be proposed.")


class AccountClosed(Conflict):
    """An account that cannot be entered gets no power."""

    code = "identity.account-closed"
    message = translatable("This account is disabled; enable it first.")


class AddressNotConfirmed(Conflict):
    """An account that anybody may have made for this address gets no power."""

    code = "identity.address-not-confirmed"
    message = translatable(
        "Nobody has confirmed this address yet; let them follow the link in their mail first."
    )


class AlreadyProposed(Conflict):
    """One proposal about somebody waits at a time."""

    code = "identity.already-proposed"
    message = translatable(
        "This is proposed already, or something else about the same person is; see what waits for"
        " a second administrator."
    )


class UnknownProposal(NotFound):
    """No such proposal."""

    code = "identity.unknown-proposal"
    message = translatable("There is no such proposal; see what waits for a second administrator.")


class OwnProposal(Conflict):
    """Who has proposed something, or gains by it, does not decide it."""

    code = "identity.own-proposal"
    message = translatable(
        "You have proposed this yourself, or it is about you; another administrator decides it."
    )


class NotOwnProposal(Conflict):
    """Only who has proposed something takes it back."""

    code = "identity.not-own-proposal"
    message = translatable("Somebody else has proposed this; approve or refuse it.")


class ProposalDecided(Conflict):
    """Somebody was faster, or it was taken back."""

    code = "identity.proposal-decided"
    message = translatable("This proposal is decided or taken back already; nothing was changed.")


class ProposalExpired(Conflict):
    """A proposal waits for a week."""

    code = "identity.proposal-expired"
    message = translatable("This proposal has waited for more than seven days; propose it again.")


class NotTwoAdministrators(Conflict):
    """One of the two has lost the role meanwhile."""

    code = "identity.not-two-administrators"
    message = translatable(
        "You or whoever has proposed this is no administrator any more; let two who are one"
        " begin again."
    )


# What is wrong with a decision itself, and not with what it would do.
OF_DECISIONS = (OwnProposal, ProposalDecided, ProposalExpired, NotTwoAdministrators)

"""What is refused around nominations."""

from townsquare.core.errors import Conflict, Invalid, NotAllowed, NotFound
from townsquare.core.words import translatable


class NominationsClosed(Conflict):
    """Nobody stands before the nominations open or after they close."""

    code = "elections.nominations-closed"
    message = translatable("Nominations are not open in this election; look at its times.")


class NominationsOpen(Conflict):
    """They are open already."""

    code = "elections.nominations-open"
    message = translatable("Nominations are open already; close them first.")


class NobodyToNominate(Conflict):
    """No question takes candidates."""

    code = "elections.nobody-to-nominate"
    message = translatable("No question of this election takes candidates; add one that does.")


class PartyShown(Conflict):
    """Candidates of a party stand in an election that is frozen, where its name is shown."""

    code = "elections.party-frozen"
    message = translatable(
        "Candidates of the party {party} stand in an election that is frozen, so its name,"
        " colour and symbol stay; add another party with a code of its own."
    )


class CandidateCodeTaken(Conflict):
    """Another candidate of the election has this code."""

    code = "elections.candidate-code-taken"
    message = translatable("Somebody stands as {candidate} already; choose another short name.")


class StandsAlready(Conflict):
    """One person stands once in a question."""

    code = "elections.stands-already"
    message = translatable("You have filed a candidacy for this already; look at it.")


class AlreadyDecided(Conflict):
    """A candidacy is not in the state for this."""

    code = "elections.already-decided"
    message = translatable("This candidacy is {state} already; look at it again.")


class StrikeOpen(Conflict):
    """Somebody has proposed it before, or two people have decided it."""

    code = "elections.disqualification-open"
    message = translatable(
        "Somebody has proposed to disqualify this candidate already; confirm it or take it back."
    )


class CandidatesStand(Conflict):
    """A question in which somebody has filed a candidacy stays."""

    code = "elections.candidates-stand"
    message = translatable("Candidacies were filed for this question, so it stays.")


class UnknownCandidate(NotFound):
    """No such candidacy, or not one that this person may see."""

    code = "elections.unknown-candidate"
    message = translatable("There is no such candidacy of yours; look at the list.")


class UnknownPicture(NotFound):
    """No photo or symbol has this digest, or none that this person may see."""

    code = "elections.unknown-picture"
    message = translatable("There is no such picture; it may have been removed.")


class UnknownParty(Invalid):
    """No party has this code."""

    code = "elections.unknown-party"
    message = translatable("There is no party {party}; an officer can add it.")


class NoSuchParty(NotFound):
    """An address names a party that is not there."""

    code = "elections.no-such-party"
    message = translatable("There is no party {party}; look at the list of parties.")


class NotTheAgent(NotAllowed):
    """Lists of a party are filed by its agent."""

    code = "elections.not-the-agent"
    message = translatable("Only the agent of this party files its lists; ask an officer.")


class BadSlate(Invalid):
    """A list of candidates that cannot be read."""

    code = "elections.bad-slate"
    message = translatable(
        "This list cannot be read: {reason}. It needs a first line with the columns contest, code,"
        " given and family."
    )

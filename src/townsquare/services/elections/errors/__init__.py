"""What can go wrong in elections."""

from townsquare.core.errors import Conflict, Invalid, NotAllowed, NotFound
from townsquare.core.words import translatable


class UnknownElection(NotFound):
    """No such election, or none that this person may know of."""

    code = "elections.unknown-election"
    message = translatable("There is no such election; look at the list of them.")


class UnknownContest(NotFound):
    """No such contest."""

    code = "elections.unknown-contest"
    message = translatable("There is no such question; look at the election again.")


class UnknownEntry(NotFound):
    """Nobody stands on a roll under this id."""

    code = "elections.unknown-entry"
    message = translatable("This person is not on the roll any more; look at the roll again.")


class TimesInvalid(Invalid):
    """Times in the wrong order, or one that the clock shows twice or never."""

    code = "elections.times-invalid"
    message = translatable("Some of these times cannot be meant; look at them again.")


class ContestExists(Conflict):
    """Another question of the election has this code."""

    code = "elections.contest-exists"
    message = translatable("There is a question with the code {contest} already; choose another.")


class MajorityInvalid(Invalid):
    """A majority that this question cannot ask for; its fields say why."""

    code = "elections.majority-invalid"
    message = translatable("This question cannot ask for such a majority; look at its fields.")


class BallotFull(Conflict):
    """There are as many questions as one ballot takes."""

    code = "elections.ballot-full"
    message = translatable(
        "One ballot takes {questions} questions with {answers} options, and {bytes} bytes of text"
        " in them; set up another poll for more."
    )


class VoterExists(Conflict):
    """The number belongs to somebody else, or the person has another one."""

    code = "elections.voter-exists"
    message = translatable(
        "The voter number {number} belongs to somebody else, or this person has another one; check"
        " the number and the email address."
    )


class RollBusy(Conflict):
    """Somebody else gave one of the numbers away at the same moment."""

    code = "elections.roll-busy"
    message = translatable("Somebody else enrols the same voters at this moment; do it once more.")


class OnTheRoll(Conflict):
    """Somebody is enrolled already."""

    code = "elections.on-the-roll"
    message = translatable("The voter number {number} is on this roll already; nothing was done.")


class Frozen(Conflict):
    """What was frozen cannot be changed any more, by anybody."""

    code = "elections.frozen"
    message = translatable(
        "This election is frozen: its questions, times and roll can no longer be changed."
    )


class NotReady(Conflict):
    """Something is missing before an election can be frozen."""

    code = "elections.not-ready"
    message = translatable("This cannot be frozen yet; its set-up says what is missing.")


class NeedsNoRehearsal(Conflict):
    """Nothing is to be waived: only an encrypted election is rehearsed before it is frozen."""

    code = "elections.needs-no-rehearsal"
    message = translatable(
        "This can be frozen without a rehearsal, so there is no reason to give: only an encrypted"
        " election that is none itself needs one."
    )


class SmallRoll(Conflict):
    """So few may vote that the result nearly tells who voted what; that has to be accepted."""

    code = "elections.small-roll"
    message = translatable(
        "Fewer than {few} people may vote, so the result will nearly tell who voted what; say that"
        " you know it, or enrol more."
    )


class FewAlike(Conflict):
    """Few voters are alike, so that the result may tell how they voted; that is to be accepted."""

    code = "elections.few-alike"
    message = translatable(
        "Fewer than {few} voters share a weight and a style, or fewer than {least} are asked a"
        " question, so the result may tell how they voted; say that you know it, or change it."
    )


class NotProposed(Conflict):
    """Nobody has proposed to freeze the election as it is now."""

    code = "elections.not-proposed"
    message = translatable(
        "Nobody proposes to freeze this election as it is now; it may have been changed since."
    )


class SamePerson(Conflict):
    """Two people have to agree."""

    code = "elections.same-person"
    message = translatable(
        "You proposed or entered this yourself; somebody else has to confirm it."
    )


class PeopleFreeze(Conflict):
    """A program cannot agree to anything."""

    code = "elections.people-freeze"
    message = translatable("A program cannot freeze an election; two people have to.")


class NotOpen(Conflict):
    """Nobody votes before the opening or after the closing, whatever their own clock says."""

    code = "elections.not-open"
    message = translatable("Nobody can vote there now; look at the times on its page.")


class NotOnRoll(NotAllowed):
    """Somebody who may not vote here."""

    code = "elections.not-on-roll"
    message = translatable(
        "You are not on the roll of this poll; ask the election officers if that is a mistake."
    )


class BallotInvalid(Invalid):
    """What was marked cannot stand on one ballot."""

    code = "elections.ballot-invalid"
    message = translatable("This ballot cannot be cast as it is: {contest}.")


class StillRunning(Conflict):
    """Nothing is counted before the closing."""

    code = "elections.still-running"
    message = translatable("This poll has not closed yet; nothing is counted before.")


class AlreadyCounted(Conflict):
    """A poll is counted once."""

    code = "elections.already-counted"
    message = translatable("This poll is counted already; look at its result.")


class WeighedOtherwise(Conflict):
    """A vote in the box has another weight or style than its voter on the roll."""

    code = "elections.weighed-otherwise"
    message = translatable(
        "A vote of this poll has another weight or style than its voter, so that it is not counted;"
        " ask those who run the server."
    )


class OtherBallots(Conflict):
    """A file of ballots is not of this question."""

    code = "elections.other-ballots"
    message = translatable(
        "This file is not of the question {contest}: its options or seats are others, or it is not"
        " ranked. Set the question up from the file."
    )


class NotCounted(NotFound):
    """There is no result yet."""

    code = "elections.not-counted"
    message = translatable("There is no result yet; it stands here when the poll has closed.")


class BadRoll(Invalid):
    """A file of voters that cannot be read."""

    code = "elections.bad-roll"
    message = translatable(
        "This list cannot be read: {reason}. It needs a first line with the columns number, name"
        " and email."
    )


class BallotRefused(Invalid):
    """An encrypted ballot that fails a check of the protocol, B01 to B16."""

    code = "elections.ballot-refused"
    message = translatable(
        "This ballot is not accepted: it fails the check {check}. Nothing was cast; mark it anew."
    )


class SequenceTaken(Conflict):
    """Another ballot of the same credential came first."""

    code = "elections.sequence-taken"
    message = translatable(
        "Another ballot was cast with your credential meanwhile, and it counts; load the booth"
        " again if you want to vote anew."
    )


class BallotChallenged(Conflict):
    """A ballot that was opened once is never cast."""

    code = "elections.ballot-challenged"
    message = translatable(
        "This ballot was opened to check your device, so it cannot be cast; mark a new one."
    )


class BallotOnBoard(Conflict):
    """What was cast is not opened."""

    code = "elections.ballot-on-board"
    message = translatable("This ballot is cast, so it cannot be opened; mark another one.")


class CredentialClaimed(Conflict):
    """A credential belongs to one voter, a voter to one credential."""

    code = "elections.credential-claimed"
    message = translatable(
        "You vote with another credential, or somebody else votes with this one; ask the authority"
        " that sent it to you."
    )


class UnknownTracker(NotFound):
    """No ballot of the board has this tracker."""

    code = "elections.unknown-tracker"
    message = translatable(
        "No ballot on the board has this tracker; compare it with your note, sign by sign."
    )


class NoBoard(NotFound):
    """An election without a board, or one that is not frozen."""

    code = "elections.no-board"
    message = translatable("This election has no board; look at its own page.")


class TokenMistyped(Invalid):
    """A token with a wrong length, or whose last character does not fit the others."""

    code = "elections.token-mistyped"
    message = translatable(
        "This is not a whole token: look at it once more, five groups of five characters. Nothing"
        " was cast."
    )


class UnknownCredential(NotFound):
    """A credential that is not on the roll of this election."""

    code = "elections.unknown-credential"
    message = translatable(
        "This token is not one of this election; look which election your letter names."
    )


class VoidCredential(Conflict):
    """A credential that was replaced, since it was lost."""

    code = "elections.credential-void"
    message = translatable(
        "This token was replaced and does not count any more; use the newer one, or ask the"
        " authority."
    )


class RolesNotSeparate(Conflict):
    """One person would have two of the parts that different people must have."""

    code = "elections.roles-not-separate"
    message = translatable(
        "Administrator, authority, trustees and those who freeze must be different people, but in a"
        " rehearsal; choose somebody else than {name}."
    )


class NoSuchAccount(Invalid):
    """An address that nobody has confirmed."""

    code = "elections.no-such-account"
    message = translatable("Nobody has confirmed the address {email} yet; ask them to sign in.")


class NotYourPart(NotAllowed):
    """What only another person may do in this election."""

    code = "elections.not-your-part"
    message = translatable("This is the part of somebody else in this election; nothing was kept.")


class CeremonyRound(Conflict):
    """A message that has no place now."""

    code = "elections.ceremony-round"
    message = translatable(
        "This message has no place in the ceremony now ({why}); look what is asked of you next."
    )


class ProofInvalid(Invalid):
    """A message that does not hold what it must."""

    code = "elections.proof-invalid"
    message = translatable(
        "The check {check} refuses this ({why}); take the file anew from your program."
    )

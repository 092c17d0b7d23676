"""What happens in elections. That somebody votes is told to nobody: a line has a time."""

from typing import ClassVar

from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable


@dataclass(frozen=True)
class ElectionDrafted(Event):
    """Somebody has begun to set up an election."""

    sentence: ClassVar[str] = translatable("An election was drafted.")
    subject: ClassVar[str] = "election"

    election: str


@dataclass(frozen=True)
class ElectionChanged(Event):
    """Something of a draft was changed."""

    sentence: ClassVar[str] = translatable("The draft was changed: {what}.")
    subject: ClassVar[str] = "election"

    election: str
    what: str


@dataclass(frozen=True)
class RollChanged(Event):
    """People came onto a roll or went off it."""

    sentence: ClassVar[str] = translatable("{added} came onto the roll, {removed} went off it.")
    subject: ClassVar[str] = "election"

    election: str
    added: int
    removed: int


@dataclass(frozen=True)
class RehearsalWaived(Event):
    """Somebody has said why an election is frozen without a rehearsal."""

    sentence: ClassVar[str] = translatable("The election needs no rehearsal: {reason}")
    subject: ClassVar[str] = "election"

    election: str
    reason: str


@dataclass(frozen=True)
class RehearsalAsked(Event):
    """That an election needs no rehearsal was taken back."""

    sentence: ClassVar[str] = translatable("The election needs a rehearsal after all.")
    subject: ClassVar[str] = "election"

    election: str


@dataclass(frozen=True)
class FreezeProposed(Event):
    """Somebody finds an election ready."""

    sentence: ClassVar[str] = translatable("It was proposed to freeze the election.")
    subject: ClassVar[str] = "election"

    election: str


@dataclass(frozen=True)
class FreezeWithdrawn(Event):
    """The proposal was taken back."""

    sentence: ClassVar[str] = translatable("The election stays a draft for now.")
    subject: ClassVar[str] = "election"

    election: str


@dataclass(frozen=True)
class ElectionFrozen(Event):
    """From here on nothing of the set-up changes."""

    sentence: ClassVar[str] = translatable(
        "The election was frozen with {voters} voters; its set-up has the hash {setup_hash}."
    )
    subject: ClassVar[str] = "election"

    election: str
    setup_hash: str
    voters: int


@dataclass(frozen=True)
class BallotsImported(Event):
    """Ballots that were cast elsewhere were written down and counted."""

    sentence: ClassVar[str] = translatable(
        "{papers} ballots that were cast elsewhere were counted for the question {contest}."
    )
    election: str
    contest: str
    papers: int


@dataclass(frozen=True)
class PollCounted(Event):
    """A poll has closed and was counted."""

    sentence: ClassVar[str] = translatable(
        "The poll was closed and counted: {ballots} ballots of {voters} voters."
    )
    subject: ClassVar[str] = "election"

    election: str
    ballots: int
    voters: int


@dataclass(frozen=True)
class DecisionProposed(Event):
    """Somebody proposes something about a frozen election."""

    sentence: ClassVar[str] = translatable("A decision was proposed: {kind}.")
    subject: ClassVar[str] = "election"

    election: str
    kind: str


@dataclass(frozen=True)
class DecisionWithdrawn(Event):
    """A proposal was taken back."""

    sentence: ClassVar[str] = translatable("A proposal was taken back: {kind}.")
    subject: ClassVar[str] = "election"

    election: str
    kind: str


@dataclass(frozen=True)
class DecisionConfirmed(Event):
    """Two people have decided something about a frozen election; it is in force."""

    sentence: ClassVar[str] = translatable("It was decided: {kind}. The reason: {reason}")
    subject: ClassVar[str] = "election"

    election: str
    kind: str
    reason: str


@dataclass(frozen=True)
class DisputeFiled(Event):
    """Somebody objects to an election; what they say is read on its page alone."""

    sentence: ClassVar[str] = translatable("An objection was filed: {kind}.")
    subject: ClassVar[str] = "election"

    election: str
    kind: str


@dataclass(frozen=True)
class DisputeRuled(Event):
    """The officers have ruled on an objection."""

    sentence: ClassVar[str] = translatable("An objection has its ruling: {kind}.")
    subject: ClassVar[str] = "election"

    election: str
    kind: str


@dataclass(frozen=True)
class VerificationSubmitted(Event):
    """A verifying program has found something about an encrypted election."""

    sentence: ClassVar[str] = translatable("The {implementation} verifier reports {report_hash}.")
    subject: ClassVar[str] = "election"

    election: str
    implementation: str
    report_hash: str


@dataclass(frozen=True)
class PartsGiven(Event):
    """Somebody was named trustee, authority or holder of a seed."""

    sentence: ClassVar[str] = translatable("The parts of an election were given: {part}.")
    subject: ClassVar[str] = "election"

    election: str
    part: str


@dataclass(frozen=True)
class CeremonyMoved(Event):
    """A trustee has said something in the ceremony."""

    sentence: ClassVar[str] = translatable("Trustee {trustee} has come to this: {state}.")
    subject: ClassVar[str] = "election"

    election: str
    trustee: int
    state: str


@dataclass(frozen=True)
class TrusteeNamed(Event):
    """A complaint was decided: this trustee was wrong."""

    sentence: ClassVar[str] = translatable("A complaint was decided: trustee {trustee} was wrong.")
    subject: ClassVar[str] = "election"

    election: str
    trustee: int


@dataclass(frozen=True)
class CeremonyAborted(Event):
    """A ceremony was given up; all begin again."""

    sentence: ClassVar[str] = translatable("The ceremony was given up: {reason}.")
    subject: ClassVar[str] = "election"

    election: str
    reason: str
    trustee: int


@dataclass(frozen=True)
class RollKeysSigned(Event):
    """The authority has handed in the signed roll."""

    sentence: ClassVar[str] = translatable("The authority has signed {voters} credentials.")
    subject: ClassVar[str] = "election"

    election: str
    voters: int


@dataclass(frozen=True)
class SeedCommitted(Event):
    """A holder has committed to a seed."""

    sentence: ClassVar[str] = translatable("Seed {number} was committed to.")
    subject: ClassVar[str] = "election"

    election: str
    number: int


@dataclass(frozen=True)
class SeedShown(Event):
    """A holder has shown a seed after the closing."""

    sentence: ClassVar[str] = translatable("Seed {number} was shown.")
    subject: ClassVar[str] = "election"

    election: str
    number: int

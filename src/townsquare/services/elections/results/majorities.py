"""A majority that a question asks for, and whether somebody has reached it."""

from collections.abc import Callable

from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable

ALL = translatable("all of %(base)s")
AT_LEAST = translatable("at least %(part)s of %(base)s")
MORE_THAN = translatable("more than %(part)s of %(base)s")
HALF = translatable("half")
OF = {
    "valid": translatable("the valid votes"),
    "cast": translatable("the votes cast"),
    "roll": translatable("the roll"),
}


@dataclass(frozen=True)
class Majority:
    """What an option needs beside most votes: at least `num` of `den` of a base, more if `strict`.

    The `base` is valid (papers that are neither blank nor spoiled), cast (all papers) or roll (who
    is asked the question, voting or not), each by weight.
    """

    num: int
    den: int
    strict: bool
    base: str

    def said(self, word: Callable[[str], str] = str) -> str:
        """Return it in words such as “more than half of the valid votes”."""
        if self.num == self.den:
            return word(ALL) % {"base": word(OF[self.base])}
        half = self.num * 2 == self.den
        part = word(HALF) if half else f"{self.num}/{self.den}"
        told = word(MORE_THAN if self.strict else AT_LEAST)
        return told % {"part": part, "base": word(OF[self.base])}


@dataclass(frozen=True)
class MajorityCount:
    """Whether an option has reached the majority that is asked for, by the votes so far.

    So many votes are `needed` of the `whole`, and `votes` has the option with most of them that was
    not disqualified. Of a whole of 0 nobody reaches any part.
    """

    asked: Majority
    whole: int
    needed: int
    votes: int
    reached: bool

"""The majority that a wish asks for, as a question keeps it."""

from townsquare.core.words import translatable
from townsquare.services.elections.commands.elections import AddContest
from townsquare.services.elections.errors import MajorityInvalid
from townsquare.services.elections.models.elections import WITH_MAJORITY
from townsquare.services.elections.rules.ways import CHOOSE, kind_of

FIELDS = ("majority_num", "majority_den", "majority_strict", "majority_base")
SEALED = translatable(
    "The set-up that an encrypted election publishes has no place for a majority; enter 0, or hold"
    " a simple poll."
)
NOT_HERE = translatable("Ballots of a file are counted without a majority; enter 0.")
OTHER_KIND = translatable(
    "A majority is of votes, and this way counts ranks, points or grades; enter 0, or choose"
    " another way."
)
TOO_MUCH = translatable("A part is not more than all of it.")
MORE_THAN_ALL = translatable("Nobody has more votes than there are; take this back.")
HOW_MANY = translatable("Enter how many of them it takes, such as 1 for half.")


def majority_asked(wish: AddContest, tier: str) -> dict[str, object]:
    """Return the columns of the majority, empty ones where none is asked for.

    Raises MajorityInvalid where this election or this way of counting has none, or nobody could
    reach it.
    """
    if not wish.majority_num:
        if wish.majority_den > 1 or wish.majority_strict:
            raise MajorityInvalid(fields={"majority_num": HOW_MANY})
        return dict.fromkeys(FIELDS)
    if wrong := _wrong(wish, tier):
        raise MajorityInvalid(fields=wrong)
    return {name: getattr(wish, name) for name in FIELDS}


def _wrong(wish: AddContest, tier: str) -> dict[str, str]:
    if tier not in WITH_MAJORITY:
        return {"majority_num": SEALED if tier == "encrypted" else NOT_HERE}
    if kind_of(wish.rule) != CHOOSE:
        return {"majority_num": OTHER_KIND}
    if wish.majority_num > wish.majority_den:
        return {"majority_num": TOO_MUCH}
    if wish.majority_strict and wish.majority_num == wish.majority_den:
        return {"majority_strict": MORE_THAN_ALL}
    return {}

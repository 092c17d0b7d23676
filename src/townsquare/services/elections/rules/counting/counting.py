"""One way into every count."""

from collections.abc import Callable, Iterable, Sequence

from townsquare.services.elections.rules.counting.averages import averages
from townsquare.services.elections.rules.counting.ballots import Contest, Weighted, gathered
from townsquare.services.elections.rules.counting.grades import grades
from townsquare.services.elections.rules.counting.meek import meek
from townsquare.services.elections.rules.counting.pairs import pairs
from townsquare.services.elections.rules.counting.refusals import CountRefused
from townsquare.services.elections.rules.counting.rounds import rounds
from townsquare.services.elections.rules.counting.rulesets import RuleSet
from townsquare.services.elections.rules.counting.running import Case
from townsquare.services.elections.rules.counting.table import CountTable
from townsquare.services.elections.rules.counting.ties import Orders
from townsquare.services.elections.rules.counting.totals import totals
from townsquare.services.elections.rules.counting.transfers import transfers

METHODS: dict[str, Callable[[Case], CountTable]] = {
    "averages": averages,
    "grades": grades,
    "meek": meek,
    "pairs": pairs,
    "rounds": rounds,
    "totals": totals,
    "transfers": transfers,
}


def count(
    rule_set: RuleSet,
    contest: Contest,
    ballots: Iterable[Weighted],
    *,
    tie_order: Sequence[str] = (),
    drawn: Iterable[Sequence[str]] = (),
) -> CountTable:
    """Return the table of these papers under these rules.

    `tie_order` are all codes in the order of the committed seed, `drawn` the orders that officers
    have recorded. The table depends on nothing else: not on the order of papers or of options,
    nor on the machine.
    CountRefused: papers and contest do not fit, or no rule breaks a tie. TieToDraw: officers must
    draw an order; then count again with it.
    """
    if not contest.options or contest.seats < 1:
        message = "a contest has options and at least one seat"
        raise CountRefused(message)
    orders = Orders(tuple(tie_order), tuple(tuple(order) for order in drawn))
    case = Case(rule_set, contest.composed(), gathered(contest, ballots), orders)
    return METHODS[rule_set.content["method"]](case)

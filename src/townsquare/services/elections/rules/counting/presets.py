"""The rule sets that the town offers, by code."""

from townsquare.services.elections.rules.counting import (
    averages,
    grades,
    meek,
    pairs,
    rounds,
    totals,
    transfers,
)
from townsquare.services.elections.rules.counting.refusals import CountRefused
from townsquare.services.elections.rules.counting.rulesets import Content, RuleSet, rule_set
from tsv1.canonical import NotAllowed, parse

USUAL: dict[str, Content] = {
    str(usual["method"]): usual
    for usual in (
        averages.USUAL,
        grades.USUAL,
        meek.USUAL,
        pairs.USUAL,
        rounds.USUAL,
        totals.USUAL,
        transfers.USUAL,
    )
}
PRESETS: dict[str, RuleSet] = {
    rules.code: rules
    for rules in (
        rule_set("scottish-2011", 1, transfers.USUAL),
        rule_set("wig-exact", 1, transfers.USUAL, {"places": "unlimited", "quota": "exact"}),
        rule_set("meek", 1, meek.USUAL),
        rule_set("warren", 1, meek.USUAL, {"capped": True}),
        rule_set("irv", 1, rounds.USUAL),
        rule_set("multi-winner", 1, rounds.USUAL, {"winners": "several", "places": 4}),
        rule_set("one-winner-per-round", 1, rounds.USUAL, {"winners": "one", "places": 4}),
        rule_set("bottoms-up", 1, rounds.USUAL, {"winners": "bottoms-up"}),
        rule_set(
            "bottoms-up-percent",
            1,
            rounds.USUAL,
            {"winners": "bottoms-up-percent", "percent": (15, 1)},
        ),
        rule_set("sequential", 1, rounds.USUAL, {"winners": "sequential"}),
        rule_set("plurality", 1, totals.USUAL),
        rule_set("approval", 1, totals.USUAL, {"min_marks": 0, "max_marks": "unlimited"}),
        rule_set("k-of-n", 1, totals.USUAL, {"max_is_seats": True}),
        rule_set("score", 1, totals.USUAL, {"points": "score"}),
        rule_set("borda", 1, totals.USUAL, {"points": "borda"}),
        rule_set("borda-from-one", 1, totals.USUAL, {"points": "borda", "borda": "from-one"}),
        rule_set("borda-dowdall", 1, totals.USUAL, {"points": "borda", "borda": "dowdall"}),
        rule_set("borda-modified", 1, totals.USUAL, {"points": "borda", "borda": "modified"}),
        rule_set("dhondt", 1, averages.USUAL),
        rule_set("sainte-lague", 1, averages.USUAL, {"divisors": "odd"}),
        rule_set("majority-judgement", 1, grades.USUAL),
        rule_set("schulze", 1, pairs.USUAL),
        rule_set("condorcet", 1, pairs.USUAL, {"order": "condorcet"}),
    )
}


def read_rules(raw: bytes) -> RuleSet:
    """Return the rule set that was written as these bytes (`RuleSet.json`).

    CountRefused: they are not such bytes, name a rule that is not known, or leave one out.
    """
    try:
        said = parse(raw)
        content = said["rules"]
        rules = rule_set(said["code"], said["version"], USUAL[content["method"]], content)
    except (LookupError, TypeError, AttributeError, NotAllowed) as error:
        message = "it is not a rule set"
        raise CountRefused(message) from error
    if rules.json != raw:
        message = "a rule set names every rule, in its canonical form"
        raise CountRefused(message)
    return rules

"""Rule files of RCTab: the contest, our rule set, and how its cast-vote records are laid out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from townsquare.services.elections.readers.castvotes import Layout
from townsquare.services.elections.readers.unreadable import Unreadable
from townsquare.services.elections.rules.counting.ballots import Contest, Option
from townsquare.services.elections.rules.counting.refusals import CountRefused
from townsquare.services.elections.rules.counting.rounds import USUAL
from townsquare.services.elections.rules.counting.rulesets import UNLIMITED, RuleSet, rule_set

TIES = {
    "random": ["java-random"],
    "generatePermutation": ["java-permutation"],
    "useCandidateOrder": ["candidate-order"],
    "stopCountingAndAsk": ["ask"],
    "previousRoundCountsThenRandom": ["backward", "java-random"],
    "previousRoundCountsThenAsk": ["backward", "ask"],
}
OVERVOTES = {
    "alwaysSkipToNextRank": "skip",
    "exhaustImmediately": "exhaust",
    "exhaustIfMultipleContinuing": "exhaust-if-several",
}
MODES = {
    "singleWinnerMajority": "majority",
    "multiWinnerAllowMultipleWinnersPerRound": "several",
    "multiWinnerAllowOnlyOneWinnerPerRound": "one",
    "bottomsUp": "bottoms-up",
    "bottomsUpUsingPercentageThreshold": "bottoms-up-percent",
    "multiPassIrv": "sequential",
}
PLACED = {"several", "one"}  # The modes that cut amounts.
FLAGS = {
    "hareQuota": "hare",
    "batchElimination": "batch",
    "continueUntilTwoCandidatesRemain": "until_two",
}
KNOWN = {
    *FLAGS,
    *("tiebreakMode", "overvoteRule", "winnerElectionMode", "randomSeed", "numberOfWinners"),
    *("multiSeatBottomsUpPercentageThreshold", "decimalPlacesForVoteArithmetic"),
    *("minimumVoteThreshold", "maxSkippedRanksAllowed", "maxRankingsAllowed"),
    *("nonIntegerWinningThreshold", "doesFirstRoundDetermineThreshold"),
    *("stopTabulationEarlyAfterRound", "exhaustOnDuplicateCandidate", "rulesDescription"),
    "treatBlankAsUndeclaredWriteIn",
}
WRITE_INS = "write-ins"
WIDEST = 1000  # Ranks of one ballot.
SEEDS = 1 << 48  # Java keeps no more of a seed.


@dataclass(frozen=True)
class RuleFile:
    """What a rule file says: `codes` are those of all names and aliases, "" of write-ins."""

    contest: Contest
    rules: RuleSet
    codes: Mapping[str, str]
    layout: Layout


def rule_file(text: str) -> RuleFile:
    """Return what this file says.

    Unreadable: it is no rule file, or it holds an option or a value that we do not know.
    """
    try:
        said = json.loads(text)
        return _file(said)
    except Unreadable:
        raise
    except (LookupError, TypeError, AttributeError, ValueError, RecursionError) as error:
        kinds = {CountRefused: str(error), KeyError: f"{error} is missing or unknown"}
        message = kinds.get(type(error), "it is not a rule file of RCTab")
        raise Unreadable(message) from error


def _file(said: Any) -> RuleFile:  # noqa: ANN401 (JSON)
    rules, sources = said["rules"], said["cvrFileSources"]
    if len(sources) != 1:
        message = f"it describes {len(sources)} files of ballots, and one is counted at a time"
        raise Unreadable(message)
    source = sources[0]
    if unknown := rules.keys() - KNOWN:
        message = f"no such option: {', '.join(sorted(unknown))}"
        raise Unreadable(message)
    options = [
        Option(str(number), one["name"].strip(), withdrawn=_truth(one, "excluded"))
        for number, one in enumerate(said["candidates"], 1)
    ]
    blank = _truth(source, "treatBlankAsUndeclaredWriteIn")
    blank = blank or _truth(rules, "treatBlankAsUndeclaredWriteIn")
    codes = _codes(options, said["candidates"])
    if source.get("undeclaredWriteInLabel") or blank:
        options.append(Option(WRITE_INS, "Undeclared Write-ins", write_in=True))
        codes[""] = WRITE_INS
    mode = MODES[rules["winnerElectionMode"]]
    seats = 1 if mode == "bottoms-up-percent" else _number(rules, "numberOfWinners")
    if seats != 1 and (mode == "majority" or _truth(rules, "continueUntilTwoCandidatesRemain")):
        message = f"there is one winner by these rules, and not {seats}"
        raise Unreadable(message)
    name = said["outputSettings"]["contestName"]
    ranks = _limit(rules, "maxRankingsAllowed")
    columns = len(options) if ranks == UNLIMITED else int(ranks)
    if columns > WIDEST:
        message = f"{columns} ranks are more than a ballot has"
        raise Unreadable(message)
    layout = _layout(source, columns, blank=blank)
    content = _content(rules, mode)
    contest = Contest(name, tuple(options), seats)
    return RuleFile(contest, rule_set("rctab", 1, USUAL, content), codes, layout)


def _codes(options: list[Option], candidates: Any) -> dict[str, str]:  # noqa: ANN401 (JSON)
    """Return the codes of all names; one that two have would give the votes of one to the other."""
    codes: dict[str, str] = {}
    for option, one in zip(options, candidates, strict=True):
        for name in (option.name, *(alias.strip() for alias in one.get("aliases", ()))):
            if codes.setdefault(name, option.code) != option.code or not name:
                message = f"two candidates have one name, or one has none: {name}"
                raise Unreadable(message)
    return codes


def _content(said: Mapping[str, Any], mode: str) -> dict[str, Any]:
    first = _truth(said, "doesFirstRoundDetermineThreshold")
    share, _point, rest = str(said.get("multiSeatBottomsUpPercentageThreshold") or 0).partition(".")
    return {
        **{ours: _truth(said, theirs) for theirs, ours in FLAGS.items()},
        "winners": mode,
        "ties": TIES[said["tiebreakMode"]],
        "overvote": OVERVOTES[said["overvoteRule"]],
        "duplicate": "exhaust" if _truth(said, "exhaustOnDuplicateCandidate") else "skip",
        "withdrawn": "pass",
        "max_ranks": _limit(said, "maxRankingsAllowed"),
        "max_skipped": _limit(said, "maxSkippedRanksAllowed"),
        "places": _number(said, "decimalPlacesForVoteArithmetic") if mode in PLACED else 0,
        "threshold": "first-round" if first else "active",
        "quota": "decimal" if _truth(said, "nonIntegerWinningThreshold") else "droop",
        "percent": [int(share + rest), 10 ** len(rest)],
        "min_votes": _number(said, "minimumVoteThreshold"),
        "stop_after": _limit(said, "stopTabulationEarlyAfterRound"),
        "seed": _number(said, "randomSeed") % SEEDS,
    }


def _layout(source: Mapping[str, Any], columns: int, *, blank: bool) -> Layout:
    if source.get("provider") != "ess":
        message = f"cast-vote records of {source.get('provider')} are not read"
        raise Unreadable(message)
    return Layout(
        first_row=_number(source, "firstVoteRowIndex", 1),
        first_column=_number(source, "firstVoteColumnIndex", 1),
        columns=columns,
        precinct=_number(source, "precinctColumnIndex"),
        overvote=source.get("overvoteLabel") or "",
        skipped=source.get("skippedRankLabel") or "",
        write_in=source.get("undeclaredWriteInLabel") or "",
        delimiter=source.get("overvoteDelimiter") or "",
        blank_is_write_in=blank,
    )


def _number(said: Mapping[str, Any], key: str, usual: int = 0) -> int:
    return int(str(said.get(key) or usual))  # Of a fraction nothing is cut.


def _truth(said: Mapping[str, Any], key: str) -> bool:
    return str(said.get(key, "")).lower() == "true"


def _limit(said: Mapping[str, Any], key: str) -> int | str:
    told = said.get(key, "")
    return UNLIMITED if told in {"", "max", UNLIMITED} else int(told)

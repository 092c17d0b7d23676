"""What was said in the end: lots, winners and returns of precincts (Z01 to N02)."""

from collections.abc import Mapping, Sequence
from typing import Any

from townsquare_verify.archive import Archive
from townsquare_verify.report import Notes
from tsv1.ties import joint_seed, seed_commitment, tie_order

Message = Mapping[str, Any]
MOST_VOTES = {"plurality", "approval", "k-of-n", "score"}  # The rules that are counted again here.


def examine_outcome(archive: Archive, notes: Notes) -> None:
    """Examine seeds, the winners of simple counts, and returns (Z01, Z02, N01, N02)."""
    contests = {contest["id"]: contest for contest in archive.one("setup")["contests"]}
    _examine_counts(archive, contests, _examine_seeds(archive, notes), notes=notes)
    _examine_returns(archive, contests, notes)


def _examine_counts(
    archive: Archive, contests: Mapping[str, Message], seeds: Sequence[bytes], *, notes: Notes
) -> None:
    frozen = {rule["contest"]: rule["rule_set"] for rule in archive.one("setup").get("rules", [])}
    for at, body in archive.of("count"):
        contest = contests[body["contest"]]  # R03 has refused counts of others.
        if frozen.get(contest["id"], body["rule_set"]) != body["rule_set"]:
            notes.note("Z02", False, f"entry {at}")  # noqa: FBT003
        elif contest["kind"] != "grid" and body["rule_set"] in MOST_VOTES:
            seed, options = joint_seed(archive.id, seeds), contest["options"]
            order = tie_order(seed, contest["id"], options) if seeds else None
            votes = _votes(archive.one("result"), contest)
            notes.note("Z02", _won(votes, order, elected=body["elected"]), f"entry {at}")


def _examine_seeds(archive: Archive, notes: Notes) -> list[bytes]:
    """Return the seeds in the order of their holders, once all are shown; until then none."""
    commitments = archive.one("setup")["tie_commitments"]
    shown: dict[int, bytes] = {}
    for at, body in archive.of("seed-reveal"):
        index, seed = body["index"], bytes.fromhex(body["seed"])
        ok = index <= len(commitments) and index not in shown
        ok = ok and seed_commitment(archive.id, index, seed).hex() == commitments[index - 1]
        notes.note("Z01", ok, f"entry {at}")
        shown[index] = seed
    if sorted(shown) != list(range(1, len(commitments) + 1)):
        return []
    return [shown[index] for index in sorted(shown)]


def _votes(result: Message, contest: Message) -> dict[str, int]:
    answers = [
        one["cells"]
        for group in result["groups"]
        for one in group["contests"]
        if one["contest"] == contest["id"]
    ]
    return {
        option: sum(cells[at] for cells in answers) for at, option in enumerate(contest["options"])
    }


def _won(votes: Mapping[str, int], order: Sequence[str] | None, *, elected: Sequence[str]) -> bool:
    """Tell whether nobody who is left out has more votes, or as many and the earlier lot."""
    winners = {*elected}
    if len(winners) != len(elected) or not winners <= votes.keys():
        return False

    def rank(option: str) -> tuple[int, int]:
        return (-votes[option], order.index(option) if order else 0)

    losers = votes.keys() - winners
    return all(rank(winner) <= rank(loser) for winner in winners for loser in losers)


def _examine_returns(archive: Archive, contests: Mapping[str, Message], notes: Notes) -> None:
    latest: dict[tuple[str, str], Message] = {}
    for at, body in archive.of("return"):
        key = body["precinct"], body["contest"]
        before = latest[key]["version"] if key in latest else 0
        contest = contests.get(body["contest"])
        ok = body["version"] == before + 1 and contest is not None and _sums(contest, body)
        notes.note("N01", ok, f"entry {at}")
        latest[key] = body
    turnouts: dict[str, set[int]] = {}
    for (precinct, _), body in latest.items():
        turnouts.setdefault(precinct, set()).add(body["ballots"] + body["spoiled"])
    for precinct, turnout in turnouts.items():
        notes.note("N02", len(turnout) == 1, precinct)


def _sums(contest: Message, body: Message) -> bool:
    """Tell whether so many ballots can have given these votes."""
    options = [line["option"] for line in body["lines"]]
    marked = body["ballots"] - body["blank"]
    if len({*options}) != len(options) or marked < 0:
        return False
    if contest["kind"] != "choose":
        return True
    votes = sum(line["votes"] for line in body["lines"])
    return bool(contest["min"] * marked <= votes <= contest["max"] * marked)

"""Results as files: the same bytes for the same result, signed with the log key of the town."""

from datetime import UTC, datetime

from sqlalchemy import select

from townsquare.core.reports.report import Cell, Column, Report
from townsquare.core.usecase import Context, query
from townsquare.services.elections.commands.deciding import FindDocument
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.models.deciding import DecisionRow
from townsquare.services.elections.models.reading import election_of
from townsquare.services.elections.ports import LOG_KEY
from townsquare.services.elections.queries.results import read_result
from townsquare.services.elections.results.documents import SignedResult
from townsquare.services.elections.results.voting import ContestCount, Counts, OptionCount
from townsquare.services.elections.rules.detached import sign
from townsquare.services.elections.rules.percents import percent

STATUS = {"certified": "Certified", "annulled": "Annulled"}
UNOFFICIAL = "Unofficial"
TYPES = {"csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}
COLUMNS = tuple(
    Column(name, name.capitalize()) for name in ("part", "code", "name", "value", "note")
)
NOTE = (
    "Not for elections to public office. Equal votes were decided by a lot that anybody can draw"
    " again. The file of the signature says which key of the town has signed this file."
)
WEIGHED = "Votes count by weight: a vote of weight 3 counts as three papers."
BY_WEIGHT, NOBODY = "by weight", "nobody"
OWN = "by the same rule over the proved totals without the disqualified"
BY_TOWN = "certified by the town"
PROVED = (
    "counted on the board, as both verifying programs can prove; they know of nobody disqualified"
)
Row = tuple[Cell, ...]


@query("elections.result.document", permission="public")
def read_document(ctx: Context, wish: FindDocument) -> SignedResult:
    """Return a result as CSV or PDF with its signature; the same bytes for the same result."""
    told = read_result(ctx, Chosen(id=wish.id))
    judged = _judged(ctx, wish.id)
    report = report_of(told, judged)
    body = _made(report, wish.kind)
    key = ctx.engine(LOG_KEY)
    made = sign(body, key.public, key.sign)
    name = f"{told.title} {STATUS.get(told.stage, UNOFFICIAL)}.{wish.kind}"
    return SignedResult(name, TYPES[wish.kind], body, made.sha256, made.key, made.signature)


def report_of(told: Counts, judged: DecisionRow | None) -> Report:
    """Return all figures of a result in rows; what is not certified says so."""
    status = STATUS.get(told.stage, UNOFFICIAL)
    when = judged.confirmed_at if judged and judged.confirmed_at else told.closes
    rows = [*_about(told, status), *_by(judged)]
    for contest in told.contests:
        rows.extend(_contest(contest, told))
    title = f"{told.title}: {status.lower()} result"
    note = f"{NOTE} {WEIGHED}" if told.by_weight else NOTE
    return Report(title, COLUMNS, tuple(rows), as_of=when.astimezone(UTC), note=note)


def _about(told: Counts, status: str) -> list[Row]:
    facts: dict[str, tuple[str, Cell]] = {
        "title": ("Title", told.title),
        "status": ("Status", status),
        "rehearsal": ("Rehearsal", "yes" if told.rehearsal else "no"),
        "closed": ("Closed", _moment(told.closes)),
        "setup_hash": ("Hash of the set-up", told.setup_hash),
        "roll": ("On the roll", told.voters),
        "voted": ("Have voted", told.ballots),
    }
    if told.voters:  # Of ballots from a file nobody knows how many there could have been.
        facts["turnout"] = ("Turnout in percent", percent(told.ballots, told.voters))
    if told.by_weight:
        facts["roll_weight"] = ("Weight of the roll", told.weight)
        facts["voted_weight"] = ("Weight of those who have voted", told.weight_voted)
        share = percent(told.weight_voted, told.weight)
        facts["turnout_weight"] = ("Turnout in percent by weight", share)
    if told.quorum_num:
        reached = "reached" if told.quorum_reached else "not reached"
        by_weight = " by weight" if told.by_weight else ""
        asked = f"{told.quorum_num} of {told.quorum_den} of the roll{by_weight}"
        facts["quorum"] = (f"Quorum: {asked}", reached)
    return [("election", code, name, value, "") for code, (name, value) in facts.items()]


def _by(judged: DecisionRow | None) -> list[Row]:
    if judged is None or judged.confirmed_at is None:
        return []
    people = (("first", judged.proposed_by), ("second", judged.confirmed_by))
    rows: list[Row] = [("officers", code, name, judged.kind, "") for code, name in people]
    reason = judged.reason.replace("\n", " ")
    return [*rows, ("officers", "when", _moment(judged.confirmed_at), judged.kind, reason)]


def _contest(one: ContestCount, told: Counts) -> list[Row]:
    part, note = f"question {one.code}", BY_WEIGHT if told.by_weight else ""
    people: tuple[tuple[str, str, Cell, str], ...] = ()
    if told.by_weight or one.people != told.ballots:  # Else they are those who have voted.
        people = (("people", "People who voted on it", one.people, ""),)
    facts: tuple[tuple[str, str, Cell, str], ...] = (
        ("title", one.title, "", ""),
        *people,
        ("papers", "Papers", one.papers, note),
        ("blank", "Blank papers", one.blank, note),
        ("seats", "Seats", one.seats, ""),
        ("rule", "Rule of the count", one.rule, ""),
        ("table_hash", "Hash of the count table", one.table_hash, ""),
        *_majority(one, note),
    )
    options = (_option(option, one, note) for option in one.options)
    return [*((part, *fact) for fact in facts), *_struck(part, one, told.stage), *options]


def _majority(one: ContestCount, note: str) -> tuple[tuple[str, str, Cell, str], ...]:
    """Return the majority that a question asks for, and how much of it somebody has reached."""
    told = one.majority
    if told is None:
        return ()
    said = f"{told.votes} of {told.whole}, {told.needed} needed"
    reached = "reached" if told.reached else "not reached: nobody is elected"
    by = f"{said}, {note}" if note else said
    return (("majority", f"Majority: {told.asked.said()}", reached, by),)


def _struck(part: str, one: ContestCount, stage: str) -> list[Row]:
    """Return who was disqualified, and of a board which result is the town's and which is proved.

    Nothing of a question out of which nobody was struck.
    """
    rows: list[Row] = []
    for who in one.struck:
        when = _moment(who.confirmed_at) if who.confirmed_at else ""
        names = (who.proposed_by, who.confirmed_by)
        by = " and ".join(name for name in names if name)
        said = ": ".join(told for told in (by, who.reason.replace("\n", " ")) if told)
        rows.append((part, f"disqualified {who.option}", who.name, when, said))
    if one.proved and rows:
        named = {option.code: option.title for option in one.options}
        town = ", ".join(option.title for option in one.options if option.elected)
        proved = ", ".join(named[code] for code in one.proved)
        own = f"{OWN}; {BY_TOWN}" if stage == "certified" else OWN
        rows += [
            (part, "elected", "Elected: the result of the town", town or NOBODY, own),
            (part, "proved", "First by the count on the board", proved, PROVED),
        ]
    return rows


def _option(option: OptionCount, one: ContestCount, note: str) -> Row:
    part = f"question {one.code}"
    gone = any(who.option == option.code for who in one.struck)
    said = (
        (option.elected, "elected"),
        (option.tied, "tied"),
        (gone, "disqualified"),
        (gone and option.code in one.proved, "first by the count on the board"),
        (bool(note), note),
    )
    words = ", ".join(word for is_so, word in said if is_so)
    return (part, f"option {option.code}", option.title, option.votes, words)


def _moment(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _made(report: Report, kind: str) -> bytes:
    # Documents are for a moment after a count, and not in the memory of every process.
    if kind == "pdf":
        from townsquare.core.reports.pdf import to_pdf  # noqa: PLC0415 (as said above)

        return to_pdf(report)
    from townsquare.core.reports.csvfiles import to_csv  # noqa: PLC0415 (as said above)

    return to_csv(report)


def _judged(ctx: Context, public_id: str) -> DecisionRow | None:
    """Return the last decision that certified or annulled an election, if it stands."""
    row = election_of(ctx, public_id)
    if row.state not in STATUS:
        return None
    kinds = {"certified": "certify", "annulled": "annul"}
    chosen = select(DecisionRow).where(
        DecisionRow.election_id == row.id,
        DecisionRow.kind == kinds[row.state],
        DecisionRow.confirmed_by_id.is_not(None),
    )
    return ctx.db.scalar(chosen.order_by(DecisionRow.id.desc()).limit(1))

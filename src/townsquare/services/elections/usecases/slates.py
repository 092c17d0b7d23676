"""Lists of parties: all of their candidates are filed or none, or each line by itself."""

from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO

from pydantic import ValidationError
from sqlalchemy import insert

from townsquare.core.frozen import dataclass
from townsquare.core.ids import new_id
from townsquare.core.imports.csvfiles import CsvRow, rows
from townsquare.core.imports.outcomes import BadFile
from townsquare.core.usecase import Context, use_case
from townsquare.core.words import translatable
from townsquare.services.elections.commands.nominations import Candidacy, FileSlate
from townsquare.services.elections.errors.nominations import BadSlate, NotTheAgent
from townsquare.services.elections.events.nominations import SlateFiled
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.nominating import (
    name_of,
    open_for,
    party_of,
    taken_codes,
    takers_of,
)
from townsquare.services.elections.models.nominations import (
    ATOMIC,
    FILED,
    CandidateRow,
    PartyRow,
    SlateRow,
)
from townsquare.services.elections.results.nominations import SlateReport
from townsquare.services.elections.results.voting import RowFault
from townsquare.services.elections.rules.moments import zoned

FILE = "elections.slate.file"
NEEDED = frozenset({"contest", "code", "given", "family"})
COLUMNS = frozenset(Candidacy.model_fields)
FORMULA = ("=", "+", "-", "@", "\t")
PHONE = "phone"  # May begin with a plus sign.
MOST_ROWS = 5000
OTHER_COLUMNS = translatable("it has other columns")
TOO_MANY = translatable("it has more than {most} lines")
NO_FORMULA = translatable("A cell begins with {sign}, as formulas do; remove it.")
UNREADABLE = translatable("The column {column} is missing, too long or cannot be read.")
NO_CONTEST = translatable("No question with the code {contest} takes candidates.")
TWICE = translatable("The code {code} stands in line {line} already.")
TAKEN = translatable("Somebody stands as {code} already.")


@dataclass(frozen=True)
class Listed:
    """A candidate of a list, with the line they stand in."""

    line: int
    told: Candidacy


@use_case("elections.slate.file", permission=FILE)
def file_slate(ctx: Context, wish: FileSlate) -> SlateReport:
    """File the candidates of a list, by the agent of the party.

    Mode `atomic` saves nothing where any line is odd; mode `rows` saves all others.
    """
    listed, faults = _read(wish.rows)  # Before anybody has to wait for us.
    row = open_for(ctx, wish.id)
    party = party_of(ctx.db, wish.party)
    if party.agent_id != ctx.actor.id:
        raise NotTheAgent
    good, refused = _told_apart(ctx, row, listed)
    faults = sorted([*faults, *refused], key=lambda fault: fault.line)
    if not good or (wish.mode == ATOMIC and faults):
        return SlateReport(0, faults)
    _save(ctx, row, party, wish=wish, good=good, refused=len(faults))
    ctx.emit(SlateFiled(row.public_id, party.code, len(good), len(faults)))
    return SlateReport(len(good), faults)


def _save(
    ctx: Context,
    row: ElectionRow,
    party: PartyRow,
    *,
    wish: FileSlate,
    good: Sequence[Listed],
    refused: int,
) -> None:
    slate = SlateRow(
        created_at=ctx.now(),
        election_id=row.id,
        party_id=party.id,
        agent=ctx.actor.name,
        agent_id=ctx.actor.id,
        mode=wish.mode,
        file_hash=sha256(wish.rows.encode()).hexdigest(),
        saved=len(good),
        refused=refused,
    )
    ctx.db.add(slate)
    ctx.db.flush()
    _stand(ctx, row, slate, good=good)


def _stand(ctx: Context, row: ElectionRow, slate: SlateRow, *, good: Sequence[Listed]) -> None:
    """File each of these people, by the list that was saved."""
    takers = takers_of(ctx.db, row.id)
    facts = {
        "created_at": slate.created_at,
        "election_id": row.id,
        "party_id": slate.party_id,
        "slate_id": slate.id,
        "filed_on": zoned(slate.created_at, row.zone).date(),
        "state": FILED,
    }
    lines = [
        {
            **facts,
            **one.told.model_dump(exclude={"contest"}),
            "public_id": new_id(),
            "contest_id": takers[one.told.contest].id,
            "ballot_name": name_of(one.told),
        }
        for one in good
    ]
    ctx.db.execute(insert(CandidateRow), lines)


def _told_apart(
    ctx: Context, row: ElectionRow, listed: Sequence[Listed]
) -> tuple[list[Listed], list[RowFault]]:
    """Return who of a list can stand, and why others cannot, in two questions."""
    takers = takers_of(ctx.db, row.id)
    taken = taken_codes(ctx.db, row.id, (one.told.code for one in listed))
    good, faults = list[Listed](), list[RowFault]()
    for one in listed:
        if one.told.contest not in takers:
            faults.append(RowFault(one.line, NO_CONTEST.format(contest=one.told.contest)))
        elif one.told.code in taken:
            faults.append(RowFault(one.line, TAKEN.format(code=one.told.code)))
        else:
            good.append(one)
    return good, faults


def _read(text: str) -> tuple[list[Listed], list[RowFault]]:
    """Return the lines that can be read, and what is wrong with the others."""
    good, faults, seen = list[Listed](), list[RowFault](), dict[str, int]()
    try:
        for row in rows(BytesIO(text.encode())):
            told = _line(row)
            if isinstance(told, str):
                faults.append(RowFault(row.line, told))
            elif told.code in seen:
                again = TWICE.format(code=told.code, line=seen[told.code])
                faults.append(RowFault(row.line, again))
            else:
                seen[told.code] = row.line
                good.append(Listed(row.line, told))
            if len(good) + len(faults) > MOST_ROWS:
                raise BadSlate(reason=TOO_MANY.format(most=MOST_ROWS))
    except BadFile as error:
        raise BadSlate(reason=error.facts["reason"]) from error
    return good, faults


def _line(row: CsvRow) -> Candidacy | str:
    """Return who stands in a line, or the sentence that says why nobody does."""
    if row.fault:
        return row.fault
    if NEEDED - row.values.keys() or row.values.keys() - COLUMNS:
        raise BadSlate(reason=OTHER_COLUMNS)
    told = {name: text.strip() for name, text in row.values.items()}
    cells = (text for name, text in told.items() if name != PHONE)
    odd = next((text[0] for text in cells if text.startswith(FORMULA)), "")
    if odd:
        return NO_FORMULA.format(sign=odd)
    try:
        return Candidacy.model_validate(told)
    except ValidationError as error:
        return UNREADABLE.format(column=error.errors()[0]["loc"][0])

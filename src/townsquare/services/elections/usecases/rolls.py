"""The roll: who may vote in an election, under which number."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO

from pydantic import ValidationError
from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks import people
from townsquare.core.db import breaks
from townsquare.core.errors import DomainError
from townsquare.core.identity.steps import has_account
from townsquare.core.imports.csvfiles import CsvRow, rows
from townsquare.core.imports.outcomes import BadFile
from townsquare.core.usecase import Context, query, use_case
from townsquare.core.words import translatable
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.voting import Enrolling, EnrolVoter, ImportRoll
from townsquare.services.elections.errors import (
    BadRoll,
    Frozen,
    RollBusy,
    UnknownElection,
    UnknownEntry,
)
from townsquare.services.elections.errors.rolls import ChallengeOpen
from townsquare.services.elections.events import RollChanged
from townsquare.services.elections.models.elections import (
    ONE_ADDRESS,
    ONE_NUMBER,
    ONE_PERSON,
    ElectionRow,
    RollRow,
    VoterRow,
)
from townsquare.services.elections.models.enrolling import Known, enrol, known_of
from townsquare.services.elections.models.reading import draft, draft_around
from townsquare.services.elections.results.elections import Drafted
from townsquare.services.elections.results.voting import RollReport, RowFault
from townsquare.services.elections.rules.moments import zoned

MANAGE = "elections.roll.manage"
COLUMNS = frozenset({"number", "name", "email"})
BESIDES = ("precinct", "style", "weight")
FORMULA = ("=", "+", "-", "@", "\t")
MOST_ROWS = 5000
Listed = Sequence[tuple[int, Enrolling]]  # Each with the line it stands in.
Refused = list[tuple[int, DomainError]]
TWICE = translatable("The voter number {number} stands in line {line} already.")
SAME_ADDRESS = translatable("The email address stands in line {line} already.")
NO_FORMULA = translatable("A cell begins with {sign}, as formulas do; remove it.")
UNREADABLE = translatable(
    "The number, the name or the email address is missing, or one of the line cannot be read."
)
NO_COLUMNS = translatable("it has other columns")
TOO_MANY = translatable("it has more than {most} lines")


@use_case("elections.roll.enrol", permission=MANAGE)
def enrol_voter(ctx: Context, wish: EnrolVoter) -> RollReport:
    """Put somebody on the roll of a draft, under a number that is theirs in every election."""
    row = draft(ctx, wish.id)
    _good, refused = _take(ctx, row, [(1, wish)])
    for _one, error in refused:
        raise error
    ctx.emit(RollChanged(row.public_id, 1, 0))
    return RollReport(1, [])


@query("elections.roll.check", permission=MANAGE)
def check_roll(ctx: Context, wish: ImportRoll) -> RollReport:
    """Read a list of voters and tell of each line that cannot be taken; nothing is changed."""
    row = ctx.db.scalar(select(ElectionRow).filter_by(public_id=wish.id))
    if row is None:
        raise UnknownElection
    if row.state != "draft":
        raise Frozen
    listed, faults = _read(wish.rows)
    known = known_of(ctx, row, (told for _line, told in listed), hold=False)
    return _report(faults, *_told_apart(known, listed))


@use_case("elections.roll.import", permission=MANAGE)
def import_roll(ctx: Context, wish: ImportRoll) -> RollReport:
    """Put a list of voters on the roll of a draft; a line that cannot be taken stops no other."""
    listed, faults = _read(wish.rows)  # Before anybody has to wait for us.
    row = draft(ctx, wish.id)
    good, refused = _take(ctx, row, listed)
    if good:
        ctx.emit(RollChanged(row.public_id, len(good), 0))
    return _report(faults, good, refused)


@use_case("elections.roll.remove", permission=MANAGE)
def remove_voter(ctx: Context, wish: Chosen) -> Drafted:
    """Take somebody off the roll of a draft; a number that is on no other roll is free again."""
    row, entry = draft_around(ctx, RollRow, wish.id, missing=UnknownEntry)
    if entry.state == "challenged":
        raise ChallengeOpen
    voter = entry.voter_id
    ctx.db.delete(entry)
    ctx.db.flush()
    let_go(ctx, voter, zoned(ctx.now(), row.zone).date())
    ctx.emit(RollChanged(row.public_id, 0, 1))
    return Drafted(row.public_id, row.version)


def let_go(ctx: Context, voter: int, today: date) -> None:
    """Give the number free of a voter who is on no roll any more; it may have been mistyped.

    The town forgets with it whom it knows by nothing else.
    """
    row = ctx.db.scalars(select(VoterRow).filter_by(id=voter).with_for_update()).one()
    if ctx.db.scalar(select(exists().where(RollRow.voter_id == voter))):
        return
    ctx.db.delete(row)
    ctx.db.flush()
    person = row.person
    if person is None or has_account(ctx, person):
        return
    if people.is_done_with(ctx, person, on=today):
        people.forget_person(ctx, person)


def _take(ctx: Context, row: ElectionRow, listed: Listed) -> tuple[list[Enrolling], Refused]:
    """Enrol who can be and return them, and why others cannot."""
    known = known_of(ctx, row, (told for _line, told in listed), hold=True)
    good, refused = _told_apart(known, listed)
    if not good:
        return good, refused
    try:
        enrol(ctx, good, known)
    except IntegrityError as error:
        if any(breaks(error, one) for one in (ONE_NUMBER, ONE_PERSON, ONE_ADDRESS)):
            raise RollBusy from error
        raise
    return good, refused


def _told_apart(known: Known, listed: Listed) -> tuple[list[Enrolling], Refused]:
    judged = [(line, told, known.fault(told)) for line, told in listed]
    good = [told for _line, told, error in judged if error is None]
    return good, [(line, error) for line, _told, error in judged if error is not None]


def _report(faults: list[RowFault], good: list[Enrolling], refused: Refused) -> RollReport:
    found = [*faults, *(RowFault(line, str(error)) for line, error in refused)]
    return RollReport(len(good), sorted(found, key=lambda fault: fault.line))


def _read(text: str) -> tuple[list[tuple[int, Enrolling]], list[RowFault]]:
    """Return the lines that can be read, each with its number, and what is wrong with others."""
    good: list[tuple[int, Enrolling]] = []
    faults, seen = [], dict[str, int]()
    try:
        for row in rows(BytesIO(text.encode())):
            told = _line(row)
            if isinstance(told, str):
                faults.append(RowFault(row.line, told))
            elif again := _again(told, row.line, seen):
                faults.append(RowFault(row.line, again))
            else:
                good.append((row.line, told))
            if len(good) + len(faults) > MOST_ROWS:
                raise BadRoll(reason=TOO_MANY.format(most=MOST_ROWS))
    except BadFile as error:
        raise BadRoll(reason=error.facts["reason"]) from error
    return good, faults


def _again(told: Enrolling, line: int, seen: dict[str, int]) -> str:
    """Return what says that a number or an address stood in an earlier line; note them."""
    address = f"@{told.email.casefold()}"
    for key, sentence in ((told.number, TWICE), (address, SAME_ADDRESS)):
        if key in seen:
            return sentence.format(number=told.number, line=seen[key])
    seen[told.number] = seen[address] = line
    return ""


def _line(row: CsvRow) -> Enrolling | str:
    """Return who stands in a line, or the sentence that says why nobody does."""
    if row.fault:
        return row.fault
    if COLUMNS - row.values.keys():
        raise BadRoll(reason=NO_COLUMNS)
    told = {name: row.values[name].strip() for name in COLUMNS}
    more = {name: row.values.get(name, "").strip() for name in BESIDES}
    told |= {name: text for name, text in more.items() if text}
    odd = next((text[0] for text in told.values() if text.startswith(FORMULA)), "")
    if odd:
        return NO_FORMULA.format(sign=odd)
    try:
        return Enrolling.model_validate(told)
    except ValidationError:
        return UNREADABLE

"""Precincts of a draft, and who enters and approves what is counted there."""

from collections.abc import Mapping, Sequence
from csv import writer
from io import BytesIO, StringIO

from pydantic import ValidationError
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks, insert_new
from townsquare.core.identity.models import AccountRow
from townsquare.core.ids import new_id
from townsquare.core.imports.csvfiles import CsvRow, rows
from townsquare.core.imports.outcomes import BadFile
from townsquare.core.usecase import Context, query, use_case
from townsquare.core.words import translatable
from townsquare.services.elections.commands.returns import (
    AppointOfficer,
    DismissOfficer,
    ImportPrecincts,
    OfPrecinct,
    Precinct,
)
from townsquare.services.elections.errors import Frozen, UnknownElection
from townsquare.services.elections.errors.returns import (
    BadPrecincts,
    NotPaper,
    UnknownOfficer,
    UnknownPrecinct,
)
from townsquare.services.elections.events.returns import OfficerAppointed, PrecinctsChosen
from townsquare.services.elections.models.elections import FROZEN, ElectionRow
from townsquare.services.elections.models.reading import draft
from townsquare.services.elections.models.returns import (
    ElectionPrecinctRow,
    OfficerRow,
    PrecinctRow,
)
from townsquare.services.elections.results.elections import Drafted
from townsquare.services.elections.results.returns import Appointed, PrecinctReport
from townsquare.services.elections.results.voting import RowFault

MANAGE = "elections.precinct.manage"
MOST_PRECINCTS = 5000
NEEDED = frozenset({"code", "name"})
COLUMNS = frozenset(Precinct.model_fields)
NOBODY = translatable("Nobody has confirmed this address; ask them to make an account first.")
TWICE = translatable("The code {code} stands in line {line} already.")
UNREADABLE = translatable("The line cannot be read: look at {fields}.")
NO_COLUMNS = translatable("it lacks the columns code and name")
TOO_MANY = translatable("it has more than {most} lines")
NO_PARENT = translatable("There is no precinct with the code {code} that it could belong to.")
Listed = dict[str, tuple[int, Precinct]]  # By the code, each with the line it stands in.


@query("elections.precinct.check", permission=MANAGE)
def check_precincts(ctx: Context, wish: ImportPrecincts) -> PrecinctReport:
    """Read a list of precincts and tell of each line that cannot be taken; nothing is changed."""
    if _paper(ctx, wish.id).state != "draft":
        raise Frozen
    listed, faults = _read(wish.rows)
    faults += _orphans(listed, _known(ctx, listed))
    return PrecinctReport(len(listed), sorted(faults, key=lambda one: one.line))


@use_case("elections.precinct.import", permission=MANAGE)
def import_precincts(ctx: Context, wish: ImportPrecincts) -> PrecinctReport:
    """Put a list of precincts into a draft: all of it, or nothing where a line is odd.

    A precinct that the town knows is named and placed anew, unless it is of a frozen election.
    """
    row = draft(ctx, wish.id)
    if row.tier != "paper":
        raise NotPaper
    return PrecinctReport(take_precincts(ctx, row, wish.rows), [])


def take_precincts(ctx: Context, row: ElectionRow, text: str) -> int:
    """Put a list of precincts into a draft that is ours; return how many lines it has."""
    listed, faults = _read(text)
    faults += _orphans(listed, _known(ctx, listed))
    if faults:
        first = min(faults, key=lambda one: one.line)
        raise BadPrecincts(reason=f"{first.line}: {first.reason.rstrip('.')}")
    _keep(ctx, listed)
    _place(ctx, row, listed)
    ctx.emit(PrecinctsChosen(row.public_id, len(listed)))
    return len(listed)


@use_case("elections.precinct.remove", permission=MANAGE)
def remove_precinct(ctx: Context, wish: OfPrecinct) -> Drafted:
    """Take a precinct out of a draft; the town goes on knowing it."""
    row = draft(ctx, wish.id)
    known = select(PrecinctRow.id).where(PrecinctRow.code == wish.precinct).scalar_subquery()
    place = ElectionPrecinctRow
    mine = (place.election_id == row.id) & (place.precinct_id == known)
    gone = delete(place).where(mine).returning(place.precinct_id)
    if ctx.db.execute(gone).first() is None:
        raise UnknownPrecinct
    ctx.emit(PrecinctsChosen(row.public_id, -1))
    return Drafted(row.public_id, row.version)


@use_case("elections.officer.appoint", permission=MANAGE)
def appoint_officer(ctx: Context, wish: AppointOfficer) -> Appointed:
    """Let somebody enter or approve returns of precincts; it needs the permission besides."""
    row = _paper(ctx, wish.id)
    account, public_id = _account(ctx, wish.email)
    chosen = _chosen(ctx, row, wish.precincts)
    if chosen:
        facts = {"account_id": account, "role": wish.role}
        lines = [{"precinct_id": precinct, **facts} for precinct in chosen]
        ctx.db.execute(insert_new(OfficerRow), lines)
    ctx.emit(OfficerAppointed(row.public_id, public_id, wish.role, len(chosen), 0))
    return Appointed(len(chosen))


@use_case("elections.officer.dismiss", permission=MANAGE)
def dismiss_officer(ctx: Context, wish: DismissOfficer) -> Appointed:
    """Let somebody enter or approve returns of precincts no more; what they did stays."""
    row = _paper(ctx, wish.id)
    account, public_id = _account(ctx, wish.email)
    chosen = _chosen(ctx, row, wish.precincts)
    theirs = (OfficerRow.account_id == account) & (OfficerRow.role == wish.role)
    gone = delete(OfficerRow).where(theirs, OfficerRow.precinct_id.in_(chosen))
    many = len(ctx.db.execute(gone.returning(OfficerRow.precinct_id)).all())
    ctx.emit(OfficerAppointed(row.public_id, public_id, wish.role, 0, many))
    return Appointed(many)


def _paper(ctx: Context, public_id: str) -> ElectionRow:
    """Return a paper election, also a draft: who looks after precincts may know of it."""
    row = ctx.db.scalar(select(ElectionRow).where(ElectionRow.public_id == public_id))
    if row is None:
        raise UnknownElection
    if row.tier != "paper":
        raise NotPaper
    return row


def _account(ctx: Context, email: str) -> tuple[int, str]:
    known = AccountRow.confirmed_at.is_not(None) & AccountRow.disabled_at.is_(None)
    chosen = select(AccountRow.id, AccountRow.public_id).where(AccountRow.email == email.casefold())
    found = ctx.db.execute(chosen.where(known)).first()
    if found is None:
        raise UnknownOfficer(fields={"email": NOBODY})
    return found.id, found.public_id


def _chosen(ctx: Context, row: ElectionRow, codes: str) -> Sequence[int]:
    """Return the precincts of these codes, or each one of the election if none is named."""
    wanted = {line.strip() for line in codes.splitlines() if line.strip()}
    chosen = (
        select(PrecinctRow.code, PrecinctRow.id)
        .join(ElectionPrecinctRow, ElectionPrecinctRow.precinct_id == PrecinctRow.id)
        .where(ElectionPrecinctRow.election_id == row.id)
    )
    found = {code: id_ for code, id_ in ctx.db.execute(chosen) if not wanted or code in wanted}
    if wanted - found.keys():
        raise UnknownPrecinct
    return list(found.values())


def _known(ctx: Context, listed: Listed) -> dict[str, int]:
    """Return which of the codes that a list names the town knows, with their ids."""
    named = {*listed, *(told.parent for _line, told in listed.values() if told.parent)}
    chosen = select(PrecinctRow.code, PrecinctRow.id).where(PrecinctRow.code.in_(named))
    return dict(map(tuple[str, int], ctx.db.execute(chosen)))


def _orphans(listed: Listed, known: Mapping[str, int]) -> list[RowFault]:
    return [
        RowFault(line, NO_PARENT.format(code=told.parent))
        for line, told in listed.values()
        if told.parent and told.parent not in listed and told.parent not in known
    ]


def _keep(ctx: Context, listed: Listed) -> None:
    """Make the precincts that the town does not know, and name the others as they are told."""
    facts = {
        code: told.model_dump(exclude={"registered", "parent"})
        for code, (_line, told) in listed.items()
    }
    known = _known(ctx, listed)
    new = [
        {"public_id": new_id(), "created_at": ctx.now(), "version": 1, **facts[code]}
        for code in listed
        if code not in known
    ]
    if new:
        ctx.db.execute(insert(PrecinctRow), new)
    ids = _known(ctx, listed)
    told = [
        {"id": ids[code], **facts[code], "parent_id": ids.get(one.parent)}
        for code, (_line, one) in listed.items()
        if code in known or one.parent
    ]
    try:
        ctx.db.execute(update(PrecinctRow), told) if told else None
    except IntegrityError as error:
        if breaks(error, FROZEN):
            raise Frozen from error
        raise


def _place(ctx: Context, row: ElectionRow, listed: Listed) -> None:
    """Let a draft have these precincts; only those in which papers are counted, not their towns."""
    ids = _known(ctx, listed)
    above = {told.parent for _line, told in listed.values()}
    lines = [
        {"election_id": row.id, "precinct_id": ids[code], "registered": told.registered}
        for code, (_line, told) in listed.items()
        if code not in above
    ]
    place = ElectionPrecinctRow
    named = [line["precinct_id"] for line in lines]
    gone = delete(place).where(place.election_id == row.id, place.precinct_id.in_(named))
    ctx.db.execute(gone)
    ctx.db.execute(insert(place), lines)


def listed_as_rows(parents: Mapping[str, str]) -> str:
    """Return a list of precincts that are known by their names, each with what it belongs to."""
    above = [(town, town, "") for town in dict.fromkeys(parents.values()) if town]
    out = StringIO()
    lines = [*above, *((name, name, town) for name, town in parents.items())]
    writer(out).writerows([("code", "name", "parent"), *lines])
    return out.getvalue()


def _read(text: str) -> tuple[Listed, list[RowFault]]:
    """Return the lines that can be read by their code, and what is wrong with others."""
    good: Listed = {}
    faults: list[RowFault] = []
    try:
        for row in rows(BytesIO(text.encode())):
            told = _line(row)
            if isinstance(told, str):
                faults.append(RowFault(row.line, told))
            elif told.code in good:
                said = TWICE.format(code=told.code, line=good[told.code][0])
                faults.append(RowFault(row.line, said))
            else:
                good[told.code] = (row.line, told)
            if len(good) + len(faults) > MOST_PRECINCTS:
                raise BadPrecincts(reason=TOO_MANY.format(most=MOST_PRECINCTS))
    except BadFile as error:
        raise BadPrecincts(reason=error.facts["reason"]) from error
    return good, faults


def _line(row: CsvRow) -> Precinct | str:
    if row.fault:
        return row.fault
    if NEEDED - row.values.keys():
        raise BadPrecincts(reason=NO_COLUMNS)
    told = {name: row.values[name].strip() for name in COLUMNS & row.values.keys()}
    if told.get("registered"):  # Files write thousands with commas; people at a form do not.
        told["registered"] = told["registered"].replace(",", "")
    try:
        return Precinct.model_validate({name: text for name, text in told.items() if text})
    except ValidationError as error:
        odd = sorted({str(one["loc"][0]) for one in error.errors() if one["loc"]})
        return UNREADABLE.format(fields=", ".join(odd))

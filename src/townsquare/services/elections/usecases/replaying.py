"""Returns that others have written down: set up, entered and compared as if they came in here."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import insert, select, update

from townsquare.core.db import insert_new
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context, use_case
from townsquare.core.words import translatable
from townsquare.services.elections.commands.elections import AddContest, DraftElection
from townsquare.services.elections.commands.replays import (
    CompareTotals,
    DraftFromReturns,
    ImportReturns,
)
from townsquare.services.elections.commands.returns import MOST_PAPERS
from townsquare.services.elections.errors import UnknownContest
from townsquare.services.elections.errors.returns import BadReturns
from townsquare.services.elections.events.returns import ReturnsImported
from townsquare.services.elections.models.elections import ContestRow, ElectionRow, OptionRow
from townsquare.services.elections.models.reading import draft
from townsquare.services.elections.models.returning import paper_of, taking
from townsquare.services.elections.models.returns import (
    ENTER,
    ElectionPrecinctRow,
    OfficerRow,
    OutsideTotalRow,
    PrecinctRow,
    ReturnLineRow,
    ReturnRow,
)
from townsquare.services.elections.readers.returns import (
    Returned,
    precinct_returns,
    town_returns,
)
from townsquare.services.elections.readers.unreadable import Unreadable
from townsquare.services.elections.results.elections import Drafted
from townsquare.services.elections.results.returns import PrecinctReport
from townsquare.services.elections.results.voting import RowFault
from townsquare.services.elections.usecases.precincts import listed_as_rows, take_precincts
from townsquare.services.elections.usecases.returning import ENTERING
from townsquare.services.elections.usecases.setting_up import MANAGE, add_contest, draft_election

NOT_THERE = translatable("the office {office} is not in it")
DISTRICTS = translatable("the office {office} has districts, and not each precinct votes on each")
STRANGER = translatable("The precinct {place} is none of yours in this election.")
NOBODY = translatable("Nobody is called {candidate} on this ballot.")
ENTERED = translatable("Of {place} there is a return already.")
MORE = translatable("In {place} there are more votes than registered voters.")
FAR_TOO_MANY = translatable("In {place} there are more votes than any precinct has; mend the list.")
NAMESAKES = translatable("Two precincts are called {place}; enter their returns one by one.")


class Place(NamedTuple):
    """A precinct that somebody may enter returns of, and what is known of it."""

    id: int
    registered: int | None
    entered: bool
    namesakes: bool


class Asked(NamedTuple):
    """A question, and its options by their names."""

    id: int
    options: Mapping[str, int]


@use_case("elections.election.draft-from-returns", permission=MANAGE)
def draft_from_returns(ctx: Context, wish: DraftFromReturns) -> Drafted:
    """Draft a paper election with the candidates and precincts of a list of returns.

    The list does not tell how many are registered, so that nobody knows it of these precincts.
    """
    found = _of_office(wish.rows, wish.office)
    facts = wish.model_dump(exclude={"rows", "towns", "office"})
    made = draft_election(ctx, DraftElection(**facts, tier="paper")).id
    names = dict.fromkeys(one.candidate for one in found)
    asked = {"code": "office", "title": wish.office, "options": "\n".join(names)}
    add_contest(ctx, AddContest.model_validate({"id": made, **asked}))
    places = dict.fromkeys(one.place for one in found)
    told = _read(town_returns, wish.towns) if wish.towns else []
    towns = sorted({one.place for one in told}, key=len, reverse=True)
    rows = listed_as_rows({place: _town(place, towns) for place in places})
    row = draft(ctx, made)
    take_precincts(ctx, row, rows)
    return Drafted(made, row.version)


@use_case("elections.return.import", permission=ENTERING)
def import_returns(ctx: Context, wish: ImportReturns) -> PrecinctReport:
    """Enter and submit the first returns of own precincts from a list, and tell what was not taken.

    As many ballots are told as there are votes, since such a list tells neither blank nor spoiled
    papers. Somebody else approves them.
    """
    found = _of_office(wish.rows, wish.office)
    row = taking(ctx, wish.id)
    asked = _asked(ctx, row, wish.office)
    places = _places(ctx, row, asked)
    votes: dict[str, dict[str, int]] = {}
    for one in found:
        told = votes.setdefault(one.place, dict.fromkeys(asked.options, 0))
        told[one.candidate] = told.get(one.candidate, 0) + one.votes
    faults = {
        name: _fault(name, told, place=places.get(name), asked=asked)
        for name, told in votes.items()
    }
    good = {name: told for name, told in votes.items() if not faults[name]}
    if good:
        _enter(ctx, row, asked, good={places[name]: told for name, told in good.items()})
        ctx.emit(ReturnsImported(row.public_id, len(good)))
    lines = enumerate(faults.values(), 1)
    return PrecinctReport(len(good), [RowFault(line, said) for line, said in lines if said])


@use_case("elections.outside.compare", permission="elections.precinct.manage")
def compare_totals(ctx: Context, wish: CompareTotals) -> PrecinctReport:
    """Keep the totals by town that somebody has published; the reconciliation shows what differs.

    Those of a place that were told before stay. Names that are on no ballot are told, each once.
    """
    row = paper_of(ctx, wish.id)
    asked = _asked(ctx, row, wish.office)
    told = [one for one in _read(town_returns, wish.rows) if one.office == wish.office]
    lines = [
        {"option_id": asked.options[one.candidate], "place": one.place, "votes": one.votes}
        for one in told
        if one.candidate in asked.options
    ]
    if lines:
        ctx.db.execute(insert_new(OutsideTotalRow), lines)
    strange = dict.fromkeys(one.candidate for one in told if one.candidate not in asked.options)
    faults = [RowFault(0, NOBODY.format(candidate=name)) for name in strange]
    return PrecinctReport(len(lines), faults)


def _of_office(rows: str, office: str) -> list[Returned]:
    """Return the lines of one office that each precinct votes on."""
    found = [one for one in _read(precinct_returns, rows) if one.office == office]
    if not found:
        raise BadReturns(reason=NOT_THERE.format(office=office))
    if len({one.district for one in found}) > 1:
        raise BadReturns(reason=DISTRICTS.format(office=office))
    return found


def _read(reader: Callable[[str], list[Returned]], rows: str) -> list[Returned]:
    try:
        return reader(rows)
    except Unreadable as error:
        raise BadReturns(reason=str(error)) from error


def _town(place: str, towns: Iterable[str]) -> str:
    """Return the town after which a precinct is called; nothing if it is called after none."""
    return next((town for town in towns if place.startswith(f"{town} ")), "")


def _asked(ctx: Context, row: ElectionRow, office: str) -> Asked:
    chosen = select(ContestRow.id).filter_by(election_id=row.id, title=office)
    contest = ctx.db.scalar(chosen)
    if contest is None:
        raise UnknownContest
    options = select(OptionRow.title, OptionRow.id).filter_by(contest_id=contest)
    return Asked(contest, dict(map(tuple[str, int], ctx.db.execute(options))))


def _places(ctx: Context, row: ElectionRow, asked: Asked) -> dict[str, Place]:
    """Return the precincts that this person may enter, by their names."""
    place, mine = ElectionPrecinctRow, OfficerRow
    own = (mine.account_id == ctx.actor.id) & (mine.role == ENTER)
    done = (
        select(ReturnRow.id)
        .where(
            ReturnRow.election_id == row.id,
            ReturnRow.precinct_id == place.precinct_id,
            ReturnRow.contest_id == asked.id,
        )
        .exists()
    )
    chosen = (
        select(PrecinctRow.name, PrecinctRow.id, place.registered, done, mine.account_id)
        .join(place, place.precinct_id == PrecinctRow.id)
        .outerjoin(mine, (mine.precinct_id == PrecinctRow.id) & own)
        .where(place.election_id == row.id)
    )
    found = ctx.db.execute(chosen).all()
    many = Counter(name for name, *_facts in found)
    return {
        name: Place(id_, registered, entered, many[name] > 1)
        for name, id_, registered, entered, officer in found
        if officer is not None
    }


def _fault(name: str, told: Mapping[str, int], *, place: Place | None, asked: Asked) -> str:
    """Return why the return of a place cannot be taken; nothing if it can."""
    if place is None:
        return STRANGER.format(place=name)
    if strange := told.keys() - asked.options.keys():
        return NOBODY.format(candidate=min(strange))
    votes = sum(told.values())
    wrong = (
        (place.namesakes, NAMESAKES),
        (place.entered, ENTERED),
        (votes > MOST_PAPERS, FAR_TOO_MANY),
        (place.registered is not None and votes > place.registered, MORE),
    )
    return next((said.format(place=name) for is_so, said in wrong if is_so), "")


def _enter(
    ctx: Context, row: ElectionRow, asked: Asked, *, good: Mapping[Place, Mapping[str, int]]
) -> None:
    """Enter first versions and submit them, with as few statements for many as for one."""
    facts = {"election_id": row.id, "contest_id": asked.id, "version": 1, "blank": 0, "spoiled": 0}
    who = {"entered_by": ctx.actor.name, "entered_by_id": ctx.actor.id, "created_at": ctx.now()}
    ids = {place: new_id() for place in good}
    kept = [
        {
            **facts,
            **who,
            "public_id": ids[place],
            "precinct_id": place.id,
            "registered_snapshot": place.registered,
            "ballots": sum(told.values()),
        }
        for place, told in good.items()
    ]
    ctx.db.execute(insert(ReturnRow), kept)
    rows = _numbers(ctx, list(ids.values()))
    lines = [
        {"return_id": rows[ids[place]], "option_id": asked.options[name], "votes": votes}
        for place, told in good.items()
        for name, votes in told.items()
    ]
    ctx.db.execute(insert(ReturnLineRow), lines)
    submitted = update(ReturnRow).where(ReturnRow.id.in_(rows.values())).values(state="submitted")
    ctx.db.execute(submitted, execution_options={"synchronize_session": False})


def _numbers(ctx: Context, public: Sequence[str]) -> dict[str, int]:
    chosen = select(ReturnRow.public_id, ReturnRow.id).where(ReturnRow.public_id.in_(public))
    return dict(map(tuple[str, int], ctx.db.execute(chosen)))

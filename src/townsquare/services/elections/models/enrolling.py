"""Who of a list can come onto a roll: one rule for those who check it and those who take it."""

from collections.abc import Iterable, Sequence

from sqlalchemy import insert, select

from townsquare.blocks import people
from townsquare.core.errors import DomainError
from townsquare.core.frozen import dataclass
from townsquare.core.identity.steps import persons_at
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context
from townsquare.services.elections.commands.voting import Enrolling
from townsquare.services.elections.errors import OnTheRoll, VoterExists
from townsquare.services.elections.errors.rolls import UnknownStyle, VoterSuspended
from townsquare.services.elections.models.elections import ElectionRow, RollRow, VoterRow
from townsquare.services.elections.models.styles import PrecinctStyleRow, StyleRow


@dataclass(frozen=True)
class Known:
    """What is known of those who stand in a list before any of them is enrolled."""

    election_id: int
    voters: dict[str, VoterRow]  # By their number.
    addresses: frozenset[str]  # Under which somebody has a number.
    persons: dict[str, str]  # By the address that they have confirmed.
    numbered: frozenset[str]  # Persons who have a number.
    enrolled: frozenset[int]  # Voters who are on this roll.
    styles: dict[str, int]  # Of this election, by their code.
    of_precincts: dict[str, int]  # The style of each precinct of which one is said.

    def fault(self, told: Enrolling) -> DomainError | None:
        """Return why somebody cannot be enrolled; None if they can."""
        if told.style and told.style not in self.styles:
            return UnknownStyle(style=told.style)
        voter, address = self.voters.get(told.number), told.email.casefold()
        if voter is None:
            other = address in self.addresses or self.persons.get(address) in self.numbered
            return VoterExists(number=told.number) if other else None
        if voter.address != address:
            return VoterExists(number=told.number)
        if voter.state == "suspended":
            return VoterSuspended(number=told.number)
        return OnTheRoll(number=told.number) if voter.id in self.enrolled else None

    def styled(self, told: Enrolling, precinct: str) -> dict[str, object]:
        """Return the style of who comes onto the roll: their own, else that of their precinct."""
        by_precinct = None if told.style else self.of_precincts.get(precinct)
        style = self.styles[told.style] if told.style else by_precinct
        return {"style_id": style, "style_by_precinct": by_precinct is not None}


def known_of(ctx: Context, row: ElectionRow, listed: Iterable[Enrolling], *, hold: bool) -> Known:
    """Return what is known of a list, in five questions however long it is.

    Who holds the voters keeps them from being let go with another roll before this is done.
    """
    told = list(listed)
    addresses = [each.email.casefold() for each in told]
    persons = persons_at(ctx, addresses)
    theirs = (
        VoterRow.number.in_([each.number for each in told])
        | VoterRow.address.in_(addresses)
        | VoterRow.person.in_(persons.values())
    )
    chosen = select(VoterRow).where(theirs).order_by(VoterRow.id)
    found = ctx.db.scalars(chosen.with_for_update(read=True) if hold else chosen).all()
    on_it = select(RollRow.voter_id).where(RollRow.election_id == row.id)
    styles = select(StyleRow.id, StyleRow.code).where(StyleRow.election_id == row.id)
    said = select(PrecinctStyleRow.precinct, PrecinctStyleRow.style_id)
    said = said.where(PrecinctStyleRow.election_id == row.id)
    return Known(
        row.id,
        {voter.number: voter for voter in found},
        frozenset(voter.address for voter in found if voter.address),
        persons,
        frozenset(voter.person for voter in found if voter.person),
        frozenset(ctx.db.scalars(on_it)),
        {code: id_ for id_, code in ctx.db.execute(styles)},
        dict(map(tuple[str, int], ctx.db.execute(said))),
    )


def enrol(ctx: Context, told: Sequence[Enrolling], known: Known) -> None:
    """Put those on the roll who can be, with as few statements for many as for one."""
    new = [each for each in told if each.number not in known.voters]
    if new:
        _make_voters(ctx, new, known)
    numbers = [each.number for each in told]
    chosen = select(VoterRow.id, VoterRow.number, VoterRow.precinct)
    found = ctx.db.execute(chosen.where(VoterRow.number.in_(numbers)).order_by(VoterRow.number))
    wishes = {each.number: each for each in told}
    facts = {"created_at": ctx.now(), "version": 1, "election_id": known.election_id}
    places = [
        (voter, wishes[number], wishes[number].precinct or lives_in)
        for voter, number, lives_in in found
    ]
    entries = [
        {
            "public_id": new_id(),
            "voter_id": voter,
            "precinct": precinct,
            "weight": wish.weight,
            **known.styled(wish, precinct),
            **facts,
        }
        for voter, wish, precinct in places
    ]
    ctx.db.execute(insert(RollRow), entries)


def _make_voters(ctx: Context, new: Sequence[Enrolling], known: Known) -> None:
    persons = people.register_people(
        ctx, [(told.name, told.email, known.persons.get(told.email.casefold())) for told in new]
    )
    facts = {"created_at": ctx.now(), "version": 1}
    voters = [
        {
            "public_id": new_id(),
            "person": person,
            "address": told.email.casefold(),
            "number": told.number,
            "precinct": told.precinct,
            **facts,
        }
        for person, told in zip(persons, new, strict=True)
    ]
    ctx.db.execute(insert(VoterRow), voters)

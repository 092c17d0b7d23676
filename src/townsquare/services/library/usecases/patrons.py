"""Readers: a person, a card, a class."""

from datetime import timedelta

from sqlalchemy import exists, literal, select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks import payments, people
from townsquare.core.errors import StaleVersion
from townsquare.core.identity.steps import person_at
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context, use_case
from townsquare.services.library.commands.lending import (
    ChangePatron,
    ChoosePatron,
    ClosePatron,
    RegisterPatron,
    ReplaceCard,
)
from townsquare.services.library.errors import (
    CardExists,
    NumberTaken,
    OpenLoans,
    UnknownBranch,
    UnknownPatron,
    WrongState,
)
from townsquare.services.library.events import CardChanged, PatronChanged, PatronRegistered
from townsquare.services.library.models.catalogue import BranchRow
from townsquare.services.library.models.lending import (
    LIVE_HOLDS,
    CardRow,
    HoldRow,
    LoanRow,
    PatronRow,
)
from townsquare.services.library.results.lending import Settled
from townsquare.services.library.rules.calendar import Calendar

CARD_LASTS = timedelta(days=365)
SHOP = "library"


@use_case("library.patron.register", permission="library.patron.edit")
def register_patron(ctx: Context, wish: RegisterPatron) -> Settled:
    """Make a reader with a card that is good for a year; card and number belong to one person.

    A reader whose confirmed address signs somebody in already is that person.
    """
    branch = ctx.db.scalar(select(BranchRow).where(BranchRow.code == wish.branch))
    if branch is None:
        raise UnknownBranch(branch=wish.branch)
    person = people.register_person(
        ctx,
        given=wish.given,
        family=wish.family,
        email=wish.email,
        birth_date=wish.birth_date,
        public_id=person_at(ctx, wish.email),
    )
    if ctx.db.scalar(select(PatronRow.id).where(PatronRow.person == person.id)):
        raise CardExists
    today = Calendar(branch.zone).local(ctx.now())
    people.affiliate(ctx, person.id, kind=wish.kind, number=wish.number, starts_on=today)
    row = PatronRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        person=person.id,
        card=wish.card,
        kind=wish.kind,
        home_branch_id=branch.id,
        issued_on=today,
        expires_on=today + CARD_LASTS,
        state="active",
    )
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        raise NumberTaken(number=wish.card) from error
    _entrust(ctx, row, wish.guardian)
    ctx.emit(PatronRegistered(row.public_id))
    return Settled(row.public_id, 0, 0)


@use_case("library.patron.change", permission="library.patron.edit")
def change_patron(ctx: Context, wish: ChangePatron) -> Settled:
    """Renew a card, block it or let it lend again."""
    row = _patron(ctx, wish)
    if row.version != wish.version:
        raise StaleVersion
    if row.state == "left":
        raise WrongState(state=row.state)
    row.expires_on, row.state = wish.expires_on, wish.state
    row.block_reason, row.note = wish.block_reason, wish.note
    row.version += 1
    _entrust(ctx, row, wish.guardian)
    ctx.emit(PatronChanged(row.public_id))
    return Settled(row.public_id, 0, 0)


@use_case("library.patron.replace_card", permission="library.patron.edit")
def replace_card(ctx: Context, wish: ReplaceCard) -> Settled:
    """Give a reader another card; the old one opens nothing from now on."""
    row = _patron(ctx, wish, alone=True)
    if row.version != wish.version:
        raise StaleVersion
    if row.state == "left":
        raise WrongState(state=row.state)
    if wish.card == row.card:
        raise NumberTaken(number=wish.card)
    old = CardRow(
        number=row.card,
        patron_id=row.id,
        replaced_at=ctx.now(),
        replaced_by=ctx.actor.name,
        why=wish.reason,
    )
    row.card, row.version = wish.card, row.version + 1
    try:
        ctx.db.flush()  # The new number first: the old one is used from the next line on.
        ctx.db.add(old)
        ctx.db.flush()
    except IntegrityError as error:
        raise NumberTaken(number=wish.card) from error
    ctx.emit(CardChanged(row.public_id, wish.reason))
    return Settled(row.public_id, 0, 0)


@use_case("library.patron.close", permission="library.patron.edit")
def close_patron(ctx: Context, wish: ClosePatron) -> Settled:
    """Let a reader leave who has nothing, waits for nothing and owes nothing."""
    # Alone with the card: a loan or a hold that is being written is waited for.
    row = _patron(ctx, wish, alone=True)
    if wish.version not in {None, row.version}:
        raise StaleVersion
    if row.state == "left":
        raise WrongState(state=row.state)
    has = select(
        exists().where(LoanRow.patron_id == row.id, LoanRow.closed_reason.is_(None)),
        exists().where(HoldRow.patron_id == row.id, HoldRow.state.in_(LIVE_HOLDS)),
        payments.open_amount(literal(row.person), SHOP),
        payments.deposit_amount(literal(row.person), SHOP),
    )
    if any(ctx.db.execute(has).one()):
        raise OpenLoans
    row.state, row.version = "left", row.version + 1
    ctx.emit(PatronChanged(row.public_id))
    return Settled(row.public_id, 0, 0)


def _entrust(ctx: Context, row: PatronRow, card: str) -> None:
    if not card:
        return
    guardian = ctx.db.scalar(select(PatronRow).where(PatronRow.card == card))
    if guardian is None or guardian.state == "left":
        raise UnknownPatron(card=card)
    people.entrust(ctx, row.person, guardian=guardian.person)


def _patron(ctx: Context, wish: ChoosePatron, *, alone: bool = False) -> PatronRow:
    chosen = select(PatronRow).where(PatronRow.public_id == wish.id)
    row = ctx.db.scalar(chosen.with_for_update() if alone else chosen)
    if row is None:
        raise UnknownPatron(card="")
    return row

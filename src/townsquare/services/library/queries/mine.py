"""What readers see of themselves."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from typing import Any

from townsquare.blocks import payments
from townsquare.blocks.payments import CHARGE
from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.lending import Nothing
from townsquare.services.library.models.catalogue import CopyRow
from townsquare.services.library.models.circulating import (
    EDITION_NUMBER,
    SHOP,
    edition_in_force,
    policy_from,
)
from townsquare.services.library.models.lending import (
    LIVE_HOLDS,
    FineRow,
    HoldRow,
    LoanRow,
    PatronRow,
)
from townsquare.services.library.ports import TOWN
from townsquare.services.library.queries.charges import (
    CHARGE_COLUMNS,
    FINED,
    OF_FINE,
    OF_LOAN,
    OPEN_CHARGE,
)
from townsquare.services.library.queries.holds import HOLD_LINE
from townsquare.services.library.queries.loans import LOAN_LINE
from townsquare.services.library.queries.patrons import PATRON_LINE, today_of
from townsquare.services.library.results.lending import (
    ChargeLine,
    Hold,
    LoanLine,
    MyLibrary,
    Patron,
)
from townsquare.services.library.rules.calendar import Calendar
from townsquare.services.library.rules.policy import fine_minor

# A reader once for each open charge, or once without any: one statement instead of four.
MY_CARD = (
    PATRON_LINE.add_columns(
        payments.deposit_amount(PatronRow.person, SHOP), EDITION_NUMBER, *CHARGE_COLUMNS
    )
    .outerjoin(CHARGE, (CHARGE.party == PatronRow.person) & (CHARGE.shop == SHOP) & OPEN_CHARGE)
    .outerjoin(FineRow, OF_FINE)
    .outerjoin(FINED, OF_LOAN)
    .order_by(CHARGE.id)
)
MY_LOANS = LOAN_LINE.add_columns(LoanRow.policy, LoanRow.out_branch_id, CopyRow.price_minor)
CARD_WIDTH, CHARGE_WIDTH, LOAN_WIDTH = (
    len(fields(Patron)),
    len(fields(ChargeLine)),
    len(fields(LoanLine)),
)


@query("library.me.card", permission="signed-in")
def own_card(ctx: Context, _wish: Nothing) -> Patron | None:
    """Return one's own card, None without one."""
    mine = PATRON_LINE.where(PatronRow.person == ctx.actor.person)
    row = ctx.db.execute(mine, today_of(ctx)).first()
    return _own(row) if row else None


@query("library.me.view", permission="signed-in")
def my_library(ctx: Context, _wish: Nothing) -> MyLibrary:
    """Return one's own card, loans with the fine so far, holds, charges and deposit."""
    me, currency = ctx.actor.person, ctx.engine(TOWN).currency
    mine = PatronRow.person == me
    card = ctx.db.execute(MY_CARD.where(mine), today_of(ctx)).all()
    if not card:
        return MyLibrary(None, [], [], [], 0, currency, {}, {})
    deposit, edition = card[0][CARD_WIDTH : CARD_WIDTH + 2]
    loans = ctx.db.execute(MY_LOANS.where(mine).order_by(LoanRow.due_at, LoanRow.id)).all()
    holds = HOLD_LINE.where(mine, HoldRow.state.in_(LIVE_HOLDS)).order_by(HoldRow.seq)
    waiting: Iterable[Any] = ctx.db.execute(holds)
    charges = [row[-CHARGE_WIDTH:] for row in card if row[-CHARGE_WIDTH] is not None]
    return MyLibrary(
        _own(card[0][:CARD_WIDTH]),
        [LoanLine(*row[:LOAN_WIDTH]) for row in loans],
        [Hold(*row) for row in waiting],
        [ChargeLine(*row) for row in charges],
        deposit,
        currency,
        _fines(ctx, loans, edition, mode="on"),
        _fines(ctx, loans, edition, mode="test"),
    )


def _own(row: Sequence[Any]) -> Patron:
    """Return a reader as they see themselves, without what the desk has noted."""
    return replace(Patron(*row), note="")


def _fines(ctx: Context, loans: Sequence[Any], edition: int | None, *, mode: str) -> dict[str, int]:
    """Return what each late loan of this mode of fines would cost if it came back now."""
    over = ((loan, policy_from(loan.policy)) for loan in loans if loan.due_at < ctx.now())
    late = [(loan, policy) for loan, policy in over if policy.fine_mode == mode]
    if not late:
        return {}
    calendars = edition_in_force(ctx.db, edition).calendars
    return {
        loan.id: fine_minor(
            policy,
            calendars.get(loan.out_branch_id, Calendar("UTC")),
            due=loan.due_at,
            returned=ctx.now(),
            price_minor=loan.price_minor,
        )
        for loan, policy in late
    }

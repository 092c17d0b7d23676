"""What readers owe, with how each fine was counted."""

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from townsquare.blocks import payments
from townsquare.blocks.payments import CHARGE
from townsquare.blocks.people import PERSON
from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.lending import ChoosePatron
from townsquare.services.library.errors import UnknownPatron
from townsquare.services.library.models.circulating import SHOP
from townsquare.services.library.models.lending import FineRow, LoanRow, PatronRow
from townsquare.services.library.models.tariffs import TariffRow, counted_with
from townsquare.services.library.results.lending import ChargeLine

FINED = aliased(LoanRow)
CHARGE_COLUMNS = (
    CHARGE.public_id.label("id"),
    PatronRow.card,
    PERSON.name.label("reader"),
    CHARGE.reason,
    CHARGE.memo,
    CHARGE.amount_minor,
    (CHARGE.amount_minor - CHARGE.credited_minor - CHARGE.allocated_minor).label("open_minor"),
    CHARGE.currency,
    CHARGE.created_at.label("raised_at"),
    FineRow.counted_days,
    FineRow.rate_minor,
    FineRow.cap_minor,
    FINED.edition,
    FINED.priority,
    func.coalesce(
        counted_with(CHARGE.public_id, TariffRow.code),
        FINED.policy[("tariffs", "fine_minor")].as_string(),
    ).label("tariff"),
    counted_with(CHARGE.public_id, TariffRow.valid_from).label("tariff_from"),
)
OF_FINE, OF_LOAN = FineRow.charge == CHARGE.public_id, FINED.id == FineRow.loan_id
CHARGE_LINE = (
    select(*CHARGE_COLUMNS)
    .join(PatronRow, PatronRow.person == CHARGE.party)
    .join(PERSON, PERSON.public_id == PatronRow.person)
    .outerjoin(FineRow, OF_FINE)
    .outerjoin(FINED, OF_LOAN)
    .where(CHARGE.shop == SHOP)
)
OPEN_CHARGE = CHARGE.amount_minor > CHARGE.credited_minor + CHARGE.allocated_minor
CHARGES_OF = (
    select(*CHARGE_COLUMNS)
    .select_from(PatronRow)
    .join(PERSON, PERSON.public_id == PatronRow.person)
    .outerjoin(CHARGE, (CHARGE.party == PatronRow.person) & (CHARGE.shop == SHOP))
    .outerjoin(FineRow, OF_FINE)
    .outerjoin(FINED, OF_LOAN)
    .order_by(CHARGE.id.desc())
    .limit(100)
)


@query("library.deposit.read", permission="library.payment.take")
def deposit_of_patron(ctx: Context, wish: ChoosePatron) -> int:
    """Return what is kept for a reader as a deposit, in minor units."""
    held = select(payments.deposit_amount(PatronRow.person, SHOP)).select_from(PatronRow)
    return ctx.db.scalar(held.where(PatronRow.public_id == wish.id)) or 0


@query("library.charge.of_patron", permission="library.payment.take")
def charges_of_patron(ctx: Context, wish: ChoosePatron) -> list[ChargeLine]:
    """Return the charges of a reader, newest first."""
    found = ctx.db.execute(CHARGES_OF.where(PatronRow.public_id == wish.id)).all()
    if not found:
        raise UnknownPatron(card="")
    return [ChargeLine(*row) for row in found if row.id]

"""Half a year of a library's life, lived day by day through its own use cases."""

from collections.abc import Callable
from datetime import date, time, timedelta
from itertools import accumulate
from random import Random
from typing import TypeVar

from sqlalchemy import func, select

from townsquare.blocks import payments
from townsquare.core.errors import DomainError
from townsquare.core.frozen import dataclass
from townsquare.core.town import Town
from townsquare.core.usecase import Command, Context
from townsquare.demo.appointments import APPOINTMENTS, KEPT_BACK, TOLD, Appointment
from townsquare.demo.clock import DemoClock
from townsquare.demo.people import SEED, Staff
from townsquare.services.library.commands.lending import (
    BorrowCopy,
    ChooseCopy,
    Nothing,
    PayCharges,
    PlaceHoldFor,
    RenewLoan,
    ReturnCopy,
)
from townsquare.services.library.models.catalogue import BranchRow, CopyRow, DocumentRow
from townsquare.services.library.models.lending import (
    HoldRow,
    LoanEventRow,
    LoanRow,
    PatronRow,
)
from townsquare.services.library.usecases.charges import take_payment
from townsquare.services.library.usecases.desk import borrow_copy
from townsquare.services.library.usecases.holds import expire_holds, place_hold
from townsquare.services.library.usecases.loans import declare_lost, renew_loan
from townsquare.services.library.usecases.returns import return_copy

LENGTH = timedelta(days=182)
SUNDAY, EVENING = 6, time(17)
FEWEST, MOST = 3, 9
LATE, LATEST, RENEWED, LOST, PAID = 0.12, 12, 0.06, 0.003, 0.25
Wish = TypeVar("Wish", bound=Command)


@dataclass(frozen=True)
class Out:
    """A loan that is out, as far as the day needs to know it."""

    id: str
    barcode: str
    card: str
    out: date
    due: date
    renewals: int


@dataclass(frozen=True)
class Shelves:
    """The copies that are lent by chance, the most read ones first, and the cards of readers."""

    barcodes: list[str]
    weights: list[float]
    cards: list[str]


class HalfYear:
    """Lives the days of a library between two dates; stopped in between, it goes on."""

    def __init__(self, town: Town, clock: DemoClock, staff: Staff) -> None:
        self._town, self._clock, self._staff = town, clock, staff
        self._shelves = self._read_shelves()

    def live(self, founded: date, report: Callable[[int], None]) -> None:
        """Live what is left of the days after the founding; tell how many after each."""
        last = founded + LENGTH
        day = (self._last_day() or founded) + timedelta(days=1)
        while day < last:
            left = (last - day).days
            if day.weekday() != SUNDAY:
                self._live_day(day, left)
            self._keep_appointments(day, left)
            day += timedelta(days=1)
            report((day - founded).days)

    def _keep_appointments(self, day: date, left: int) -> None:
        """Do what the story of the cast wants; on a Sunday the librarian comes in for it."""
        self._clock.open(day, EVENING)
        for appointment in APPOINTMENTS.get(left, ()):
            self._keep(appointment)

    def _live_day(self, day: date, left: int) -> None:
        chance = Random(f"{SEED}:{left}")
        self._clock.open(day)
        self._act(expire_holds, Nothing())
        self._arrive()
        self._collect(chance)
        for loan in self._out():
            self._bring_back(loan, day, left)
        self._pay(chance)
        for _ in range(chance.randint(FEWEST, MOST)):
            self._lend(chance)

    def _bring_back(self, loan: Out, day: date, left: int) -> None:
        """Return, renew or lose a copy on the day that chance has set when it was lent."""
        if loan.barcode in KEPT_BACK:
            return
        # Counted back from today, as all chance here: towns differ by the day of the week alone.
        fate = Random(f"{SEED}:{loan.barcode}:{left + (day - loan.out).days}")
        if fate.random() < LOST and day > loan.due:
            self._act(declare_lost, ChooseCopy(barcode=loan.barcode))
            return
        late = fate.random() < LATE
        renewed = fate.random() < RENEWED and loan.renewals == 0
        span = max((loan.due - loan.out).days, 1)
        kept = span + fate.randint(1, LATEST) if late else fate.randint(1, span)
        near = (loan.due - day).days <= 1
        if renewed and near and not late and self._act(renew_loan, RenewLoan(id=loan.id)):
            return
        # Also where it may not be renewed, as when somebody waits: else it never comes back.
        if day >= loan.out + timedelta(days=kept):
            self._act(return_copy, ReturnCopy(barcode=loan.barcode))

    def _arrive(self) -> None:
        """Take copies in where somebody waits for them: yesterday's van brings them."""
        sent = (
            select(CopyRow.barcode, BranchRow.code)
            .join(HoldRow, HoldRow.copy_id == CopyRow.id)
            .join(BranchRow, BranchRow.id == HoldRow.branch_id)
            .where(HoldRow.state == "transit")
            .order_by(HoldRow.seq)
        )
        with self._town.sessions() as db:
            arrived = db.execute(sent).all()
        for barcode, branch in arrived:
            self._act(return_copy, ReturnCopy(barcode=barcode, branch=branch))

    def _collect(self, chance: Random) -> None:
        """Lend what waits on the hold shelf to some of those it waits for."""
        waiting = (
            select(CopyRow.barcode, PatronRow.card)
            .join(HoldRow, HoldRow.copy_id == CopyRow.id)
            .join(PatronRow, PatronRow.id == HoldRow.patron_id)
            .where(HoldRow.state == "ready", CopyRow.barcode.not_in(KEPT_BACK))
            .order_by(HoldRow.seq)
        )
        with self._town.sessions() as db:
            ready = db.execute(waiting).all()
        for barcode, card in ready:
            if chance.random() < 1 / 2:
                self._act(borrow_copy, BorrowCopy(barcode=barcode, card=card))

    def _lend(self, chance: Random) -> None:
        shelves = self._shelves
        barcode = chance.choices(shelves.barcodes, cum_weights=shelves.weights)[0]
        card = chance.choice(shelves.cards)
        with self._town.sessions() as db:
            copy = db.execute(
                select(CopyRow.state, DocumentRow.public_id, BranchRow.code)
                .join(DocumentRow, DocumentRow.id == CopyRow.document_id)
                .join(BranchRow, BranchRow.id == CopyRow.at_branch_id)
                .where(CopyRow.barcode == barcode)
            ).one()
        if copy.state == "available":
            self._act(borrow_copy, BorrowCopy(barcode=barcode, card=card))
        elif copy.state == "on_loan":
            wish = PlaceHoldFor(document=copy.public_id, branch=copy.code, card=card)
            self._act(place_hold, wish)

    def _pay(self, chance: Random) -> None:
        """Let some of those who owe money pay all of it."""
        for card, owed in self._debts():
            if chance.random() < PAID:
                how = chance.choice(("cash", "card"))
                wish = {"card": card, "amount_minor": owed, "method": how}
                if how == "card":
                    wish["reference"] = f"{chance.randint(100_000, 999_999)}"
                self._act(take_payment, PayCharges.model_validate(wish))

    def _keep(self, appointment: Appointment) -> None:
        """Do what the story of the cast wants on this day."""
        barcode, card = appointment.barcode, appointment.card
        if appointment.act == "borrow":
            self._act(borrow_copy, BorrowCopy(barcode=barcode, card=card))
        elif appointment.act == "return":
            self._act(return_copy, ReturnCopy(barcode=barcode))
        else:
            document, branch = self._place_of(barcode)
            wish = PlaceHoldFor(document=document, branch=branch, card=card)
            self._act(place_hold, wish)

    def _act(self, act: Callable[[Context, Wish], object], wish: Wish) -> bool:
        """Do one thing at the desk; what the rules refuse does not happen, as in life."""
        self._clock.pass_minutes(4)
        try:
            with self._town.working(self._staff.manager) as ctx:
                act(ctx, wish)
        except DomainError:
            return False
        return True

    def _out(self) -> list[Out]:
        wanted = (
            select(LoanRow, CopyRow.barcode, PatronRow.card)
            .join(CopyRow, CopyRow.id == LoanRow.copy_id)
            .join(PatronRow, PatronRow.id == LoanRow.patron_id)
            .where(LoanRow.closed_reason.is_(None))
            .order_by(LoanRow.id)
        )
        with self._town.sessions() as db:
            return [
                Out(r.public_id, barcode, card, r.out_at.date(), r.due_at.date(), r.renewals)
                for r, barcode, card in db.execute(wanted)
            ]

    def _debts(self) -> list[tuple[str, int]]:
        owed = payments.open_amount(PatronRow.person, "library")
        with self._town.sessions() as db:
            rows = db.execute(select(PatronRow.card, owed).order_by(PatronRow.id)).all()
        return [(card, amount) for card, amount in rows if amount and card not in TOLD]

    def _read_shelves(self) -> Shelves:
        with self._town.sessions() as db:
            copies = select(CopyRow.barcode).order_by(CopyRow.document_id, CopyRow.id)
            barcodes = [b for b in db.scalars(copies) if b not in KEPT_BACK]
            known = db.scalars(select(PatronRow.card).order_by(PatronRow.id))
            cards = [card for card in known if card not in TOLD]
        # What is read most stands first in the list of books, and falls off as one over its place.
        weights = list(accumulate(1 / (place + 20) for place in range(len(barcodes))))
        return Shelves(barcodes, weights, cards)

    def _last_day(self) -> date | None:
        with self._town.sessions() as db:
            last = db.scalar(select(func.max(LoanEventRow.at)))
        return last.date() if last else None

    def _place_of(self, barcode: str) -> tuple[str, str]:
        with self._town.sessions() as db:
            found = db.execute(
                select(DocumentRow.public_id, BranchRow.code)
                .join(CopyRow, CopyRow.document_id == DocumentRow.id)
                .join(BranchRow, BranchRow.id == CopyRow.at_branch_id)
                .where(CopyRow.barcode == barcode)
            ).one()
        return found.public_id, found.code

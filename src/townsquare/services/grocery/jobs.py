"""What the shop does later, or by the clock of the town."""

from townsquare.blocks import payments
from townsquare.core.imports.carrying import Carrier
from townsquare.core.imports.runs import ImportMoved
from townsquare.core.jobs.running import Errand
from townsquare.core.manifest import Job
from townsquare.core.town import Town
from townsquare.core.usecase import Actor
from townsquare.services.grocery.commands.fields import Nothing
from townsquare.services.grocery.commands.imports import UNDO, ChooseImport, UndoRows
from townsquare.services.grocery.commands.markdowns import ApplyMarkdowns
from townsquare.services.grocery.commands.paying import AskProvider
from townsquare.services.grocery.commands.values import ValueMoves
from townsquare.services.grocery.usecases import asking
from townsquare.services.grocery.usecases.due_soon import tell_due_soon
from townsquare.services.grocery.usecases.importing import CHUNK, ProductImporter, take_rows
from townsquare.services.grocery.usecases.markdowns import PRICING, apply_markdowns
from townsquare.services.grocery.usecases.notices import SEND
from townsquare.services.grocery.usecases.paying import ASK
from townsquare.services.grocery.usecases.refunds import SEND_REFUNDS
from townsquare.services.grocery.usecases.tidying import JOB, TIDY, abandon_old_carts
from townsquare.services.grocery.usecases.together import LEARN, learn_associations
from townsquare.services.grocery.usecases.uploading import (
    CONTINUE,
    WAITING,
    resume_import,
    undo_rows,
)
from townsquare.services.grocery.usecases.values import MATCH, VALUE, value_moves
from townsquare.services.grocery.usecases.van import EDIT, plan_ahead

IMPORTING = frozenset({"grocery.product.edit"})
AT_ONCE = 100  # Chunks of rows for one reading of a file: some seconds.
LEARNING = frozenset({LEARN})
MARKING = frozenset({PRICING})
TELLING = frozenset({SEND})
TIDYING = frozenset({TIDY})
PLANNING = frozenset({EDIT})
BOOKKEEPING = frozenset({MATCH})


def ask_provider(town: Town, wish: AskProvider, _job: str) -> None:
    """Ask the provider for a payment that a program has begun."""
    asking.ask(town.working, town.engines.at(payments.PROVIDER), wish)
    town.bell.set()


def recover_payments(town: Town, _wish: Nothing, _job: str) -> None:
    """Ask what has become of the payments that nobody has answered."""
    payments.recover_payments(asking.steps_of(town.working), town.engines.at(payments.PROVIDER))
    town.bell.set()


def send_refunds(town: Town, _wish: Nothing, _job: str) -> None:
    """Let the provider give back what waits for it."""
    payments.send_refunds(asking.steps_of(town.working), town.engines.at(payments.PROVIDER))
    town.bell.set()


def carry_import(town: Town, wish: ChooseImport, _job: str) -> str | None:
    """Take the next rows of an import in, read in one go; ask for another turn while there are."""
    by = Actor(0, f"job {CONTINUE}", IMPORTING | {"public"})
    carrier = Carrier(town, by, ProductImporter(), take_rows, chunk=CHUNK, most=AT_ONCE)
    try:
        progress = carrier.carry_out(wish.id)
    except ImportMoved as error:  # It has ended, or another worker has it in hand.
        return str(error)
    if progress.state == WAITING:
        with town.working(by) as ctx:
            resume_import(ctx, wish)
    return None


JOBS = (
    Job("grocery.learn-associations", learn_associations, Nothing, LEARNING, "20 3 * * 1"),
    Job("grocery.markdowns", apply_markdowns, ApplyMarkdowns, MARKING, "1 * * * *"),
    Job("grocery.due-soon", tell_due_soon, Nothing, TELLING, "0 6 * * *"),
    Job(JOB, abandon_old_carts, Nothing, TIDYING, "25 * * * *"),
    Job("grocery.plan-ahead", plan_ahead, Nothing, PLANNING, "20 0 * * *"),
    Job(UNDO, undo_rows, UndoRows, IMPORTING),
    Job(VALUE, value_moves, ValueMoves, BOOKKEEPING, "*/10 * * * *"),
)
ERRANDS = (
    Errand(ASK, ask_provider, AskProvider),
    Errand("grocery.recover-payments", recover_payments, Nothing, "*/5 * * * *"),
    Errand(CONTINUE, carry_import, ChooseImport),
    Errand(SEND_REFUNDS, send_refunds, Nothing, "*/5 * * * *"),
)

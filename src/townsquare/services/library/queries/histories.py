"""What happened to a copy, from its first day on."""

from typing import Any

from sqlalchemy import (
    Select,
    SQLColumnExpression,
    bindparam,
    func,
    literal,
    not_,
    select,
    text,
    union_all,
)

from townsquare.blocks import people
from townsquare.core.audit import AuditEntry
from townsquare.core.events import name_of
from townsquare.core.identity.models import AccountRow
from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.catalogue import ChooseCopy
from townsquare.services.library.events import CopyAdded, CopyChanged
from townsquare.services.library.models.catalogue import CopyRow
from townsquare.services.library.models.lending import (
    LoanEventRow,
    LoanRow,
    PatronRow,
    StateChangeRow,
)
from townsquare.services.library.results.histories import CopyEvent

MOST = 50  # What is older is in the audit.
NOTHING = literal("")
COPY = select(CopyRow.id).where(CopyRow.public_id == bindparam("copy")).scalar_subquery()
# A loan and its end speak for themselves.
TOLD_BY_LOANS = (StateChangeRow.why == "lent") | (
    (StateChangeRow.from_state == "on_loan") & (StateChangeRow.to_state.in_(("available", "lost")))
)
STATES = select(
    StateChangeRow.at.label("at"),
    literal("state").label("kind"),
    StateChangeRow.by,
    StateChangeRow.from_state,
    StateChangeRow.to_state,
    NOTHING,
    literal(1).label("rank"),
    StateChangeRow.id.label("id"),
).where(StateChangeRow.thing == "copy", StateChangeRow.thing_id == COPY, not_(TOLD_BY_LOANS))
KINDS = {name_of(CopyAdded): "added", name_of(CopyChanged): "changed"}
DESCRIPTIONS = (
    select(
        AuditEntry.at,
        AuditEntry.event,
        func.coalesce(AccountRow.name, AuditEntry.actor_name),
        NOTHING,
        NOTHING,
        NOTHING,
        literal(0),
        AuditEntry.id,
    )
    .outerjoin(AccountRow, AccountRow.id == AuditEntry.actor_id)
    .where(AuditEntry.subject == bindparam("copy"), AuditEntry.event.in_(tuple(KINDS)))
)
NEWEST = text("at DESC, rank DESC, id DESC")


@query("library.copy.history", permission="library.catalogue.curate")
def copy_history(ctx: Context, wish: ChooseCopy) -> list[CopyEvent]:
    """Return what happened to a copy, the newest first; readers only to who may see loans."""
    named = "library.loan.view" in ctx.actor.permissions
    loans = _loans(people.PERSON.name if named else NOTHING)
    chosen = union_all(STATES, loans, DESCRIPTIONS).order_by(NEWEST).limit(MOST)
    return [
        CopyEvent(at, KINDS.get(kind, kind), *told)
        for at, kind, *told, _rank, _id in ctx.db.execute(chosen, {"copy": wish.id})
    ]


def _loans(reader: SQLColumnExpression[str]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            LoanEventRow.at,
            LoanEventRow.kind,
            LoanEventRow.by,
            NOTHING,
            NOTHING,
            reader,
            literal(2),
            LoanEventRow.id,
        )
        .join(LoanRow, LoanRow.id == LoanEventRow.loan_id)
        .join(PatronRow, PatronRow.id == LoanRow.patron_id)
        .join(people.PERSON, people.PERSON.public_id == PatronRow.person)
        .where(LoanRow.copy_id == COPY)
    )

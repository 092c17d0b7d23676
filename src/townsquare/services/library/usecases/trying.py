"""New rules, tried before they are published: counted, shown, and never written."""

from datetime import date
from typing import Any

from sqlalchemy import Row, func, select

from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.lending import PublishRules
from townsquare.services.library.models.catalogue import BranchRow, CopyRow, DocumentRow
from townsquare.services.library.models.circulating import Edition, current_edition
from townsquare.services.library.models.lending import LoanRow, PatronRow
from townsquare.services.library.results.states import CLASSES
from townsquare.services.library.results.trying import Tried
from townsquare.services.library.rules.policy import FIRST_RULES, Rule, choose
from townsquare.services.library.rules.tariffs import priced
from townsquare.services.library.rules.trying import Case, shifts
from townsquare.services.library.usecases.policies import first_day, priced_rules

GONE = ("withdrawn", "lost", "missing")
SOME = func.min(CopyRow.barcode).label("least"), func.max(CopyRow.barcode).label("most")


@query("library.rule.try", permission="library.rule.publish")
def try_rules(ctx: Context, wish: PublishRules) -> Tried:
    """Return what new rules would change for the loans that are out, and for the next ones."""
    edition = current_edition(ctx.db)
    day = first_day(edition, wish.valid_from, now=ctx.now())
    proposed = priced_rules(ctx, edition, wish, day=day)
    present = edition.rules_on(day).rules
    out = _open_loans(ctx, edition, present, day=day)
    coming = [(case, choose(present, case.facts).rule) for case in _next_loans(ctx)]
    number = sum(case.number for case, _ in out)
    return Tried(day, number, shifts(out, proposed), shifts(coming, proposed))


def _open_loans(
    ctx: Context, edition: Edition, present: tuple[Rule, ...], *, day: date
) -> list[tuple[Case, Rule]]:
    """Return the loans that are out, each with its rule, at what the amounts are on that day."""
    alike = (PatronRow.kind, CopyRow.item_type, DocumentRow.material, BranchRow.code)
    under = (LoanRow.edition, LoanRow.priority)
    counted = (
        select(*under, *alike, func.count(LoanRow.id).label("number"), *SOME)
        .join(CopyRow, CopyRow.id == LoanRow.copy_id)
        .join(DocumentRow, DocumentRow.id == CopyRow.document_id)
        .join(PatronRow, PatronRow.id == LoanRow.patron_id)
        .join(BranchRow, BranchRow.id == LoanRow.out_branch_id)
        .where(LoanRow.closed_reason.is_(None))
        .group_by(*under, *alike)
    )
    # What begins later has lent nothing yet, and may name tariffs that begin with it.
    known_sets = ((0, FIRST_RULES), *((each.number, each.rules) for each in edition.begun(day)))
    lines = {
        (number, rule.priority): rule
        for number, rules in known_sets
        for rule in priced(rules, edition.tariffs, day)
    }
    found = []
    for row in ctx.db.execute(counted):
        case = _case(row.kind, row)
        known = lines.get(
            (row.edition, row.priority)
        )  # None for a line that this town never published.
        found.append((case, known or choose(present, case.facts).rule))
    return found


def _next_loans(ctx: Context) -> list[Case]:
    """Return the copies that can be lent, for each class of readers."""
    alike = (CopyRow.item_type, DocumentRow.material, BranchRow.code)
    counted = (
        select(*alike, func.count(CopyRow.id).label("number"), *SOME)
        .join(DocumentRow, DocumentRow.id == CopyRow.document_id)
        .join(BranchRow, BranchRow.id == CopyRow.at_branch_id)
        .where(CopyRow.state.not_in(GONE))
        .group_by(*alike)
    )
    return [_case(kind, row) for row in ctx.db.execute(counted) for kind in CLASSES]


def _case(kind: str, row: Row[*tuple[Any, ...]]) -> Case:
    examples = (row.least, row.most)
    return Case(kind, row.item_type, row.material, row.code, row.number, examples)

"""The rules in force, and which of their lines applies."""

from dataclasses import asdict

from sqlalchemy import select

from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.lending import ExplainRule, Nothing
from townsquare.services.library.models.circulating import (
    EDITION,
    current_edition,
    edition_in_force,
)
from townsquare.services.library.models.lending import CounterRow, RulesetRow
from townsquare.services.library.results.lending import Explained, PassedRule, Rules, RuleShown
from townsquare.services.library.rules.policy import choose

EDITION_NUMBER = select(CounterRow.value).where(CounterRow.name == EDITION).scalar_subquery()
NEWEST_RULES = select(
    EDITION_NUMBER,
    *(
        select(told).order_by(RulesetRow.edition.desc()).limit(1).scalar_subquery()
        for told in (RulesetRow.published_at, RulesetRow.published_by)
    ),
)


@query("library.rule.explain", permission="public")
def explain_rule(ctx: Context, wish: ExplainRule) -> Explained:
    """Return which rule would apply, and the first condition that failed in each earlier one."""
    edition = current_edition(ctx.db)
    facts = {
        "class": wish.kind,
        "item_type": wish.item_type,
        "material": wish.material,
        "branch": wish.branch,
    }
    chosen = choose(edition.rules, facts)
    passed = [PassedRule(p.priority, p.because) for p in chosen.passed]
    policy = asdict(chosen.rule.policy)
    return Explained(edition.rules_edition, chosen.rule.priority, policy, passed)


@query("library.rule.view", permission="public")
def rules_in_force(ctx: Context, _wish: Nothing) -> Rules:
    """Return the rules in force, by priority."""
    number, at, by = ctx.db.execute(NEWEST_RULES).one()
    edition = edition_in_force(ctx.db, number)
    lines = [RuleShown(r.priority, dict(r.conditions), asdict(r.policy)) for r in edition.rules]
    return Rules(edition.rules_edition, at, by or "", lines)

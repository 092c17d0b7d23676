"""The rules in force, and which of their lines applies."""

from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.lending import ExplainRule, Nothing
from townsquare.services.library.models.circulating import current_edition, policy_facts
from townsquare.services.library.results.lending import (
    Explained,
    PassedRule,
    Rules,
    RulesComing,
    RuleShown,
)
from townsquare.services.library.rules.policy import choose, due_by
from townsquare.services.library.rules.tariffs import amounts_of, as_written


@query("library.rule.explain", permission="public")
def explain_rule(ctx: Context, wish: ExplainRule) -> Explained:
    """Return which rule would apply, and the first condition that failed in each earlier one.

    For a house it says when a loan of today would be due.
    """
    edition = current_edition(ctx.db)
    facts = {
        "class": wish.kind,
        "item_type": wish.item_type,
        "material": wish.material,
        "branch": wish.branch,
    }
    published = edition.rules_on(edition.today(ctx.now()))
    chosen = choose(published.rules, facts)
    passed = [PassedRule.told(passed) for passed in chosen.passed]
    policy, hours = chosen.rule.policy, edition.calendar_of(wish.branch)
    due = due_by(policy, hours, ctx.now()) if hours and not policy.reading_room_only else None
    return Explained(published.number, chosen.rule.priority, policy_facts(policy), passed, due)


@query("library.rule.view", permission="public")
def rules_in_force(ctx: Context, _wish: Nothing) -> Rules:
    """Return the rules in force, by priority, and those that are published for a later day.

    Who has published them is told to those who may publish rules themselves.
    """
    named = "library.rule.publish" in ctx.actor.permissions
    edition = current_edition(ctx.db)
    today = edition.today(ctx.now())
    now = edition.rules_on(today)
    lines = [
        RuleShown(
            r.priority, dict(r.conditions), as_written(policy_facts(r.policy)), amounts_of(r.policy)
        )
        for r in now.rules
    ]
    coming = [
        RulesComing(each.number, each.valid_from, each.published_by if named else "")
        for each in reversed(edition.sets)
        if each.valid_from and each.valid_from > today
    ]
    by = now.published_by if named else ""
    return Rules(now.number, now.published_at, by, lines, coming)

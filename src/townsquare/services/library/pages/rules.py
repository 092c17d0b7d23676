"""The rules of lending as the staff see them: shown, explained, tried and published."""

from collections.abc import Sequence
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.errors import DomainError
from townsquare.core.web import acting, looking, needs, town
from townsquare.core.web.errors import status_of
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.languages import money
from townsquare.core.web.moments import day
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.library.commands.lending import ExplainRule, Nothing
from townsquare.services.library.pages import bp
from townsquare.services.library.pages.catalogue import library_word
from townsquare.services.library.pages.choices import branches
from townsquare.services.library.pages.rulelines import CONDITIONS, ONLY_TRY, FormOfRules
from townsquare.services.library.queries.rules import explain_rule, rules_in_force
from townsquare.services.library.results.lending import Rules, RulesComing
from townsquare.services.library.results.states import (
    CLASSES,
    FINE_MODES,
    MATERIALS,
    POLICY_FIELDS,
)
from townsquare.services.library.results.trying import Tried
from townsquare.services.library.rules.policy import NEGATED
from townsquare.services.library.usecases.policies import publish_rules
from townsquare.services.library.usecases.trying import try_rules

OTHER = "other"  # A type of copy that no rule names.
# What is so where a condition of a rule was not met.
SUBJECTS = {
    "class": translatable("the class of the reader is %(value)s"),
    "item_type": translatable("the type of copy is %(value)s"),
    "material": translatable("the material is %(value)s"),
    "branch": translatable("the branch is %(value)s"),
}


@bp.get("/rules")
@needs("public")
def rules() -> ResponseReturnValue:
    """Show the rules in force, and explain which one applies."""
    houses = branches()
    asked = read(ExplainRule, request.args.to_dict()) if request.args else None
    with looking() as ctx:
        shown = rules_in_force(ctx, Nothing())
        told = explain_rule(ctx, asked) if asked else None
    form = CommandForm(
        ExplainRule,
        values={"kind": "student", **request.args},
        choices={
            "kind": [(kind, _(word)) for kind, word in CLASSES.items()],
            "item_type": _types_of_copies(shown, asked),
            "material": [(name, _(word)) for name, word in MATERIALS.items()],
            "branch": houses,
        },
    )
    return render_template(
        "library/rules.html",
        rules=shown,
        form=form,
        told=told,
        conditions=CONDITIONS,
        subjects=SUBJECTS,
        houses=dict(houses),
        modes=FINE_MODES,
        granted=_granted,
    )


def _types_of_copies(shown: Rules, asked: ExplainRule | None) -> list[tuple[str, str]]:
    """Return the types that the rules tell apart; for them all others are the same."""
    named = {
        value
        for line in shown.lines
        for name, values in line.conditions.items()
        if name.removeprefix(NEGATED) == "item_type"
        for value in values
    }
    usual = ExplainRule.model_fields["item_type"].default
    known = sorted({*named, asked.item_type if asked else usual} - {"", OTHER})
    words = [(code, library_word(code).capitalize()) for code in known]
    return [*words, (OTHER, _("Another type"))]


@bp.get("/rules/new")
@needs("library.rule.publish")
def new_rules() -> ResponseReturnValue:
    """Show the rules in force as lines to be changed."""
    with looking() as ctx:
        shown = rules_in_force(ctx, Nothing())
    newest = max([shown.edition, *(later.edition for later in shown.coming)])
    return _page(FormOfRules(branches(), shown.lines, newest), coming=shown.coming)


@bp.post("/rules/new")
@needs("library.rule.publish")
def save_rules() -> ResponseReturnValue:
    """Publish a new edition of the rules, only try it, or change the lines of the form."""
    form = FormOfRules(branches())
    if form.only_changes_lines:
        return _page(form)
    wish = form.read()
    if wish is None:
        return _page(form), 422
    try:
        if request.form.get(ONLY_TRY):
            with looking() as ctx:
                tried = try_rules(ctx, wish)
            return _page(form, tried)
        with acting(once=form.once) as ctx:
            publish_rules(ctx, wish)
    except DomainError as error:
        form.refuse(error)
        return _page(form), status_of(error)
    if wish.valid_from:
        begin = day(wish.valid_from)
        flash(_("The new rules apply from %(day)s; loans that are out keep theirs.", day=begin))
    else:
        flash(_("The new rules are in force; loans that are out keep theirs."))
    return redirect(url_for("library.rules"), 303)


def _page(form: FormOfRules, tried: Tried | None = None, coming: Sequence[RulesComing] = ()) -> str:
    """Show the form, beside what its rules would change and what will replace them."""
    return render_template(
        "library/new_rules.html",
        form=form,
        tried=tried,
        coming=coming,
        words=POLICY_FIELDS,
        granted=_granted,
    )


def _granted(field: str, value: object) -> str:
    """Return what a field of a policy says, in words."""
    if value == "":  # No tariff any more.
        return str(_("none"))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if field == "fine_mode":
        return str(_(FINE_MODES[str(value)]))
    if field == "term_ends_on":  # A day, or one that is written as year-month-day.
        return day(date.fromisoformat(str(value))) if value else str(_("none"))
    if field.endswith("_minor") and isinstance(value, int):
        return money(value, town().settings.currency)
    return str(value)

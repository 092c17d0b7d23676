"""The manager says by which rules goods get cheaper before their date, and plans sales."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal
from flask_babel import gettext as _
from pydantic import Field, NaiveDatetime

from townsquare.core.usecase import Command
from townsquare.core.web import acting, looking, needs, town
from townsquare.core.web.attempts import attempt
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import LONGEST_NAME, Line, Nothing, Typed
from townsquare.services.grocery.commands.markdowns import (
    DropMarkdownRule,
    FindMarkdownRules,
    PlanSale,
    SetMarkdownRule,
)
from townsquare.services.grocery.commands.products import LookUpProduct
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.queries.front import view_shop
from townsquare.services.grocery.queries.markdowns import find_markdown_rules
from townsquare.services.grocery.queries.products import read_product
from townsquare.services.grocery.rules.markdowns import PERCENT
from townsquare.services.grocery.usecases.markdown_rules import (
    drop_markdown_rule,
    plan_sale,
    set_markdown_rule,
)

PRICING = "grocery.price.set"


class SaleHere(Command):
    """A sale as the page asks for it: between two moments in the zone of the town."""

    price: Typed = Field(
        title=translatable("Price"), description=translatable("With a point, such as 57.00.")
    )
    starts: NaiveDatetime = Field(title=translatable("From"))
    ends: NaiveDatetime = Field(title=translatable("Until"))
    reason: Line = Field("", title=translatable("Why"), max_length=LONGEST_NAME)


@bp.app_template_filter("percent")
def _percent(ppm: int) -> str:
    return f"{format_decimal(Decimal(ppm) / PERCENT)}\u00a0%"


@bp.get("/staff/markdowns")
@needs(PRICING)
def markdowns() -> ResponseReturnValue:
    """Show the rules, and ask for one more."""
    return _rules(_rule_form())


@bp.post("/staff/markdowns")
@needs(PRICING)
def save_rule() -> ResponseReturnValue:
    """Add a rule."""
    form = _rule_form()
    told, status = attempt(form, set_markdown_rule, wish=form.read())
    if told is None:
        return _rules(form), status
    flash(_("The rule counts from the next hour on."), "success")
    return redirect(url_for("grocery.markdowns"), 303)


@bp.post("/staff/markdowns/<id>/drop")
@needs(PRICING)
def drop_rule(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Let a rule count no longer."""
    with acting() as ctx:
        drop_markdown_rule(ctx, posted(DropMarkdownRule, id=id))
    flash(_("The rule is gone; what it has marked down stays so."), "success")
    return redirect(url_for("grocery.markdowns"), 303)


@bp.get("/staff/products/<id>/sale")
@needs(PRICING)
def new_sale(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Ask for a price that holds between two moments."""
    return _sale(id, CommandForm(SaleHere))


@bp.post("/staff/products/<id>/sale")
@needs(PRICING)
def save_sale(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Plan the sale."""
    form = CommandForm(SaleHere)
    typed, zone = form.read(), ZoneInfo(town().settings.zone)
    wish = None
    if typed is not None:
        between = {n: getattr(typed, n).replace(tzinfo=zone) for n in ("starts", "ends")}
        wish = PlanSale.model_validate({**typed.model_dump(), **between, "id": id})
    planned, status = attempt(form, plan_sale, wish=wish)
    if planned is None:
        return _sale(id, form), status
    flash(_("The sale of %(code)s is planned.", code=planned.code), "success")
    return redirect(url_for("grocery.edit_product", id=id), 303)


def _rule_form() -> CommandForm[SetMarkdownRule]:
    with looking() as ctx:
        front = view_shop(ctx, Nothing())
    shelves: list[tuple[object, str]] = [(shelf.code, shelf.name) for shelf in front.categories]
    return CommandForm(SetMarkdownRule, choices={"category": shelves})


def _rules(form: CommandForm[SetMarkdownRule]) -> str:
    with looking() as ctx:
        found = find_markdown_rules(ctx, FindMarkdownRules())
    return render_template("grocery/markdowns.html", found=found, form=form)


def _sale(public_id: str, form: CommandForm[SaleHere]) -> str:
    with looking() as ctx:
        product = read_product(ctx, read(LookUpProduct, {"id": public_id}))
    return render_template(
        "grocery/form.html",
        form=form,
        title=_("A sale of %(name)s", name=product.name),
        about=_("Afterwards it costs what it did before."),
        action=url_for("grocery.save_sale", id=public_id),
        act=_("Plan the sale"),
        back=url_for("grocery.edit_product", id=public_id),
    )

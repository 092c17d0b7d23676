"""What things cost: a list for everybody, and a form for who may set it."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import Field

from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import attempt
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.moments import day
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.library.commands.tariffs import ChooseTariff, FindTariffs, SetTariff
from townsquare.services.library.pages import bp
from townsquare.services.library.pages.money import Price, minor
from townsquare.services.library.queries.tariffs import find_tariffs
from townsquare.services.library.usecases.policies import set_tariff


class NewAmount(ChooseTariff):
    """An amount as people write it, and from when it applies."""

    amount: Price = Field(title=translatable("Amount"))


@bp.get("/tariffs")
@needs("public")
def tariffs() -> ResponseReturnValue:
    """List what things cost now and will cost."""
    given = {name: request.args.get(name, "") for name in ("code", "name")}
    return _page(CommandForm(NewAmount, values=given))


@bp.post("/tariffs")
@needs("library.calendar.set")
def save_tariff() -> ResponseReturnValue:
    """Let an amount apply from a day on."""
    form = CommandForm(NewAmount)
    done, status = attempt(form, set_tariff, wish=_wish(form.read()))
    if done is None:
        return _page(form), status
    told = _("%(name)s has a new amount from %(day)s.", name=done.name, day=day(done.valid_from))
    flash(told, "success")
    return redirect(url_for("library.tariffs"), 303)


def _page(form: CommandForm[NewAmount]) -> str:
    asked = {n: t for n, t in request.args.items() if n in FindTariffs.model_fields and t}
    wish = read(FindTariffs, asked)
    with looking() as ctx:
        found = find_tariffs(ctx, wish)
    words, past = wish.words or None, "true" if wish.past else None
    more = url_for("library.tariffs", words=words, past=past, after=found.after)
    return render_template(
        "library/tariffs.html",
        form=form,
        found=found,
        wish=wish,
        next_url=more if found.after else None,
        first_url=url_for("library.tariffs", words=words, past=past) if wish.after else None,
    )


def _wish(wish: NewAmount | None) -> SetTariff | None:
    if wish is None:
        return None
    told = wish.model_dump(include={"code", "name", "valid_from"})
    return read(SetTariff, {**told, "amount_minor": minor(wish.amount)})

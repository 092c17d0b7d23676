"""Gift cards: the counter sells, looks up and blocks them; who has one sees what is left."""

from contextlib import suppress

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.blocks import payments
from townsquare.core.errors import NotAllowed
from townsquare.core.web import acting, looking, needs
from townsquare.core.web.attempts import UNREADABLE, attempt
from townsquare.core.web.errors import sentence
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.limits import rated
from townsquare.services.grocery.commands.cards import (
    BlockCard,
    LookUpCard,
    SellCard,
    SellCodedCard,
)
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.pages.keys import card_code
from townsquare.services.grocery.queries.cards import check_card, find_card, fresh_card
from townsquare.services.grocery.results.cards import CardTold
from townsquare.services.grocery.usecases.cards import block_gift_card, sell_gift_card

TWICE = 409


@bp.route("/staff/gift-cards", methods=["GET", "POST"])
@needs("grocery.gift-card.issue")
def gift_cards() -> ResponseReturnValue:
    """Sell a gift card for cash, and show its code; for some minutes to who sends it twice, too."""
    form = CommandForm(SellCard)
    if request.method == "GET":
        return _counter(sell=form)
    typed, code = form.read(), card_code(form.once)
    wish = typed and SellCodedCard(**dict(typed), code=code)
    told, status = attempt(form, sell_gift_card, wish=wish)
    if told is not None:
        return render_template("grocery/card_sold.html", card=told)
    again = card_again(code) if status == TWICE else None
    return again or (_counter(sell=form), status)


@bp.post("/staff/gift-cards/find")
@needs("grocery.gift-card.issue")
def find_gift_card() -> ResponseReturnValue:
    """Look a card up by its code, which stands in no address."""
    form = CommandForm(LookUpCard)
    wish = form.read()
    if wish is None:
        return _counter(find=form), UNREADABLE
    try:
        with looking() as ctx:
            found = find_card(ctx, wish)
    except payments.CardUnknown as error:
        form.refuse({"code": sentence(error)})
        return _counter(find=form), UNREADABLE
    return _counter(find=form, found=found)


@bp.post("/staff/gift-cards/<id>/block")
@needs("grocery.gift-card.issue")
def block_card(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Let nobody pay with a card any more."""
    wish = posted(BlockCard, id=id)
    with acting() as ctx:
        block_gift_card(ctx, wish)
    flash(_("The card is blocked; its money stays on it."), "success")
    return redirect(url_for("grocery.gift_cards"), 303)


@bp.route("/gift-cards/check", methods=["GET", "POST"])
@rated("expensive")
@needs("public")
def check_gift_card() -> ResponseReturnValue:
    """Tell whoever has the code of a card what is left on it."""
    form, card, status = CommandForm(LookUpCard), None, 200
    if request.method == "POST":
        wish = form.read()
        status = 200 if wish else UNREADABLE
        try:
            with looking() as ctx:
                card = wish and check_card(ctx, wish)
        except payments.CardUnknown as error:
            form.refuse({"code": sentence(error)})
            status = UNREADABLE
    return render_template("grocery/card_check.html", form=form, card=card), status


def card_again(code: str) -> str | None:
    """Return the page of the card that the first press has made, in the place of which this is.

    None where it has made none, or not a moment ago.
    """
    with suppress(payments.CardUnknown, NotAllowed), looking() as ctx:
        card = fresh_card(ctx, LookUpCard(code=code))
        return render_template("grocery/card_sold.html", card=card, again=True)
    return None


def _counter(
    *,
    sell: CommandForm[SellCard] | None = None,
    find: CommandForm[LookUpCard] | None = None,
    found: CardTold | None = None,
) -> str:
    return render_template(
        "grocery/gift_cards.html",
        sell=sell or CommandForm(SellCard),
        find=find or CommandForm(LookUpCard),
        found=found,
    )

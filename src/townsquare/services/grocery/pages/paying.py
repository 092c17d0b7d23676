"""Paying an order after it was placed: online, with a gift card, or later in cash."""

from typing import Literal

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import Field

from townsquare.blocks import payments
from townsquare.core.errors import DomainError
from townsquare.core.usecase import Command
from townsquare.core.web import acting, looking, needs, town
from townsquare.core.web.attempts import UNREADABLE
from townsquare.core.web.errors import sentence, status_of
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.languages import money
from townsquare.core.web.limits import rated
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.orders import MyOrder
from townsquare.services.grocery.commands.paying import (
    AskProvider,
    HowToPay,
    PayOrder,
    ProviderMessage,
)
from townsquare.services.grocery.pages import bp, looks
from townsquare.services.grocery.queries.paying import my_money
from townsquare.services.grocery.results.paying import OrderMoney, OrderPayment, Paid
from townsquare.services.grocery.usecases import asking
from townsquare.services.grocery.usecases.paying import CARD, pay_order

WAYS = {
    "online": translatable("Online"),
    "gift_card": translatable("With a gift card"),
}
METHODS = {
    "online": translatable("Online"),
    "gift_card": translatable("Gift card"),
    "cash": translatable("Cash"),
    "store_credit": translatable("Store credit"),
}
STATES = {
    "captured": (translatable("Paid"), "success"),
    "started": (translatable("Begun"), "info"),
    "authorised": (translatable("Set aside"), "info"),
    "unknown": (translatable("Waits for an answer"), "warning"),
    "failed": (translatable("Declined"), "danger"),
    "cancelled": (translatable("Given up"), ""),
    "voided": (translatable("Given up"), ""),
}
LATER = "catch-up"
# What the provider of a demonstration can be told to do.
SCRIPT = (
    ("succeed", translatable("Pay"), "primary"),
    ("decline", translatable("Decline"), "outline-danger"),
    ("late", translatable("Answer late"), "outline-primary"),
    ("twice", translatable("Answer twice"), "outline-primary"),
    ("lost", translatable("Take the money, lose the answer"), "outline-primary"),
)


class Word(Command):
    """What the provider of a demonstration does next."""

    word: Literal["succeed", "decline", "late", "twice", "lost", "catch-up"] = Field(
        "succeed", title=translatable("What happens")
    )


@bp.app_template_filter("payment_method")
def payment_method(method: str) -> str:
    """Return in words how something was paid."""
    return _(METHODS[method]) if method in METHODS else method


@bp.app_template_filter("payment_state")
def payment_state(state: str) -> tuple[str, str]:
    """Return in words what has become of a payment, and the tone of its tag."""
    word, tone = STATES[state]
    return _(word), tone


@bp.get("/orders/<number>/pay")
@needs("signed-in")
def pay(number: str) -> ResponseReturnValue:
    """Show what is open of one's own order, and offer to pay it."""
    return _offered(number, "")


@bp.post("/orders/<number>/pay")
@rated("expensive")
@needs("signed-in")
def pay_now(number: str) -> ResponseReturnValue:
    """Pay one's own order or a part of it."""
    return _pay(number, "")


@bp.get("/orders/<number>/pay/<id>")
@needs("signed-in")
def paying(number: str, id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Show a payment that was begun, where the provider is asked for it."""
    return _begun(number, "", id)


@bp.post("/orders/<number>/pay/<id>")
@rated("expensive")
@needs("signed-in")
def go_on(number: str, id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Let the provider take the money."""
    return _go_on(number, "", id)


@bp.get("/orders/<number>/with/<token>/pay")
@needs("public")
def guest_pay(number: str, token: str) -> ResponseReturnValue:
    """Show a guest what is open of their order, and offer to pay it."""
    return _offered(number, token)


@bp.post("/orders/<number>/with/<token>/pay")
@rated("expensive")
@needs("public")
def guest_pay_now(number: str, token: str) -> ResponseReturnValue:
    """Pay a guest's order or a part of it."""
    return _pay(number, token)


@bp.get("/orders/<number>/with/<token>/pay/<id>")
@needs("public")
def guest_paying(number: str, token: str, id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Show a guest a payment that was begun."""
    return _begun(number, token, id)


@bp.post("/orders/<number>/with/<token>/pay/<id>")
@rated("expensive")
@needs("public")
def guest_go_on(number: str, token: str, id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Let the provider take a guest's money."""
    return _go_on(number, token, id)


def _offered(number: str, token: str) -> str:
    found = _money(number, token)
    return _page(found, token, _form(found))


def _pay(number: str, token: str) -> ResponseReturnValue:
    found = _money(number, token)
    form = _form(found)
    wish = form.read()
    if wish is None:
        return _page(found, token, form), UNREADABLE
    asked = PayOrder(number=number, guest=token, **wish.model_dump())
    try:
        with acting(once=form.once) as ctx:
            paid = pay_order(ctx, asked)
    except payments.CardUnknown as error:
        form.refuse({"card": sentence(error)})
        return _page(found, token, form), UNREADABLE
    except DomainError as error:
        form.refuse({"": sentence(error)})
        return _page(_money(number, token), token, form), status_of(error)
    if paid.method == CARD:
        _say_paid(paid)
        return redirect(_url("pay", number, token), 303)
    return redirect(_url("paying", number, token, payment=paid.id), 303)


def _begun(number: str, token: str, payment: str) -> ResponseReturnValue:
    found, one = _chosen(number, token, payment)
    if not one.waits:
        return redirect(_url("pay", number, token), 303)
    scripted = _scripted() is not None
    return render_template(
        "grocery/paying.html",
        money=found,
        payment=one,
        script=[(word, _(title), tone) for word, title, tone in SCRIPT] if scripted else [],
        late=LATER if scripted else "",
        here=_url("paying", number, token, payment=payment),
        back_url=_url("pay", number, token),
    )


def _go_on(number: str, token: str, payment: str) -> ResponseReturnValue:
    wish = posted(Word)
    _found, one = _chosen(number, token, payment)
    provider = _scripted()
    if wish.word == LATER and provider is not None:
        provider.catch_up()
        _pass_on(provider)
    elif one.can_go_on:
        if provider is not None:
            provider.follow(wish.word)
        here = town()
        wished = AskProvider(payment=payment)
        asking.ask(here.working, here.engines.at(payments.PROVIDER), wished)
        here.bell.set()
        if provider is not None and wish.word != "lost":
            _pass_on(provider)
    _say(_chosen(number, token, payment)[1])
    return redirect(_url("paying", number, token, payment=payment), 303)


def _pass_on(provider: payments.ScriptedProvider) -> None:
    """Take in what the provider of a demonstration tells, as its messages would arrive."""
    for body, signature in provider.messages():
        with acting() as ctx:
            asking.hear_provider(ctx, ProviderMessage(body=body, signature=signature))


def _scripted() -> payments.ScriptedProvider | None:
    """Return the provider of a demonstration; a real town has none."""
    provider = town().engines.at(payments.PROVIDER)
    if town().settings.demo and isinstance(provider, payments.ScriptedProvider):
        return provider
    return None


def _say_paid(paid: Paid) -> None:
    flash(_("%(amount)s is paid.", amount=money(paid.amount_minor, paid.currency)), "success")


def _say(one: OrderPayment) -> None:
    if one.state == "captured":
        flash(_("%(amount)s is paid.", amount=money(one.captured_minor, one.currency)), "success")
    elif one.state == "cancelled":
        flash(_("This payment was given up, since less of the order is open now."), "warning")
    elif not one.waits:
        flash(_(payments.Declined.message), "danger")


def _money(number: str, token: str) -> OrderMoney:
    with looking() as ctx:
        return my_money(ctx, read(MyOrder, {"number": number, "guest": token}))


def _chosen(number: str, token: str, payment: str) -> tuple[OrderMoney, OrderPayment]:
    found = _money(number, token)
    one = next((each for each in found.payments if each.id == payment), None)
    if one is None:
        raise payments.UnknownPayment
    return found, one


def _form(found: OrderMoney) -> CommandForm[HowToPay]:
    values = {"amount": looks.typed_amount(found.payable_minor, found.currency)}
    ways = [(way, _(title)) for way, title in WAYS.items()]
    return CommandForm(HowToPay, choices={"way": ways}, values=values)


def _page(found: OrderMoney, token: str, form: CommandForm[HowToPay]) -> str:
    number = found.number
    going_on = [(one, _url("paying", number, token, payment=one.id)) for one in found.payments]
    return render_template(
        "grocery/pay.html",
        money=found,
        form=form,
        here=_url("pay", number, token),
        order_url=_url("order", number, token),
        going_on=[(one, url) for one, url in going_on if one.waits],
    )


def _url(page: str, number: str, token: str, *, payment: str | None = None) -> str:
    """Return the address of a page of an order: that of its member, or with the link of a guest."""
    name = f"grocery.guest_{page}" if token else f"grocery.{page}"
    return url_for(name, number=number, token=token or None, id=payment)

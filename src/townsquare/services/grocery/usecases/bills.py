"""Invoices of suppliers: compared with order and delivery, accepted, and paid."""

from townsquare.blocks import catalogue, payments, purchasing
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.bills import (
    AcceptPrice,
    EnterInvoice,
    FundBank,
    PayInvoices,
)
from townsquare.services.grocery.commands.fields import must_be_meant
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.results.bills import (
    DifferenceTold,
    Funded,
    PaidInvoices,
    WrittenInvoice,
)

MATCH, PAY = "grocery.purchase.match", "grocery.purchase.pay"
BANK, OWNER = "bank", "owner"


@use_case("grocery.invoice.enter", permission=MATCH)
def enter_invoice(ctx: Context, wish: EnterInvoice) -> WrittenInvoice:
    """Compare an invoice with what was ordered and has come; the same number corrects it."""
    must_be_meant(wish.issued_on)
    must_be_meant(wish.due_on)
    shop = our_shop(ctx)
    lines = tuple(
        purchasing.Billed(line.position, line.qty, _amount(shop, line.amount))
        for line in wish.lines
    )
    paper = purchasing.Paper(
        wish.number, wish.issued_on, wish.due_on, lines, _amount(shop, wish.tax)
    )
    return _written(purchasing.match_invoice(ctx, shop, wish.id, paper=paper))


@use_case("grocery.invoice.accept", permission=MATCH)
def accept_price(ctx: Context, wish: AcceptPrice) -> WrittenInvoice:
    """Match an invoice that differs in its prices alone, for a reason that others can read."""
    told = purchasing.accept_price(ctx, our_shop(ctx), wish.id, reason=wish.reason)
    return _written(told)


@use_case("grocery.invoice.pay", permission=PAY)
def pay_invoices(ctx: Context, wish: PayInvoices) -> PaidInvoices:
    """Pay invoices that agree out of the bank account, all of them or none."""
    shop = our_shop(ctx)
    # In one order, so that two who pay at once do not wait for each other.
    paid = [purchasing.pay_supplier(ctx, shop, each) for each in sorted(set(wish.invoices))]
    total = sum(one.total_minor for one in paid)
    day = max(one.paid_on for one in paid if one.paid_on)
    return PaidInvoices(len(paid), total, shop.currency, day)


@use_case("grocery.books.fund", permission=PAY)
def fund_bank(ctx: Context, wish: FundBank) -> Funded:
    """Note that the owner has put money into the bank account of the shop."""
    shop = our_shop(ctx)
    amount = catalogue.price_typed(wish.amount, shop.currency)
    if amount <= 0:
        raise payments.BadAmount
    money = payments.Shop(shop.code, shop.currency, zone=shop.zone)
    lines = {BANK: amount, OWNER: -amount}
    payments.post_entry(ctx, money, lines=lines, memo=wish.memo, key=new_id())
    return Funded(amount, shop.currency)


def _amount(shop: catalogue.Shop, typed: str | None) -> int:
    return catalogue.price_typed(typed, shop.currency) if typed else 0


def _written(told: purchasing.Invoice) -> WrittenInvoice:
    differences = [
        DifferenceTold(one.position, one.what, one.expected, one.billed) for one in told.differences
    ]
    return WrittenInvoice(
        told.id, told.number, told.state, told.total_minor, told.currency, differences
    )

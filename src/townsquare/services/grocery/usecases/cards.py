"""Gift cards: sold for cash, looked up by their code, blocked when one was lost."""

from townsquare.blocks import catalogue, payments
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.cards import BlockCard, SellCard, SellCodedCard
from townsquare.services.grocery.commands.fields import must_be_meant
from townsquare.services.grocery.models.cards import told_card
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.models.paying import books_of
from townsquare.services.grocery.models.tills import cash_box
from townsquare.services.grocery.results.cards import CardSold, CardTold

COUNTER = "counter"  # Who buys a card at the counter need not say who they are.
CASH = "cash"
ISSUE = "grocery.gift-card.issue"


@use_case("grocery.gift-card.sell", permission=ISSUE)
def sell_gift_card(ctx: Context, wish: SellCard) -> CardSold:
    """Take cash and give a card for it; its code is told here and never again."""
    must_be_meant(wish.expires_on)
    shop = our_shop(ctx)
    box, key = cash_box(ctx, shop), f"gift-card:{new_id()}"
    amount = catalogue.price_typed(wish.amount, shop.currency)
    paid = payments.record_payment(
        ctx,
        box.books,
        party=COUNTER,
        method=CASH,
        amount_minor=amount,
        key=key,
        payer=payments.Payer(wish.name),
        shift=box.shift,
    )
    made = payments.issue_gift_card(
        ctx,
        box.books,
        amount_minor=amount,
        key=key,
        payment=paid.id,
        expires_on=wish.expires_on,
        code=wish.code if isinstance(wish, SellCodedCard) else "",
    )
    card = made.card
    return CardSold(card.id, made.code, amount, card.currency, card.expires_on, paid.number)


@use_case("grocery.gift-card.block", permission=ISSUE)
def block_gift_card(ctx: Context, wish: BlockCard) -> CardTold:
    """Let nobody pay with a card any more; its money stays on it."""
    books = books_of(our_shop(ctx))
    return told_card(payments.block_gift_card(ctx, books, wish.id, reason=wish.reason))

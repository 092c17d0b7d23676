"""What is left on a gift card: for whoever has its code, and for the staff."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from townsquare.blocks import payments
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.cards import LookUpCard
from townsquare.services.grocery.models.cards import told_card
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.models.paying import books_of
from townsquare.services.grocery.results.cards import CardLeft, CardSold, CardTold

ISSUE = "grocery.gift-card.issue"
FRESH = timedelta(minutes=2)  # Long enough for a second press.


@query("grocery.gift-card.find", permission=ISSUE)
def find_card(ctx: Context, wish: LookUpCard) -> CardTold:
    """Return a card by its code, also one that is blocked or past its day."""
    return told_card(payments.gift_card_of(ctx, books_of(our_shop(ctx)), wish.code))


@query("grocery.gift-card.again", permission=ISSUE)
def fresh_card(ctx: Context, wish: LookUpCard) -> CardSold:
    """Return a card that was sold a moment ago, for who has lost the page with its code."""
    card = payments.gift_card_of(ctx, books_of(our_shop(ctx)), wish.code)
    if card.blocked or ctx.now() - card.made_at > FRESH:
        raise payments.CardUnknown
    return CardSold(card.id, wish.code, card.balance_minor, card.currency, card.expires_on, "")


@query("grocery.gift-card.check", permission="public")
def check_card(ctx: Context, wish: LookUpCard) -> CardLeft:
    """Return what is left on a card; one that cannot be used is like one that never was."""
    shop = our_shop(ctx)
    card = payments.gift_card_of(ctx, books_of(shop), wish.code)
    today = ctx.now().astimezone(ZoneInfo(shop.zone)).date()
    if card.blocked or (card.expires_on is not None and card.expires_on < today):
        raise payments.CardUnknown
    return CardLeft(card.balance_minor, card.currency, card.expires_on)

"""Gift cards as the staff sees them."""

from townsquare.blocks import payments
from townsquare.services.grocery.results.cards import CardTold


def told_card(card: payments.GiftCard) -> CardTold:
    """Return a card as the staff sees it."""
    return CardTold(card.id, card.balance_minor, card.currency, card.expires_on, card.blocked)

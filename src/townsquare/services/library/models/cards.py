"""What to say when a card is scanned that no reader carries."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from townsquare.core.errors import DomainError
from townsquare.services.library.errors import CardReplaced, UnknownPatron
from townsquare.services.library.models.lending import CardRow


def no_reader(db: Session, card: str) -> DomainError:
    """Return why a card opens nothing: it was replaced, or nobody knows it."""
    old = db.scalar(select(CardRow).where(CardRow.number == card))
    if old is None:
        return UnknownPatron(card=card)
    return CardReplaced(card=card, day=old.replaced_at.date().isoformat(), why=old.why)

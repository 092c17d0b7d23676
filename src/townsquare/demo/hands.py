"""The cast at work in the shop: each act is done by the one of them whose work it is."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import select

from townsquare.blocks import catalogue
from townsquare.core.errors import DomainError
from townsquare.core.town import Town
from townsquare.core.usecase import Actor, Command, Context
from townsquare.demo.people import actor_of

Wish = TypeVar("Wish", bound=Command)
Told = TypeVar("Told")


class Hands:
    """Does what people of the cast wish; what the rules refuse does not happen, as in life."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self._known: dict[str, Actor] = {}

    def who(self, given: str) -> Actor:
        """Return the one of the cast with this given name."""
        if given not in self._known:
            self._known[given] = actor_of(self.town, given)
        return self._known[given]

    def product(self, code: str) -> str:
        """Return the id of the product with this code."""
        chosen = select(catalogue.VARIANT.public_id).where(catalogue.VARIANT.code == code)
        with self.town.sessions() as db:
            return db.scalars(chosen).one()

    def do(
        self,
        who: str | Actor,
        act: Callable[[Context, Wish], Told],
        kind: type[Wish],
        /,
        **told: object,
    ) -> Told | None:
        """Do one thing, told in the words of its wish; return what came of it, if it was done."""
        actor = self.who(who) if isinstance(who, str) else who
        try:
            with self.town.working(actor) as ctx:
                return act(ctx, kind.model_validate(told))
        except DomainError:
            return None

    def ask(
        self,
        who: str | Actor,
        look: Callable[[Context, Wish], Told],
        kind: type[Wish],
        /,
        **told: object,
    ) -> Told:
        """Return what somebody sees who asks so."""
        actor = self.who(who) if isinstance(who, str) else who
        with self.town.working(actor, reads=True) as ctx:
            return look(ctx, kind.model_validate(told))

"""What elections do after they have committed: they tell people what concerns them."""

from collections.abc import Mapping
from typing import Any

from townsquare.core.manifest import Listener
from townsquare.core.usecase import Context
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.notices import TellVoters
from townsquare.services.elections.usecases.notices import SEND, tell_parts, tell_voters


def tell_of_roll(ctx: Context, facts: Mapping[str, Any]) -> None:
    """Tell voters that they are on a roll; a draft, of which nobody knows, tells nothing."""
    tell_voters(ctx, TellVoters(id=facts["election"], kind="registered"))


def tell_of_closing(ctx: Context, facts: Mapping[str, Any]) -> None:
    """Tell voters that the count begins, and its people what is asked of them."""
    tell_voters(ctx, TellVoters(id=facts["election"], kind="closed"))
    tell_parts(ctx, Chosen(id=facts["election"]))


def tell_of_result(ctx: Context, facts: Mapping[str, Any]) -> None:
    """Tell voters where the result stands."""
    tell_voters(ctx, TellVoters(id=facts["election"], kind="counted"))


def tell_of_parts(ctx: Context, facts: Mapping[str, Any]) -> None:
    """Tell those who have a part in an election what is asked of them."""
    tell_parts(ctx, Chosen(id=facts["election"]))


_TELL = frozenset({SEND})
LISTENERS = (
    Listener("elections.ElectionFrozen", tell_of_roll, _TELL),
    Listener("elections.BoardClosed", tell_of_closing, _TELL),
    *(
        Listener(f"elections.{event}", tell_of_result, _TELL)
        for event in ("PollCounted", "BoardCounted", "CountClosed")
    ),
    *(
        Listener(f"elections.{event}", tell_of_parts, _TELL)
        for event in ("PartsGiven", "CeremonyMoved", "CeremonyAborted", "RollChanged", "SeedShown")
    ),
)

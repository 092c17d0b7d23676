"""Who watches this process: nobody, unless the settings name an address for it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from townsquare.core.db import watch_statements
from townsquare.core.live.hub import Hub
from townsquare.core.town import Town
from townsquare.core.tracing import Tracer
from townsquare.core.watching import WATCHERS, Slowest

if TYPE_CHECKING:
    from townsquare.core.metrics import Board


@dataclass
class Watch:
    """What was begun for this process; stop() ends it."""

    board: "Board | None" = None
    tracer: Tracer | None = None

    def stop(self) -> None:
        """Watch no more."""
        WATCHERS.clear()
        if self.tracer:
            self.tracer.stop()
        if self.board:
            self.board.stop()


def watch(town: Town, hub: Hub | None = None) -> Watch:
    """Begin to watch this process as its settings say."""
    begun = Watch()
    if town.settings.metrics:
        from townsquare.core.metrics import Metrics, board_for  # noqa: PLC0415 (Prometheus)

        metrics = Metrics(town, hub)
        WATCHERS.extend([metrics, Slowest()])
        begun.board = board_for(town.settings.metrics, metrics)
    if town.settings.traces:
        begun.tracer = Tracer(town.settings.traces)
        WATCHERS.append(begun.tracer)
    if WATCHERS:
        watch_statements(town.database)
    return begun

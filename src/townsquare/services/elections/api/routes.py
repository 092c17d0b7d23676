"""All calls of programs: each module is imported for the routes that it adds."""

from townsquare.services.elections.api import (
    board,
    bp,
    counts,
    deciding,
    founding,
    nominations,
    office,
    returns,
    voting,
)

CALLS = (office, returns, voting, board, counts, founding, deciding, nominations)

__all__ = ["CALLS", "bp"]

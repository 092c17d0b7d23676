"""Elections in the shared GraphQL schema: what everybody reads, and returns for their officers.

Nothing is changed here, and nobody votes here: a vote leaves no line.
"""

from townsquare.core.web.graph import Graph, Link
from townsquare.services.elections.queries import board, elections, linked, results, returns, totals

graph = Graph(
    queries={
        "elections": elections.find_elections,
        "election": elections.read_election,
        "contests": linked.contests_of_elections,
        "candidates": linked.candidates_of_elections,
        "results": results.read_result,
        "totals": totals.read_totals,
        "returns": returns.find_returns,
        "boardEntries": board.read_board,
    },
    links={
        "ElectionLine.contests": Link(linked.contests_of_elections, "id", "election"),
        "ElectionLine.candidates": Link(linked.candidates_of_elections, "id", "election"),
        "Election.candidates": Link(linked.candidates_of_elections, "id", "election"),
    },
)

"""Elections and votes for programs. A vote is never kept under an Idempotency-Key."""

from townsquare.core.web.api import offer
from townsquare.services.elections.api import bp
from townsquare.services.elections.queries import booth, counts, elections, results, turnout
from townsquare.services.elections.usecases.casting import cast_ballot

offer(bp, "GET /", elections.find_elections)
offer(bp, "GET /<id>", elections.read_election)
offer(bp, "GET /<id>/ballot", elections.read_paper)
offer(bp, "PUT /<id>/ballot", cast_ballot)
offer(bp, "GET /<id>/results", results.read_result, not_yet=True)
offer(bp, "GET /<id>/receipts/<receipt>", results.find_receipt, not_yet=True)
offer(bp, "GET /<id>/credentials/<credential>", booth.read_hand)
offer(bp, "GET /<id>/turnout", turnout.read_turnout, not_yet=True)
offer(bp, "POST /counts/lookup", counts.count_votes, not_yet=True)

"""Counts for programs: rounds with their reasons, and the canonical table."""

from townsquare.core.web.api import offer
from townsquare.services.elections.api import bp
from townsquare.services.elections.queries.rounds import read_rounds, read_table

offer(bp, "GET /<id>/rounds/<contest>", read_rounds, not_yet=True)
offer(bp, "GET /<id>/tables/<contest>", read_table, not_yet=True)

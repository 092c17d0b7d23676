"""Figures of the shop for programs: as JSON, or as the file that Accept names."""

from townsquare.core.web.api import offer
from townsquare.services.grocery.api import bp
from townsquare.services.grocery.queries.reports import read_report

offer(bp, "GET /reports/<name>", read_report)

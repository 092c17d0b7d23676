"""Precincts, returns and totals of paper elections, for programs."""

from townsquare.core.web.api import offer
from townsquare.services.elections.api import bp
from townsquare.services.elections.queries import returns, totals
from townsquare.services.elections.usecases import (
    approving,
    closing_count,
    precincts,
    replaying,
    returning,
)

OF_RETURN = "/<id>/returns/<precinct>/<contest>"

offer(bp, "GET /<id>/precincts", returns.find_precincts)
offer(bp, "POST /<id>/precinct-list/check", precincts.check_precincts, rate="expensive")
offer(bp, "POST /<id>/precinct-list/import", precincts.import_precincts, rate="expensive")
offer(bp, "DELETE /<id>/precincts/<precinct>", precincts.remove_precinct)
offer(bp, "POST /<id>/officers", precincts.appoint_officer, status=201)
offer(bp, "POST /<id>/officers/dismissal", precincts.dismiss_officer)
offer(bp, "GET /precincts", returns.find_own_work)
offer(bp, "GET /precincts/<precinct>/duties", returns.read_duties)
offer(bp, "GET /<id>/returns", returns.find_returns)
offer(bp, f"GET {OF_RETURN}", returns.read_return)
offer(bp, f"PUT {OF_RETURN}", returning.enter_return)
offer(bp, f"POST {OF_RETURN}/submission", returning.submit_return, status=201)
offer(bp, f"POST {OF_RETURN}/approvals", approving.approve_return, status=201)
offer(bp, f"POST {OF_RETURN}/returning", approving.send_back_return, status=201)
offer(bp, "POST /<id>/returns/approvals", approving.approve_clean)
offer(bp, "POST /drafts/from-returns", replaying.draft_from_returns, status=201, rate="expensive")
offer(bp, "POST /<id>/returns/import", replaying.import_returns, rate="expensive")
offer(bp, "POST /<id>/returns/comparison", replaying.compare_totals, rate="expensive")
offer(bp, "POST /<id>/count/closing", closing_count.close_count)
offer(bp, "GET /<id>/reconciliation", totals.reconcile)
offer(bp, "GET /<id>/totals", totals.read_totals, not_yet=True)
offer(bp, "GET /<id>/counts", totals.find_counts, not_yet=True)
offer(bp, "GET /<id>/tally", totals.read_tally, not_yet=True)

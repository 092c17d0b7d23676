"""The desk, the queue and the counter for programs."""

from townsquare.core.web.api import offer
from townsquare.services.library.api import bp
from townsquare.services.library.queries import rules
from townsquare.services.library.queries.calendars import read_calendar
from townsquare.services.library.queries.cards import old_cards
from townsquare.services.library.queries.charges import charges_of_patron
from townsquare.services.library.queries.fetching import find_on_shelves
from townsquare.services.library.queries.holds import find_holds
from townsquare.services.library.queries.loans import find_loans, loans_of_patron, read_loan
from townsquare.services.library.queries.mine import my_library
from townsquare.services.library.queries.patrons import find_patrons, read_patron
from townsquare.services.library.queries.tariffs import find_tariffs
from townsquare.services.library.queries.wishes import my_past_loans, my_wishes
from townsquare.services.library.usecases import (
    desk,
    holds,
    loans,
    patrons,
    policies,
    returns,
    trying,
)
from townsquare.services.library.usecases.wishes import set_wishes

offer(bp, "GET /loans", find_loans)
offer(bp, "POST /loans", desk.borrow_copy, status=201, once=True)
offer(bp, "GET /loans/<id>", read_loan)
offer(bp, "POST /loans/<id>/renewal", loans.renew_loan)
offer(bp, "POST /loans/<id>/recall", loans.recall_loan)
offer(bp, "POST /returns", returns.return_copy)
offer(bp, "POST /copies/<barcode>/loss", loans.declare_lost)
offer(bp, "POST /copies/<barcode>/finding", loans.declare_found)
offer(bp, "POST /copies/<barcode>/missing", loans.mark_missing)
offer(bp, "POST /copies/<barcode>/damage", loans.mark_damaged)
offer(bp, "POST /copies/<barcode>/mending", loans.mark_mended)

offer(bp, "GET /holds", find_holds)
offer(bp, "POST /holds", holds.place_hold, status=201, once=True)
offer(bp, "DELETE /holds/<id>", holds.cancel_hold)
offer(bp, "POST /holds/expiry", holds.expire_holds)

offer(bp, "GET /fetching", find_on_shelves)
offer(bp, "POST /copies/<barcode>/fetching", returns.fill_hold)

offer(bp, "GET /me", my_library)
offer(bp, "POST /me/holds", holds.place_my_hold, status=201, once=True)
offer(bp, "PATCH /me/holds/<id>", holds.suspend_hold)
offer(bp, "DELETE /me/holds/<id>", holds.cancel_my_hold)
offer(bp, "GET /me/wishes", my_wishes)
offer(bp, "PUT /me/wishes", set_wishes)
offer(bp, "GET /me/past-loans", my_past_loans)
offer(bp, "POST /me/loans/<id>/renewal", loans.renew_my_loan)

offer(bp, "GET /patrons", find_patrons)
offer(bp, "POST /patrons", patrons.register_patron, status=201, once=True)
offer(bp, "GET /patrons/<id>", read_patron)
offer(bp, "PATCH /patrons/<id>", patrons.change_patron)
offer(bp, "GET /patrons/<id>/cards", old_cards)
offer(bp, "POST /patrons/<id>/cards", patrons.replace_card, status=201, once=True)
offer(bp, "DELETE /patrons/<id>", patrons.close_patron, status=204)
offer(bp, "GET /patrons/<id>/loans", loans_of_patron)
offer(bp, "GET /patrons/<id>/charges", charges_of_patron)

offer(bp, "GET /rules", rules.rules_in_force)
offer(bp, "POST /rules", policies.publish_rules, status=201)
offer(bp, "POST /rules/dry-run", trying.try_rules)
offer(bp, "GET /rules/explain", rules.explain_rule)
offer(bp, "GET /tariffs", find_tariffs)
offer(bp, "POST /tariffs", policies.set_tariff, status=201)
offer(bp, "GET /calendar", read_calendar)
offer(bp, "PUT /calendar", policies.set_calendar)
offer(bp, "PUT /hours", policies.set_hours)

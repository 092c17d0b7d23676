"""The library in the shared GraphQL schema: the same acts as on its pages, nested by links."""

from townsquare.core.web.graph import Graph, Link
from townsquare.services.library.queries import documents, linked, money
from townsquare.services.library.queries.authorities import find_branches
from townsquare.services.library.queries.holds import find_holds
from townsquare.services.library.queries.loans import find_loans, loans_of_patrons, read_loan
from townsquare.services.library.queries.mine import my_library
from townsquare.services.library.queries.patrons import find_patrons, read_patron
from townsquare.services.library.usecases import charges, desk, holds, loans, refunds, returns

graph = Graph(
    queries={
        "documents": documents.search_documents,
        "document": documents.read_document,
        "branches": find_branches,
        "myLibrary": my_library,
        "loans": find_loans,
        "loan": read_loan,
        "holds": find_holds,
        "patrons": find_patrons,
        "patron": read_patron,
        "charges": money.find_charges,
        "charge": money.read_charge,
        "payments": money.find_payments,
        "receipt": money.read_receipt,
        "myCharges": money.my_charges,
        "myPayments": money.my_payments,
        "myReceipt": money.my_receipt,
    },
    mutations={
        "borrowCopy": desk.borrow_copy,
        "returnCopy": returns.return_copy,
        "renewLoan": loans.renew_loan,
        "renewMyLoan": loans.renew_my_loan,
        "recallLoan": loans.recall_loan,
        "placeHold": holds.place_hold,
        "placeMyHold": holds.place_my_hold,
        "suspendMyHold": holds.suspend_hold,
        "cancelHold": holds.cancel_hold,
        "cancelMyHold": holds.cancel_my_hold,
        "takePayment": charges.take_payment,
        "refundPayment": refunds.refund_payment,
        "waiveCharge": charges.waive_charge,
    },
    links={
        "DocumentLine.holdings": Link(linked.holdings_of_documents, "id", "document"),
        "LoanLine.document": Link(linked.documents_by_ids, "document", "id", one=True),
        "Hold.document": Link(linked.documents_by_ids, "document", "id", one=True),
        "Patron.loans": Link(loans_of_patrons, "card", "card"),
        "Patron.charges": Link(money.charges_of_patrons, "card", "card"),
        "Patron.holds": Link(linked.holds_of_patrons, "card", "card"),
    },
)

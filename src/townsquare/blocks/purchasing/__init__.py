"""Suppliers, purchases from wish to paid invoice, and what stock is worth, for every shop.

`value_moves` tells the ledger what has moved; a job of the service calls it until it returns 0.
`WAITING` are the moves that it was not told yet.
"""

from townsquare.blocks.purchasing import invariants
from townsquare.blocks.purchasing.errors import (
    BadAccount,
    BadCost,
    BadPurchase,
    BadSupplier,
    BelowMinimum,
    FreightKnown,
    NotApproved,
    NoteKnown,
    NotOffered,
    OverReceived,
    ReasonNeeded,
    RequestTaken,
    SelfApproval,
    SupplierTaken,
    TaxDiffers,
    UnknownInvoice,
    UnknownLine,
    UnknownLot,
    UnknownPurchase,
    UnknownReceipt,
    UnknownRequest,
    UnknownSupplier,
    Unmatched,
    WrongState,
)
from townsquare.blocks.purchasing.models import (
    InvoiceLineRow,
    InvoiceRow,
    LandedCostRow,
    LineRow,
    LotValueRow,
    MoveValueRow,
    OfferRow,
    PurchaseRow,
    ReceiptLineRow,
    ReceiptRow,
    RequestRow,
    SupplierRow,
    WaitingMoveRow,
)
from townsquare.blocks.purchasing.queries import (
    bank_account_of,
    invoice_of,
    invoices_of,
    lot_values_of,
    offers_of,
    purchase_of,
    purchases_of,
    receipts_of,
    requests_of,
    supplier_of,
    suppliers_of,
    supply_of,
)
from townsquare.blocks.purchasing.results import (
    Arrival,
    Billed,
    Comparison,
    Contact,
    Difference,
    FreightPaper,
    GoodsReceipt,
    Invoice,
    LotValue,
    Offer,
    Paper,
    Purchase,
    PurchaseLine,
    ReceiptLine,
    Request,
    Supplier,
    Wish,
)
from townsquare.blocks.purchasing.rules import value_of
from townsquare.blocks.purchasing.usecases.freight import bill_freight
from townsquare.blocks.purchasing.usecases.invoices import (
    accept_price,
    compare_invoice,
    match_invoice,
    pay_supplier,
)
from townsquare.blocks.purchasing.usecases.landed import add_landed_cost
from townsquare.blocks.purchasing.usecases.leaving import PERSONAL
from townsquare.blocks.purchasing.usecases.orders import (
    cancel_order,
    close_order,
    confirm_order,
    order_goods,
    request_goods,
    send_order,
    withdraw_request,
)
from townsquare.blocks.purchasing.usecases.receipts import receive_order
from townsquare.blocks.purchasing.usecases.suppliers import (
    apply_supplier,
    approve_supplier,
    offer_goods,
    refuse_supplier,
    revise_supplier,
    suspend_supplier,
)
from townsquare.blocks.purchasing.usecases.values import value_moves

SUPPLIER = SupplierRow
OFFER = OfferRow
REQUEST = RequestRow
ORDER = PurchaseRow
ORDER_LINE = LineRow
RECEIPT = ReceiptRow
RECEIPT_LINE = ReceiptLineRow
INVOICE = InvoiceRow
INVOICE_LINE = InvoiceLineRow
LANDED_COST = LandedCostRow
LOT_VALUE = LotValueRow
MOVE_VALUE = MoveValueRow
WAITING = WaitingMoveRow
INVARIANTS = invariants.ALL

__all__ = [
    "INVARIANTS",
    "INVOICE",
    "INVOICE_LINE",
    "LANDED_COST",
    "LOT_VALUE",
    "MOVE_VALUE",
    "OFFER",
    "ORDER",
    "ORDER_LINE",
    "PERSONAL",
    "RECEIPT",
    "RECEIPT_LINE",
    "REQUEST",
    "SUPPLIER",
    "WAITING",
    "Arrival",
    "BadAccount",
    "BadCost",
    "BadPurchase",
    "BadSupplier",
    "BelowMinimum",
    "Billed",
    "Comparison",
    "Contact",
    "Difference",
    "FreightKnown",
    "FreightPaper",
    "GoodsReceipt",
    "Invoice",
    "LotValue",
    "NotApproved",
    "NotOffered",
    "NoteKnown",
    "Offer",
    "OverReceived",
    "Paper",
    "Purchase",
    "PurchaseLine",
    "ReasonNeeded",
    "ReceiptLine",
    "Request",
    "RequestTaken",
    "SelfApproval",
    "Supplier",
    "SupplierTaken",
    "TaxDiffers",
    "UnknownInvoice",
    "UnknownLine",
    "UnknownLot",
    "UnknownPurchase",
    "UnknownReceipt",
    "UnknownRequest",
    "UnknownSupplier",
    "Unmatched",
    "Wish",
    "WrongState",
    "accept_price",
    "add_landed_cost",
    "apply_supplier",
    "approve_supplier",
    "bank_account_of",
    "bill_freight",
    "cancel_order",
    "close_order",
    "compare_invoice",
    "confirm_order",
    "invoice_of",
    "invoices_of",
    "lot_values_of",
    "match_invoice",
    "offer_goods",
    "offers_of",
    "order_goods",
    "pay_supplier",
    "purchase_of",
    "purchases_of",
    "receipts_of",
    "receive_order",
    "refuse_supplier",
    "request_goods",
    "requests_of",
    "revise_supplier",
    "send_order",
    "supplier_of",
    "suppliers_of",
    "supply_of",
    "suspend_supplier",
    "value_moves",
    "value_of",
    "withdraw_request",
]

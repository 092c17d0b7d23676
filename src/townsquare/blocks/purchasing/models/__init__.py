"""Suppliers, orders with what arrived and was billed, and what lots are worth."""

from townsquare.blocks.purchasing.models.invoices import ONE_INVOICE, InvoiceLineRow, InvoiceRow
from townsquare.blocks.purchasing.models.orders import (
    NOT_APPROVED,
    ONE_NOTE,
    RECEIVED_CHECK,
    LineRow,
    PurchaseRow,
    ReceiptLineRow,
    ReceiptRow,
    SeriesRow,
)
from townsquare.blocks.purchasing.models.suppliers import (
    ONE_REQUEST,
    ONE_SUPPLIER,
    TWO_PEOPLE,
    OfferRow,
    RequestRow,
    SupplierRow,
)
from townsquare.blocks.purchasing.models.values import (
    ONE_COST,
    LandedCostRow,
    LotValueRow,
    MoveValueRow,
    WaitingMoveRow,
)

__all__ = [
    "NOT_APPROVED",
    "ONE_COST",
    "ONE_INVOICE",
    "ONE_NOTE",
    "ONE_REQUEST",
    "ONE_SUPPLIER",
    "RECEIVED_CHECK",
    "TWO_PEOPLE",
    "InvoiceLineRow",
    "InvoiceRow",
    "LandedCostRow",
    "LineRow",
    "LotValueRow",
    "MoveValueRow",
    "OfferRow",
    "PurchaseRow",
    "ReceiptLineRow",
    "ReceiptRow",
    "RequestRow",
    "SeriesRow",
    "SupplierRow",
    "WaitingMoveRow",
]

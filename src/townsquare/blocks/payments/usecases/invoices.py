"""Invoices and credit notes: numbered without a gap, and what they say is said for ever."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import select

from townsquare.blocks.payments.errors import OverWaiver, UnknownDocument
from townsquare.blocks.payments.events import DocumentIssued
from townsquare.blocks.payments.models import DocumentRow
from townsquare.blocks.payments.results import Document, InvoiceLine, Payer
from townsquare.blocks.payments.usecases.ledger import Shop, next_number, refuse_nothing
from townsquare.blocks.payments.usecases.payments import NOBODY
from townsquare.core.errors import KeyReused
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context

# What one document says that no other with its key may say; whom it names is forgotten some day.
FACTS = ("amount_minor", "tax_minor", "currency", "refers_to", "due_on", "lines")


def issue_invoice(  # noqa: PLR0913 (each is one fact of the invoice)
    ctx: Context,
    shop: Shop,
    *,
    party: str,
    lines: Sequence[InvoiceLine],
    key: str,
    payer: Payer = NOBODY,
    due_on: date | None = None,
    series: str = "I",
) -> Document:
    """Give out an invoice, once for each key; its number is the next of its series and year."""
    row = _blank(ctx, shop, kind="invoice", party=party, key=key)
    row.snapshot = _said(ctx, shop, lines=lines, payer=payer, due_on=due_on)
    return _known(ctx, row) or _written(ctx, shop, row, series=series)


def issue_credit_note(  # noqa: PLR0913 (each is one fact of the credit note)
    ctx: Context,
    shop: Shop,
    invoice: str,
    *,
    lines: Sequence[InvoiceLine],
    key: str,
    reason: str,
    payer: Payer = NOBODY,
    series: str = "C",
) -> Document:
    """Give out a credit note to an invoice, once for each key; together never more than that."""
    of = _invoice(ctx, shop, invoice)
    row = _blank(ctx, shop, kind="credit_note", party=of.party, key=key)
    row.snapshot = _said(ctx, shop, lines=lines, payer=payer, why=(reason, of.number))
    known = _known(ctx, row)
    if known is not None:
        return known
    left = of.snapshot["amount_minor"] - _credited(ctx, of)
    if sum(line.amount_minor for line in lines) > left:
        raise OverWaiver(open_minor=left, currency=shop.currency)
    return _written(ctx, shop, row, series=series)


def documents_of(ctx: Context, shop: str, *, party: str) -> list[Document]:
    """Return the invoices and credit notes of a party, newest first."""
    chosen = select(DocumentRow).filter_by(shop=shop, party=party)
    chosen = chosen.where(DocumentRow.kind.in_(("invoice", "credit_note")))
    return [row.stated() for row in ctx.db.scalars(chosen.order_by(DocumentRow.id.desc()))]


def _known(ctx: Context, wanted: DocumentRow) -> Document | None:
    """Return the document that was given out with this key; refuse the key of another one."""
    found = ctx.db.scalar(select(DocumentRow).filter_by(shop=wanted.shop, key=wanted.key))
    if found is None:
        return None
    same = all(found.snapshot[fact] == wanted.snapshot[fact] for fact in FACTS)
    if not same or (found.kind, found.party) != (wanted.kind, wanted.party):
        raise KeyReused
    return found.stated()


def _invoice(ctx: Context, shop: Shop, invoice: str) -> DocumentRow:
    """Return an invoice to which nobody else gives out a credit note before we are done."""
    chosen = select(DocumentRow).filter_by(shop=shop.name, public_id=invoice, kind="invoice")
    row = ctx.db.scalar(chosen.with_for_update())
    if row is None:
        raise UnknownDocument
    return row


def _credited(ctx: Context, invoice: DocumentRow) -> int:
    notes = select(DocumentRow.snapshot).filter_by(
        shop=invoice.shop, party=invoice.party, kind="credit_note"
    )
    told = [note for note in ctx.db.scalars(notes) if note["refers_to"] == invoice.number]
    return sum(int(note["amount_minor"]) for note in told)


def _blank(ctx: Context, shop: Shop, *, kind: str, party: str, key: str) -> DocumentRow:
    about = {"shop": shop.name, "party": party, "kind": kind, "key": key}
    return DocumentRow(public_id=new_id(), issued_at=ctx.now(), **about)


def _said(
    ctx: Context,
    shop: Shop,
    *,
    lines: Sequence[InvoiceLine],
    payer: Payer,
    due_on: date | None = None,
    why: tuple[str, str] = ("", ""),
) -> dict[str, Any]:
    amount = sum(line.amount_minor for line in lines)
    refuse_nothing(amount)
    return {
        **asdict(payer),
        "by": ctx.actor.name,
        "amount_minor": amount,
        "tax_minor": sum(line.tax_minor for line in lines),
        "currency": shop.currency,
        "reason": why[0],
        "refers_to": why[1],
        "due_on": due_on.isoformat() if due_on else "",
        "lines": [asdict(line) for line in lines],
    }


def _written(ctx: Context, shop: Shop, row: DocumentRow, *, series: str) -> Document:
    row.number = next_number(
        ctx, series, shop.zone
    )  # As late as can be: others wait for the series.
    ctx.db.add(row)
    ctx.db.flush()
    amount, currency = row.snapshot["amount_minor"], row.snapshot["currency"]
    ctx.emit(DocumentIssued(row.public_id, row.number, row.kind, amount, currency))
    return row.stated()

"""Django's ORM: place a quoted cart, with the same rows written for the order.

No key of the wish is kept, nothing is told to the audit or to the rest of the town.
"""

import json
import os
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.db import models, transaction
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path


def _database(place: str) -> dict[str, Any]:
    if not place.startswith("postgresql"):
        safe = "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        options = {"transaction_mode": "IMMEDIATE", "init_command": safe}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": place, "OPTIONS": options}
    found = urlsplit(place)
    who = {"USER": found.username, "HOST": found.hostname, "PORT": found.port}
    return {"ENGINE": "django.db.backends.postgresql", "NAME": found.path[1:], **who}


settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={"default": {**_database(os.environ["BENCH_DATABASE"]), "CONN_MAX_AGE": None}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="of-the-bench",
    USE_TZ=True,
)
django.setup()
LATER = {"on_delete": models.DO_NOTHING}


def _meta(table: str) -> type:
    return type("Meta", (), {"app_label": "bench", "db_table": table, "managed": False})


class Account(models.Model):
    """Somebody who may sign in."""

    name = models.TextField()
    disabled_at = models.DateTimeField(null=True)
    Meta = _meta("core_account")


class Session(models.Model):
    """A browser in which somebody is signed in."""

    account = models.ForeignKey(Account, **LATER)
    key_hash = models.TextField()
    ended_at = models.DateTimeField(null=True)
    Meta = _meta("core_session")


class Shop(models.Model):
    """A shop."""

    code = models.TextField()
    number_prefix = models.TextField()
    Meta = _meta("catalogue_shop")


class Price(models.Model):
    """A price."""

    variant_id = models.IntegerField()
    list_id = models.IntegerField()
    lot_id = models.IntegerField(null=True)
    amount_minor = models.IntegerField()
    per_qty = models.IntegerField()
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    Meta = _meta("catalogue_price")


class Order(models.Model):
    """A cart, and what becomes of it."""

    public_id = models.TextField()
    version = models.IntegerField()
    shop = models.ForeignKey(Shop, **LATER)
    number = models.TextField(null=True)  # noqa: DJ001 (a cart has none)
    state = models.TextField()
    party = models.TextField()
    guest_token = models.TextField()
    currency = models.TextField()
    wish_from = models.DateTimeField(null=True)
    wish_to = models.DateTimeField(null=True)
    promised_from = models.DateTimeField(null=True)
    promised_to = models.DateTimeField(null=True)
    quote_expires_at = models.DateTimeField(null=True)
    placed_at = models.DateTimeField(null=True)
    Meta = _meta("ordering_order")


class Line(models.Model):
    """A line of an order."""

    order = models.ForeignKey(Order, related_name="lines", **LATER)
    position = models.IntegerField()
    variant_id = models.IntegerField()
    qty = models.IntegerField()
    gross_minor = models.IntegerField()
    net_minor = models.IntegerField()
    tax_minor = models.IntegerField()
    Meta = _meta("ordering_line")


class Hold(models.Model):
    """A hold on goods."""

    owner_kind = models.TextField()
    owner_id = models.TextField()
    state = models.TextField()
    expires_at = models.DateTimeField(null=True)
    Meta = _meta("stock_reservation")


class Series(models.Model):
    """The next number of a shop in a year."""

    shop = models.ForeignKey(Shop, **LATER)
    kind = models.TextField()
    year = models.IntegerField()
    next = models.IntegerField()
    Meta = _meta("ordering_series")


class Charge(models.Model):
    """Money that somebody owes."""

    public_id = models.TextField()
    created_at = models.DateTimeField()
    version = models.IntegerField(default=1)
    shop = models.TextField()
    party = models.TextField()
    source = models.TextField()
    reason = models.TextField(default="order")
    memo = models.TextField()
    key = models.TextField()
    currency = models.TextField()
    amount_minor = models.IntegerField()
    credited_minor = models.IntegerField(default=0)
    allocated_minor = models.IntegerField(default=0)
    Meta = _meta("payments_charge")


class Book(models.Model):
    """An account of the ledger."""

    shop = models.TextField()
    code = models.TextField()
    Meta = _meta("payments_account")


class Entry(models.Model):
    """An entry of the ledger."""

    at = models.DateTimeField()
    kind = models.TextField(default="charge")
    source = models.TextField()
    memo = models.TextField(default="")
    key = models.TextField()
    posted = models.BooleanField(default=False)
    Meta = _meta("payments_entry")


class Posting(models.Model):
    """One side of an entry."""

    entry = models.ForeignKey(Entry, **LATER)
    account = models.ForeignKey(Book, **LATER)
    amount_minor = models.IntegerField()
    Meta = _meta("payments_posting")


class Change(models.Model):
    """A step from state to state."""

    order = models.ForeignKey(Order, **LATER)
    entity = models.TextField()
    entity_id = models.IntegerField()
    from_state = models.TextField()
    to_state = models.TextField()
    event = models.TextField()
    by = models.IntegerField()
    at = models.DateTimeField()
    reason = models.TextField(default="")
    Meta = _meta("ordering_change")


class Work(models.Model):
    """A part of an order on its way to its buyer."""

    public_id = models.TextField()
    created_at = models.DateTimeField()
    version = models.IntegerField(default=1)
    order = models.ForeignKey(Order, **LATER)
    kind = models.TextField(default="pickup")
    state = models.TextField(default="pending")
    window_from = models.DateTimeField(null=True)
    window_to = models.DateTimeField(null=True)
    booking = models.TextField(default="")
    handed_to = models.TextField(default="")
    Meta = _meta("ordering_fulfilment")


class Part(models.Model):
    """So much of a line in a part of an order."""

    fulfilment = models.ForeignKey(Work, **LATER)
    line = models.ForeignKey(Line, **LATER)
    qty = models.IntegerField()
    Meta = _meta("ordering_fulfilment_line")


class Refused(Exception):
    """The cart is not what was seen, or not there any more."""


@transaction.atomic
def place(wish: dict[str, Any], who: Account, key: str) -> dict[str, object]:
    """Place the quoted cart of this key."""
    now, token = datetime.now(UTC), _hashed(key)
    carts = Order.objects.select_related("shop").select_for_update(of=("self",))
    cart = carts.get(shop__code="ogs", party="", guest_token=token, state="quoted")
    lines = list(cart.lines.order_by("position"))
    total, tax = sum(one.net_minor for one in lines), sum(one.tax_minor for one in lines)
    begun = Price.objects.filter(lot_id=None, valid_from__lte=now)
    prices = begun.filter(Q(valid_to=None) | Q(valid_to__gt=now)).order_by("valid_from")
    found = {price.variant_id: price for price in prices.filter(variant_id__in=_goods(lines))}
    dearer = any(_cost(found[one.variant_id], one) > one.gross_minor for one in lines)
    if cart.version != wish["version"] or total > wish["expected_minor"] or dearer:
        raise Refused
    held = Hold.objects.filter(owner_kind="order", owner_id=cart.public_id, state="live")
    kept = held.filter(Q(expires_at=None) | Q(expires_at__gt=now)).update(expires_at=None)
    if kept < len(lines) or cart.quote_expires_at <= now:
        raise Refused
    series = Series.objects.filter(shop=cart.shop, kind="order", year=now.year)
    series.update(next=F("next") + 1)
    prefix = cart.shop.number_prefix or cart.shop.code.upper()
    cart.number = f"{prefix}-{now.year}-{series.get().next - 1:06}"
    _turn(cart, state="placed", placed_at=now)
    _charge(cart, now, total=total, tax=tax)
    _turn(cart, state="confirmed")
    work = Work.objects.create(
        public_id=uuid4().hex,
        created_at=now,
        order=cart,
        window_from=cart.wish_from,
        window_to=cart.wish_to,
    )
    Part.objects.bulk_create(Part(fulfilment=work, line=one, qty=one.qty) for one in lines)
    _note(work, who, now)
    told = {"id": cart.public_id, "number": cart.number, "total_minor": total}
    return {**told, "currency": cart.currency}


def _goods(lines: list[Line]) -> list[int]:
    return [line.variant_id for line in lines]


def _cost(price: Price, line: Line) -> int:
    return int(price.amount_minor * line.qty // price.per_qty)


def _turn(cart: Order, **changes: object) -> None:
    for name, value in changes.items():
        setattr(cart, name, value)
    cart.version += 1
    cart.promised_from, cart.promised_to = cart.wish_from, cart.wish_to
    named = ["number", "version", "promised_from", "promised_to"]
    cart.save(update_fields=[*named, *changes])


def _charge(cart: Order, now: datetime, *, total: int, tax: int) -> None:
    shop, source = cart.shop.code, f"order:{cart.public_id}"
    charge = Charge.objects.create(
        public_id=uuid4().hex,
        created_at=now,
        shop=shop,
        party=f"guest:{cart.guest_token}",
        source=source,
        memo=cart.number,
        key=source,
        currency=cart.currency,
        amount_minor=total,
    )
    entry = Entry.objects.create(at=now, source=shop, key=f"{shop} charge {charge.public_id}")
    amounts = {"receivable": total, "sales": tax - total, "tax-payable": -tax}
    books = Book.objects.filter(shop=shop, code__in=amounts)
    Posting.objects.bulk_create(
        Posting(entry=entry, account=book, amount_minor=amounts[book.code]) for book in books
    )
    entry.posted = True
    entry.save(update_fields=["posted"])


def _note(work: Work, who: Account, now: datetime) -> None:
    cart = work.order
    steps = (
        ("order", cart.pk, "quoted", "placed", "place"),
        ("order", cart.pk, "placed", "confirmed", "accept"),
        ("fulfilment", work.pk, "", "pending", "plan"),
    )
    Change.objects.bulk_create(
        Change(
            order=cart,
            entity=entity,
            entity_id=number,
            from_state=before,
            to_state=after,
            event=event,
            by=who.pk,
            at=now,
        )
        for entity, number, before, after, event in steps
    )


def orders(request: HttpRequest) -> HttpResponse:
    """Place an order for somebody who is signed in."""
    digest = _hashed(request.COOKIES.get("townsquare-session", ""))
    kept = Session.objects.select_related("account")
    found = kept.filter(key_hash=digest, ended_at=None, account__disabled_at=None).first()
    if found is None:
        return HttpResponse(status=401)
    try:
        key = request.headers["X-Cart-Key"]
        return JsonResponse(place(json.loads(request.body), found.account, key), status=201)
    except (Refused, Order.DoesNotExist):
        return HttpResponse(status=409)


def _hashed(key: str) -> str:
    return sha256(key.encode()).hexdigest()


urlpatterns = [path("api/v1/grocery/orders", orders)]


def create_app() -> WSGIHandler:
    """Return the peer."""
    return get_wsgi_application()

"""The ways to the pages of the shop and inside them, each for those to whom it is open."""

from townsquare.core.manifest import Menu
from townsquare.core.words import translatable


def _way(
    icon: str, page: str, title: str, *, to: str = "public", also: tuple[str, ...] = ()
) -> Menu:
    return Menu(icon, f"grocery.{page}", "green", title, to, also)


MENU = _way("basket", "shop", translatable("Order fresh food, and collect it."))
OF_AN_ORDER = (
    "grocery.pick",
    "grocery.instead",
    "grocery.staff_order",
    "grocery.refund",
    "grocery.receipt",
)
OF_PURCHASES = (
    *("grocery.purchase", "grocery.new_purchase", "grocery.receive_purchase"),
    *("grocery.requests", "grocery.new_request", "grocery.freight"),
)
OF_INVOICES = ("grocery.invoice", "grocery.enter_invoice", "grocery.correct_invoice")
OF_SUPPLIERS = (
    *("grocery.new_supplier", "grocery.supplier"),
    *("grocery.edit_supplier", "grocery.supplier_goods"),
)
OF_THE_CART = tuple(
    f"grocery.{page}" for page in ("contact", "way", "collect", "address", "slot", "check")
)
OF_THE_VAN = tuple(f"grocery.{page}" for page in ("new_area", "area", "area_fee", "van_week"))
OF_A_TILL = ("grocery.till",)
# What the desk of the shop shows, part by part; each staff page hangs on one of its ways.
DESK = (
    (
        translatable("Orders"),
        (
            _way(
                "list-check",
                "staff_orders",
                translatable("Orders to do"),
                to="grocery.order.read",
                also=OF_AN_ORDER,
            ),
            _way(
                "users",
                "customers",
                translatable("Customers"),
                to="grocery.customer.read",
                also=("grocery.new_customer", "grocery.customer"),
            ),
            _way(
                "users",
                "people",
                translatable("People of the shop"),
                to="grocery.staff.read",
                also=("grocery.new_colleague", "grocery.colleague"),
            ),
            _way(
                "tag",
                "coupons",
                translatable("Coupons"),
                to="grocery.coupon.edit",
                also=("grocery.new_coupon",),
            ),
            _way(
                "truck",
                "van",
                translatable("Delivery"),
                to="grocery.delivery.edit",
                also=OF_THE_VAN,
            ),
            _way(
                "clock",
                "staff_hours",
                translatable("Opening hours"),
                to="grocery.shop.edit",
                also=("grocery.week", "grocery.new_closing"),
            ),
        ),
    ),
    (
        translatable("Money"),
        (
            _way(
                "coins",
                "tills",
                translatable("Tills"),
                to="grocery.till.operate",
                also=OF_A_TILL,
            ),
            _way(
                "package",
                "returns",
                translatable("Returns"),
                to="grocery.return.decide",
                also=("grocery.staff_return",),
            ),
            _way(
                "arrow-back-up",
                "refunds",
                translatable("Refunds"),
                to="grocery.order.refund",
                also=("grocery.refund_otherwise",),
            ),
            _way("tag", "gift_cards", translatable("Gift cards"), to="grocery.gift-card.issue"),
        ),
    ),
    (
        translatable("Products"),
        (
            _way("package", "products", translatable("Products"), to="grocery.product.edit"),
            _way(
                "file-import",
                "imports",
                translatable("Import products"),
                to="grocery.product.edit",
                also=("grocery.import_run",),
            ),
            _way(
                "clock",
                "markdowns",
                translatable("Cheaper before the date"),
                to="grocery.price.set",
            ),
            _way(
                "tag",
                "shelves",
                translatable("Brands and categories"),
                to="grocery.product.edit",
            ),
        ),
    ),
    (
        translatable("Stock"),
        (
            _way(
                "barcode",
                "receiving",
                translatable("Receive goods"),
                to="grocery.stock.receive",
            ),
            _way("building-warehouse", "stock", translatable("Stock"), to="grocery.stock.view"),
            _way("clock", "lots", translatable("Lots"), to="grocery.stock.view"),
            _way(
                "refresh",
                "reorder",
                translatable("What to order again"),
                to="grocery.stock.reorder",
            ),
            _way("trash", "waste", translatable("Waste"), to="grocery.stock.waste"),
            _way("checkbox", "counts", translatable("Counts"), to="grocery.stock.count"),
            _way("truck", "transfers", translatable("Transfers"), to="grocery.stock.transfer"),
            _way("map-pin", "places", translatable("Places"), to="grocery.stock.view"),
            _way("alert-circle", "recalls", translatable("Recalls"), to="grocery.recall.view"),
        ),
    ),
    (
        translatable("Purchases"),
        (
            _way(
                "package",
                "purchases",
                translatable("Orders to suppliers"),
                to="grocery.purchase.read",
                also=OF_PURCHASES,
            ),
            _way(
                "truck",
                "suppliers",
                translatable("Suppliers"),
                to="grocery.purchase.read",
                also=OF_SUPPLIERS,
            ),
            _way(
                "receipt",
                "invoices",
                translatable("Invoices of suppliers"),
                to="grocery.purchase.read",
                also=OF_INVOICES,
            ),
            _way("coins", "payables", translatable("What is owed"), to="grocery.purchase.read"),
            _way(
                "scale",
                "values",
                translatable("What the stock is worth"),
                to="grocery.purchase.read",
                also=("grocery.value",),
            ),
            _way("report-analytics", "books", translatable("Books"), to="grocery.purchase.pay"),
        ),
    ),
    (
        translatable("Figures"),
        (
            _way(
                "report-analytics",
                "reports",
                translatable("Reports"),
                to="grocery.report.read",
                also=("grocery.report",),
            ),
        ),
    ),
)
# The menu stays short however much there is to do: the orders, and the desk with all the rest.
STAFF = (
    DESK[0][1][0],
    _way("home-stats", "desk", translatable("Desk of the shop"), to="grocery.desk.open"),
)
PLACES = (
    _way("basket", "shop", translatable("Shop"), also=("grocery.product", "grocery.hours")),
    _way("package", "cart", translatable("Cart"), also=OF_THE_CART),
    _way("receipt", "orders", translatable("My orders"), to="signed-in", also=("grocery.order",)),
)
# First steps that the home page of a demo town proposes.
TRIES = (
    _way("basket", "shop", translatable("Look what the shop has, and why it costs what it does")),
    _way("tag", "cart", translatable("Fill a cart for 300.00, and use the coupon WELCOME10")),
    _way(
        "barcode",
        "receiving",
        translatable("Take milk in: type MILK-1L and Enter, then how much came"),
        to="grocery.stock.receive",
    ),
    _way(
        "checkbox",
        "counts",
        translatable("Go on with the count of the store room; nobody tells what should be there"),
        to="grocery.stock.count",
    ),
    _way(
        "coins",
        "tills",
        translatable("Look at the open till, and count what is in it"),
        to="grocery.till.operate",
    ),
    _way(
        "alert-circle",
        "recalls",
        translatable("Pay back somebody who bought yoghurt that was called back"),
        to="grocery.order.refund",
    ),
)

"""What people may do in the shop, and the roles that come with it."""

from townsquare.core.words import translatable

PERMISSIONS = {
    "grocery.desk.open": translatable("Open the desk of the shop"),
    "grocery.shop.edit": translatable("Open the shop, say what it is and when it is open"),
    "grocery.product.edit": translatable("Add, change and retire products, brands and categories"),
    "grocery.basket.learn": translatable("Take past baskets in, and learn what is bought together"),
    "grocery.price.set": translatable("See all prices of a product and set new ones"),
    "grocery.product.stop": translatable("Say that something is sold out, and sell it again"),
    "grocery.stock.receive": translatable("Take goods in"),
    "grocery.stock.view": translatable("See what is on the shelves, and why"),
    "grocery.place.edit": translatable("Add places in which goods stand"),
    "grocery.stock.count": translatable("Count what stands on the shelves"),
    "grocery.stock.approve-count": translatable("Decide about what others have counted"),
    "grocery.stock.transfer": translatable("Carry goods from one place to another"),
    "grocery.stock.reorder": translatable("Say when goods are ordered again, and see what is due"),
    "grocery.stock.waste": translatable("Throw goods away, and undo that"),
    "grocery.purchase.read": translatable("See suppliers, purchases and what is owed"),
    "grocery.supplier.edit": translatable("Enter suppliers, their bank accounts and their goods"),
    "grocery.supplier.approve": translatable("Approve and suspend suppliers that others entered"),
    "grocery.purchase.order": translatable("Request goods and order them from suppliers"),
    "grocery.purchase.receive": translatable("Take in what was ordered"),
    "grocery.purchase.match": translatable("Enter invoices of suppliers"),
    "grocery.purchase.pay": translatable("Pay suppliers and see the books"),
    "grocery.stock.recall": translatable("Block a lot that nobody must buy, and call it back"),
    "grocery.recall.view": translatable("See recalls, and who has bought of them"),
    "grocery.order.read": translatable("See what people have ordered"),
    "grocery.order.pick": translatable("Pick orders from the shelves"),
    "grocery.order.hand-over": translatable("Hand orders over and take cash for them"),
    "grocery.order.refund": translatable("Take lines of orders back and pay for them"),
    "grocery.till.operate": translatable("Take a till over, count it and close its shift"),
    "grocery.till.add": translatable("Set up tills"),
    "grocery.gift-card.issue": translatable("Sell gift cards, look them up and block them"),
    "grocery.return.decide": translatable("Decide about goods that buyers bring back"),
    "grocery.payment.settle": translatable("Note what the provider of payments says"),
    "grocery.payment.return": translatable("Pay back what was paid ahead and is not owed"),
    "grocery.cart.tidy": translatable("Give up carts that nobody looks after"),
    "grocery.delivery.edit": translatable("Say where the shop delivers, when, and for how much"),
    "grocery.report.read": translatable("Read the figures of the shop and save them"),
    "grocery.coupon.edit": translatable("Make coupons and end them"),
    "grocery.customer.read": translatable("See who is a customer, and register one"),
    "grocery.customer.edit": translatable("Change how customers are named and reached"),
    "grocery.customer.tier": translatable("Say which customers have Gold and Silver prices"),
    "grocery.staff.read": translatable("See who works in the shop, and how they are reached"),
    "grocery.staff.enrol": translatable("Enrol those who work in the shop, and end that"),
    "grocery.notice.send": translatable("Tell people of their orders"),
}
# What touches money or what is worth money, also by the prices that say how much.
SENSITIVE = frozenset(
    {
        *("grocery.price.set", "grocery.order.hand-over", "grocery.order.refund"),
        *("grocery.supplier.edit", "grocery.supplier.approve"),
        *("grocery.purchase.match", "grocery.purchase.pay"),
        *("grocery.stock.approve-count", "grocery.stock.waste", "grocery.stock.recall"),
        *("grocery.payment.settle", "grocery.payment.return", "grocery.return.decide"),
        *("grocery.till.operate", "grocery.till.add", "grocery.gift-card.issue"),
        *("grocery.delivery.edit", "grocery.coupon.edit", "grocery.customer.tier"),
    }
)
DESK = frozenset({"grocery.desk.open", "grocery.order.read"})
PICKING = DESK | {"grocery.order.pick"}
COUNTER = DESK | {
    *("grocery.order.hand-over", "grocery.order.refund", "grocery.return.decide"),
    *("grocery.till.operate", "grocery.gift-card.issue", "grocery.recall.view"),
    *("grocery.customer.read", "grocery.customer.edit"),
}
KEEPING = PICKING | {
    *("grocery.stock.receive", "grocery.stock.view", "grocery.product.stop"),
    *("grocery.purchase.read", "grocery.purchase.receive"),
    "grocery.recall.view",
    *("grocery.stock.count", "grocery.stock.approve-count", "grocery.stock.waste"),
    "grocery.stock.transfer",
}
SELLING = COUNTER | {"grocery.product.stop"}
MANAGING = (
    KEEPING
    | SELLING
    | {
        "grocery.shop.edit",
        "grocery.product.edit",
        "grocery.basket.learn",
        "grocery.price.set",
        "grocery.stock.recall",
        "grocery.place.edit",
        "grocery.stock.reorder",
        "grocery.cart.tidy",
        "grocery.till.add",
        *("grocery.delivery.edit", "grocery.coupon.edit", "grocery.customer.tier"),
        "grocery.notice.send",
        *("grocery.staff.read", "grocery.staff.enrol"),
        "grocery.supplier.edit",
        "grocery.supplier.approve",
        "grocery.purchase.order",
        "grocery.report.read",
    }
)
# Who orders does not pay, and who enters a supplier needs a second person who approves.
BUYING = frozenset({"grocery.desk.open", "grocery.purchase.read"})
ACCOUNTING = BUYING | {
    *("grocery.purchase.match", "grocery.purchase.pay"),
    *("grocery.report.read", "grocery.stock.view", "grocery.order.read"),
}
ADMINISTERING = BUYING | {
    *("grocery.supplier.edit", "grocery.supplier.approve"),
    *("grocery.staff.read", "grocery.staff.enrol"),
}
ROLES = {
    "grocery.manager": MANAGING,
    "grocery.keeper": KEEPING,
    "grocery.cashier": SELLING,
    "grocery.accountant": ACCOUNTING,
    "grocery.administrator": ADMINISTERING,
}

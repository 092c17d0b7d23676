"""The shop in the shared GraphQL schema: the same acts as on its pages, nested by links."""

from townsquare.core.web.graph import Graph, Link
from townsquare.services.grocery.queries import orders, past, products, stocks, suppliers
from townsquare.services.grocery.usecases import carts, checkout, picking, receiving, selling

graph = Graph(
    queries={
        "products": products.find_products,
        "product": products.read_product,
        "cart": orders.show_cart,
        "order": orders.show_order,
        "orders": orders.my_orders,
        "stockLevels": stocks.find_stock,
        "stockAt": past.find_stock_at,
        "lots": stocks.find_lots,
        "suppliers": suppliers.find_suppliers,
        "supplier": suppliers.read_supplier,
    },
    mutations={
        "setPrice": selling.set_price,
        "stopProduct": selling.stop_product,
        "resumeProduct": selling.resume_product,
        "blockLot": receiving.block_lot,
        "putLine": carts.put_line,
        "quote": checkout.quote_cart,
        "place": checkout.place_order,
        "cancel": checkout.cancel_order,
        "confirmPick": picking.pick_line,
    },
    links={
        "CartLine.onShelf": Link(products.products_by_ids, "product", "id", one=True),
        "SupplierLine.offers": Link(suppliers.offers_of_suppliers, "id", "supplier"),
        "StockLine.lots": Link(stocks.lots_of_products, "code", "product"),
    },
)

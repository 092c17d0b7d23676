"""The shop, its products, brands and categories for programs."""

from townsquare.core.web.api import offer
from townsquare.services.grocery.api import bp
from townsquare.services.grocery.queries import desk, front
from townsquare.services.grocery.queries import products as goods
from townsquare.services.grocery.queries.together import bought_together
from townsquare.services.grocery.usecases import products, selling, shelves, shop

PRODUCT = "grocery_api.grocery_product_read"

offer(bp, "GET /shop", front.view_shop)
offer(bp, "POST /shop", shop.open_grocery, status=201)

offer(bp, "GET /products", goods.find_products)
offer(bp, "POST /products", products.add_product, status=201, place=PRODUCT, asks_more=True)
offer(bp, "GET /staff/products", desk.find_staff_products)
offer(bp, "GET /products/<id>", goods.read_product)
offer(bp, "PATCH /products/<id>", products.revise_product)
offer(bp, "DELETE /products/<id>", products.retire_product, status=204)
offer(bp, "PUT /products/<id>/return", products.return_product)
offer(bp, "GET /products/<id>/together", bought_together)
offer(bp, "GET /products/<id>/prices", desk.find_prices)
offer(bp, "POST /products/<id>/prices", selling.set_price, status=201)
offer(bp, "POST /products/<id>/identifiers", products.number_product, status=201)
offer(bp, "POST /products/<id>/stop", selling.stop_product)
offer(bp, "DELETE /products/<id>/stop", selling.resume_product)

offer(bp, "GET /brands", desk.find_brands)
offer(bp, "POST /brands", shelves.add_brand, status=201, place="grocery_api.grocery_brand_read")
offer(bp, "GET /brands/<id>", desk.read_brand)
offer(bp, "PATCH /brands/<id>", shelves.revise_brand)
offer(bp, "DELETE /brands/<id>", shelves.remove_brand, status=204)

offer(bp, "GET /categories", desk.find_categories)
offer(
    bp,
    "POST /categories",
    shelves.add_category,
    status=201,
    place="grocery_api.grocery_category_read",
)
offer(bp, "GET /categories/<id>", desk.read_category)
offer(bp, "PATCH /categories/<id>", shelves.revise_category)
offer(bp, "DELETE /categories/<id>", shelves.remove_category, status=204)

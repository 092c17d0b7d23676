"""Bare Flask and the raw driver: a list of 20 products after one of them, as it costs now."""

from datetime import UTC, datetime

from flask import Flask, Response, jsonify, request

from bench.references.list_page import database
from bench.references.sessions import who

# Only the page itself is looked up: what each product costs this reader, what is left of it,
# whether it is sold out, and whether the lot that goes first is marked down.
LIST = """
SELECT p.id, p.code, p.name, p.size, coalesce(b.name, '') AS brand,
  coalesce(c.code, '') AS category, p.base_unit, p.content_qty, p.content_unit, s.currency,
  price.amount_minor, price.per_qty,
  (SELECT coalesce(sum(l.on_hand - l.reserved + (SELECT coalesce(sum(r.qty), 0)
      FROM stock_reservation r
      WHERE r.level_id = l.id AND r.state = 'live' AND r.expires_at <= :now)), 0)
    FROM stock_level l JOIN stock_lot t ON t.id = l.lot_id
    JOIN stock_location o ON o.id = l.location_id
    WHERE l.variant_id = p.variant AND l.bounded AND l.on_hand > 0 AND o.sellable
      AND t.blocked_at IS NULL AND (t.sellable_until IS NULL OR t.sellable_until > :now))
    AS available,
  EXISTS (SELECT 1 FROM catalogue_stop x WHERE x.variant_id = p.variant AND x.starts_at <= :now
    AND (x.until IS NULL OR x.until > :now)) AS stopped,
  marked.amount_minor AS marked_minor, coalesce(lot.expires_on, lot.best_before) AS marked_until
FROM (SELECT v.id AS variant, v.public_id AS id, v.code, v.size, v.content_qty, v.content_unit,
    v.shop_id, i.id AS item, i.name, i.name_key, i.base_unit, i.brand_id, i.category_id
  FROM catalogue_item i JOIN catalogue_variant v ON v.item_id = i.id
  WHERE i.shop_id = 1 AND i.status = 'active' AND v.status = 'active'
    AND (i.name_key, i.id) > (
      (SELECT k.name_key FROM catalogue_variant g JOIN catalogue_item k ON k.id = g.item_id
        WHERE g.public_id = :after),
      (SELECT item_id FROM catalogue_variant WHERE public_id = :after))
  ORDER BY i.name_key, i.id LIMIT 20) p
JOIN catalogue_shop s ON s.id = p.shop_id
LEFT JOIN catalogue_brand b ON b.id = p.brand_id
LEFT JOIN catalogue_category c ON c.id = p.category_id
LEFT JOIN catalogue_price price ON price.id = (SELECT q.id FROM catalogue_price q
  JOIN catalogue_price_list l ON l.id = q.list_id
  WHERE q.variant_id = p.variant AND q.lot_id IS NULL AND q.min_qty <= 1 AND q.valid_from <= :now
    AND (q.valid_to IS NULL OR q.valid_to > :now) AND l.kind NOT IN ('supplier', 'markdown')
    AND (l.tier IS NULL OR l.tier = (SELECT u.tier
      FROM grocery_customer u JOIN core_account a ON a.person = u.person WHERE a.id = :account))
    AND NOT EXISTS (SELECT 1 FROM catalogue_price n WHERE n.list_id = q.list_id
      AND n.variant_id = q.variant_id AND n.lot_id IS NULL AND n.min_qty <= 1
      AND n.valid_from <= :now AND (n.valid_to IS NULL OR n.valid_to > :now)
      AND (n.valid_from, n.min_qty) > (q.valid_from, q.min_qty))
  ORDER BY CAST(q.amount_minor AS REAL) / q.per_qty, l.priority DESC, l.id LIMIT 1)
LEFT JOIN catalogue_price marked ON marked.per_qty = price.per_qty
  AND marked.amount_minor < price.amount_minor AND marked.id = (SELECT q.id
    FROM catalogue_price q JOIN catalogue_price_list l ON l.id = q.list_id
    JOIN stock_lot t ON t.id = q.lot_id JOIN stock_level h ON h.lot_id = t.id
    JOIN stock_location o ON o.id = h.location_id
    WHERE q.variant_id = p.variant AND l.kind = 'markdown' AND q.valid_from <= :now
      AND (q.valid_to IS NULL OR q.valid_to > :now) AND t.blocked_at IS NULL
      AND (t.sellable_until IS NULL OR t.sellable_until > :now)
      AND h.bounded AND o.sellable AND h.on_hand > h.reserved
    ORDER BY t.sellable_until, t.id, q.valid_from DESC LIMIT 1)
LEFT JOIN stock_lot lot ON lot.id = marked.lot_id
ORDER BY p.name_key, p.item
"""


def create_app() -> Flask:
    """Return the reference."""
    app = Flask(__name__)

    @app.get("/api/v1/grocery/products")
    def products() -> Response:
        db, now = database(), f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"
        told = {"account": who(db)["id"], "after": request.args.get("after", ""), "now": now}
        rows = map(dict, db.execute(LIST, told))
        return jsonify([{**row, "stopped": bool(row["stopped"])} for row in rows])

    return app

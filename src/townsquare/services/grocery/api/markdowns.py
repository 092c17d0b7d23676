"""Rules of marking down, and sales, for programs."""

from townsquare.core.web.api import offer
from townsquare.services.grocery.api import bp
from townsquare.services.grocery.queries import markdowns
from townsquare.services.grocery.usecases import markdown_rules
from townsquare.services.grocery.usecases.markdowns import apply_markdowns

offer(bp, "GET /markdown-rules", markdowns.find_markdown_rules)
offer(bp, "POST /markdown-rules", markdown_rules.set_markdown_rule, status=201)
offer(bp, "DELETE /markdown-rules/<id>", markdown_rules.drop_markdown_rule, status=204)
offer(bp, "POST /markdowns", apply_markdowns)
offer(bp, "POST /products/<id>/sales", markdown_rules.plan_sale, status=201)

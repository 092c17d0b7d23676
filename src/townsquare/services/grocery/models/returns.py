"""Returns with what the catalogue says of their goods."""

from townsquare.blocks import ordering
from townsquare.core.usecase import Context
from townsquare.services.grocery.models.buying import goods_of
from townsquare.services.grocery.results.returns import BackLine, ReturnTold


def told_return(ctx: Context, order: ordering.Order, back: ordering.Return) -> ReturnTold:
    """Return a return as people see it."""
    goods = goods_of(ctx, {line.variant_id for line in back.lines})
    return ReturnTold(
        id=back.public_id,
        version=back.version,
        number=back.number,
        order=order.public_id,
        order_number=order.number or "",
        state=back.state,
        reason=back.reason,
        refund_minor=back.refund_minor,
        currency=order.currency,
        lines=[
            BackLine(one.line, one.name, goods[one.variant_id].base_unit, one.qty, one.condition)
            for one in back.lines
        ],
        refused_why=back.refused_why,
    )

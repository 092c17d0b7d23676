"""The desk of the shop: what needs doing, how the days went, and all that its staff can do."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.web import actor, looking, navigation, needs
from townsquare.services.grocery.commands.fields import Nothing
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.queries.board import show_board
from townsquare.services.grocery.results.reports import ToDo


@bp.get("/staff")
@needs("grocery.desk.open")
def desk() -> ResponseReturnValue:
    """Show what needs doing, and the ways that are open to this person."""
    with looking() as ctx:
        board = show_board(ctx, Nothing())
    return render_template(
        "grocery/desk.html",
        parts=navigation.desk(bp.name),
        board=board,
        todo=_todo(board.todo) if board else [],
    )


def _todo(told: ToDo) -> list[tuple[int, str, str]]:
    """Return what needs doing: how many, in words, and where for who may go there."""
    mine = actor().permissions
    stock = "grocery.stock.view" in mine
    orders = url_for("grocery.staff_orders") if "grocery.order.read" in mine else ""
    lots = url_for("grocery.lots") if stock else ""
    refunds = url_for("grocery.refunds") if "grocery.order.refund" in mine else ""
    stuck = [(told.refused, _("refunds that did not arrive"), refunds)] if told.refused else []
    return [
        *stuck,
        (told.to_pick, _("orders to pick"), orders),
        (told.ready, _("ready to be collected"), orders),
        (told.soon_over, _("lots over within two days"), lots),
        (told.sold_out, _("products sold out"), url_for("grocery.stock") if stock else ""),
    ]

"""What the stock is worth, and why."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from townsquare.core.web import looking, needs
from townsquare.core.web.reading import read
from townsquare.services.grocery.commands.values import ExplainValue, FindValues
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.queries.values import explain_value, find_values

READ = "grocery.purchase.read"


@bp.get("/staff/values", endpoint="values")
@needs(READ)
def all_values() -> ResponseReturnValue:
    """Show what all of the stock is worth, and its dearest lots first."""
    wish = read(FindValues, {n: t for n, t in request.args.items() if n == "after" and t})
    with looking() as ctx:
        found = find_values(ctx, wish)
    here = "grocery.values"
    return render_template(
        "grocery/values.html",
        found=found,
        next_url=url_for(here, after=found.after) if found.after else None,
        first_url=url_for(here) if wish.after else None,
    )


@bp.get("/staff/values/<id>")
@needs(READ)
def value(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Show why a lot is worth what it is."""
    with looking() as ctx:
        found = explain_value(ctx, read(ExplainValue, {"id": id}))
    return render_template("grocery/value.html", found=found)

"""A second service, so that somebody may be staff of a service that is not the library.

It has one permission, one role and one page, and no table; only the access tests run it.
"""

from dataclasses import dataclass

from flask import Blueprint

from townsquare.core.manifest import Service
from townsquare.core.usecase import Command, Context, query
from townsquare.core.web import looking, needs

SEE = "garden.plot.view"
KEEPER = "garden.keeper"
bp = Blueprint("garden", __name__, url_prefix="/garden")


class LookAtPlots(Command):
    """A wish to see who looks after which plot."""


@dataclass(frozen=True)
class Plots:
    """How many plots the garden has."""

    number: int


@query(SEE)
def see_plots(ctx: Context, wish: LookAtPlots) -> Plots:
    """Show the plots of the garden."""
    return Plots(12)


@bp.get("")
@needs(SEE)
def plots() -> str:
    """Show the plots on a page."""
    with looking() as ctx:
        return str(see_plots(ctx, LookAtPlots()).number)


service = Service(
    "garden",
    "Garden",
    blueprints=(bp,),
    permissions={SEE: "See the plots"},
    roles={KEEPER: frozenset({SEE})},
)

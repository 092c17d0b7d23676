"""The hooks of identity: who a request comes from, before anything else looks at it."""

from flask import Flask, g, request

from townsquare.core.db import run_again
from townsquare.core.identity import administering, factor_pages, pages
from townsquare.core.identity.cookies import cookie_name
from townsquare.core.identity.sessions import Doorkeeper

BY_THEMSELVES = "/live/"  # What pages keep open while nobody may be sitting before them.


def init_app(app: Flask, sensitive: frozenset[str]) -> None:
    """Recognise the person of each request, and open the pages of the door.

    Permissions that are `sensitive` are for those who have a second step, where it is required.
    """
    keeper = Doorkeeper(app.extensions["townsquare"], sensitive)
    app.extensions["doorkeeper"] = keeper
    app.register_blueprint(pages.bp)
    app.register_blueprint(factor_pages.bp)
    app.register_blueprint(administering.bp)

    def recognise() -> None:
        key = request.cookies.get(cookie_name(), "")
        by_hand = not request.path.startswith(BY_THEMSELVES)
        actor = run_again(lambda: keeper.who(key, by_hand=by_hand))
        g.actor = actor
        if actor.signed_in:
            g.session_key = key
        if request.method == "POST":
            keeper.flush_if_due()

    app.before_request(recognise)

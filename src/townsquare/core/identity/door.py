"""The hooks of identity: who a request comes from, before anything else looks at it."""

from functools import partial

from flask import Flask, Request, g, request

from townsquare.core.db import run_again
from townsquare.core.identity import (
    administering,
    factor_pages,
    pages,
    passkey_pages,
    proposal_pages,
    token_pages,
)
from townsquare.core.identity.cookies import cookie_name
from townsquare.core.identity.relying import RELYING_PARTY
from townsquare.core.identity.sessions import Doorkeeper
from townsquare.core.identity.tokens import TokenKeeper
from townsquare.core.web import bare
from townsquare.core.web.security import FOR_PROGRAMS

BY_THEMSELVES = "/live/"  # What pages keep open while nobody may be sitting before them.


def init_app(app: Flask, sensitive: frozenset[str]) -> None:
    """Recognise the person of each request, and open the pages of the door.

    Permissions that are `sensitive` are for those who have a second step, where it is required.
    """
    here = app.extensions["townsquare"]
    guarded = sensitive if here.settings.second_factor_required else frozenset()
    keeper, tokens = Doorkeeper(here, guarded), TokenKeeper(here, guarded)
    app.extensions["doorkeeper"], app.extensions["tokenkeeper"] = keeper, tokens
    app.register_blueprint(pages.bp)
    app.register_blueprint(factor_pages.bp)
    app.register_blueprint(passkey_pages.bp)
    app.register_blueprint(administering.bp)
    app.register_blueprint(proposal_pages.bp)
    app.register_blueprint(token_pages.bp)

    party = here.engines.at(RELYING_PARTY)
    app.jinja_env.globals["passkeys_possible"] = lambda: party.possible

    def recognise() -> None:
        # A program with a token has no cookie: nothing of its own that another site could borrow.
        asked = bare(request)
        if "Authorization" in asked.headers and asked.path.startswith(FOR_PROGRAMS):
            g.actor = run_again(partial(tokens.who, _token()))
        else:
            _by_cookie(keeper, asked)
        if asked.method == "POST":
            keeper.flush_if_due()
            tokens.flush_if_due()

    app.before_request(recognise)


def flush(app: Flask) -> None:
    """Write down when sessions and tokens were last seen."""
    app.extensions["doorkeeper"].flush()
    app.extensions["tokenkeeper"].flush()


def _by_cookie(keeper: Doorkeeper, asked: Request) -> None:
    kept, key = bare(g), asked.cookies.get(cookie_name(), "")
    by_hand = not asked.path.startswith(BY_THEMSELVES)
    actor = kept.actor = run_again(partial(keeper.who, key, by_hand=by_hand))
    if actor.signed_in:
        kept.session_key = key


def _token() -> str:
    """Return the token that was sent: as it is, or as the password of any name."""
    sent = request.authorization
    if sent is None:
        return ""
    return (sent.password if sent.type == "basic" else sent.token) or ""

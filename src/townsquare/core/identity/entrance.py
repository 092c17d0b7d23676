"""Ways through the door: each looks, then hashes while nothing is held, then acts.

A digest takes a tenth of a second and much memory. In a unit of work it would keep a connection,
and on SQLite every other writer of the town, waiting for it.
"""

from flask import request

from townsquare.core.identity.agents import agent_in
from townsquare.core.identity.commands import (
    AcceptInvitation,
    ChangePassword,
    JoinTown,
    MakeAccount,
    Nothing,
    OpenSession,
    ReadLink,
    ReplacePassword,
    ResetPassword,
    SetPassword,
    SignIn,
    SignUp,
    TrySignIn,
)
from townsquare.core.identity.errors import NotRecognised, WrongPassword
from townsquare.core.identity.passwords import fits, hashed, refuse_common
from townsquare.core.identity.results import HalfWay, SignedIn
from townsquare.core.identity.usecases import accounts, signing
from townsquare.core.networks import network_of
from townsquare.core.web import acting, looking, town


def sign_in(wish: SignIn) -> SignedIn | HalfWay:
    """Open a session, or the second step, for whoever knows the password; nobody learns more."""
    trying = TrySignIn(email=wish.email, network=network_here())
    with looking() as ctx:
        found = signing.account_to_check(ctx, trying)
    right = fits(wish.password, found.password_hash, demo=town().settings.demo)
    if not (right and found.may_enter):
        with acting() as ctx:
            signing.count_failure(ctx, trying)
        raise NotRecognised
    entering = OpenSession(
        email=trying.email,
        network=trying.network,
        checked=str(found.password_hash),
        remember=wish.remember,
        agent=agent_here(),
    )
    with acting() as ctx:
        return signing.open_session(ctx, entering)


def sign_up(wish: SignUp) -> None:
    """Make an account; it takes as long for an address that is known."""
    digest = _digest(wish.password, wish.name, wish.email)
    with acting() as ctx:
        accounts.sign_up(ctx, MakeAccount(name=wish.name, email=wish.email, password_hash=digest))


def reset_password(wish: ResetPassword) -> None:
    """Set a new password by a link; a link that is spent costs no digest."""
    with looking() as ctx:
        found = accounts.link_holder(ctx, ReadLink(token=wish.token, kind="reset"))
    digest = _digest(wish.password, found.name, found.email)
    with acting() as ctx:
        accounts.reset_password(ctx, SetPassword(token=wish.token, password_hash=digest))


def accept_invitation(wish: AcceptInvitation) -> None:
    """Make the account of an invitation; a link that is spent costs no digest."""
    with looking() as ctx:
        found = accounts.link_holder(ctx, ReadLink(token=wish.token, kind="invite"))
    digest = _digest(wish.password, found.name or wish.name, found.email)
    joining = JoinTown(token=wish.token, name=wish.name, password_hash=digest)
    with acting() as ctx:
        accounts.accept_invitation(ctx, joining)


def change_password(wish: ChangePassword) -> None:
    """Set a new password in exchange for the old one."""
    with looking() as ctx:
        found = accounts.own_password(ctx, Nothing())
    if not fits(wish.old, found.password_hash, demo=town().settings.demo):
        raise WrongPassword
    digest = _digest(wish.password, found.name, found.email)
    changing = ReplacePassword(checked=str(found.password_hash), password_hash=digest)
    with acting() as ctx:
        accounts.change_password(ctx, changing)


def network_here() -> str:
    """Return the network of this request, as far as it can be told."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    return network_of(request.remote_addr or "", forwarded, town().settings.proxies)


def agent_here() -> str:
    """Return what the browser of this request calls itself, in short."""
    return agent_in(request.user_agent.string)


def _digest(password: str, name: str, email: str) -> str:
    refuse_common(password, name, email.partition("@")[0])
    return hashed(password, demo=town().settings.demo)

"""What browsers keep of the door: the key of a session, or for minutes the key of half a one."""

from datetime import datetime
from typing import TypeVar

from flask import current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from townsquare.core.identity.commands import ThisSession
from townsquare.core.identity.results import HalfWay, SignedIn
from townsquare.core.identity.sessions import digest

Answer = TypeVar("Answer", bound=Response)


def cookie_name() -> str:
    """Return the name of the session cookie; outside plain HTTP the browser guards its prefix."""
    return _name("session")


def this_session() -> ThisSession:
    """Return the session of this request."""
    return ThisSession(key_hash=digest(g.get("session_key", "")))


def half_key() -> str:
    """Return the key of a sign-in whose second step is to come; empty if there is none."""
    return request.cookies.get(_name("half"), "")


def passkey_key() -> str:
    """Return the key that ties challenges to this browser before it is in; empty if it has none."""
    return request.cookies.get(_name("passkey"), "")


def asked(answer: Answer, key: str, until: datetime) -> Answer:
    """Let the browser keep the key that its challenge is tied to."""
    return _keep(answer, "passkey", key, until=until)


def entered(signed_in: SignedIn | HalfWay, target: str) -> Response:
    """Lead to the target with the key of a session, or first to the second step."""
    if isinstance(signed_in, HalfWay):
        answer = redirect(url_for("factors.code", next=target), 303)
        return _keep(answer, "half", signed_in.key, until=signed_in.ends_at)
    until = signed_in.ends_at if signed_in.remembered else None
    return _keep(redirect(target, 303), "session", signed_in.key, until=until)


def forget_session(answer: Answer) -> Answer:
    """Let the browser forget its session."""
    return _forget(answer, "session")


def forget_half(answer: Answer) -> Answer:
    """Let the browser forget half a sign-in."""
    return _forget(answer, "half")


def _keep(answer: Answer, what: str, key: str, *, until: datetime | None) -> Answer:
    secure = not current_app.config["PLAIN_HTTP"]
    answer.set_cookie(_name(what), key, expires=until, httponly=True, samesite="Lax", secure=secure)
    return answer


def _forget(answer: Answer, what: str) -> Answer:
    answer.delete_cookie(_name(what), secure=not current_app.config["PLAIN_HTTP"])
    return answer


def _name(what: str) -> str:
    return f"townsquare-{what}" if current_app.config["PLAIN_HTTP"] else f"__Host-{what}"

"""Keys of pages: that of a guest's cart, in a signed cookie, and the code of a new gift card."""

import hmac
from datetime import timedelta
from hashlib import sha256
from typing import TypeVar

from flask import current_app, request
from werkzeug.wrappers import Response

from townsquare.core.ids import ALPHABET
from townsquare.core.web import actor

Answer = TypeVar("Answer", bound=Response)
KEPT = timedelta(days=30)
GROUPS, OF_GROUP = 4, 4  # As those that the block makes: eighty bits.


def cart_key() -> str:
    """Return the key of this browser's cart; empty if it has none, or what it says is not ours."""
    key, _, proof = request.cookies.get(_name(), "").rpartition(".")
    known = any(hmac.compare_digest(proof.encode(), one.encode()) for one in _proofs(key))
    return key if key and known else ""


def guest_key() -> str:
    """Return the key with which a guest acts; who is signed in acts as themselves."""
    return "" if actor().person else cart_key()


def remember(answer: Answer, key: str) -> Answer:
    """Let the browser keep the key of its cart."""
    secure = not current_app.config["PLAIN_HTTP"]
    value = f"{key}.{_proofs(key)[0]}"
    answer.set_cookie(_name(), value, max_age=KEPT, httponly=True, samesite="Lax", secure=secure)
    return answer


def forget(answer: Answer) -> Answer:
    """Let the browser forget the key: the cart has become an order, or somebody's own."""
    answer.delete_cookie(_name(), secure=not current_app.config["PLAIN_HTTP"])
    return answer


def card_code(once: str) -> str:
    """Return the code of the gift card that this page of who is signed in sells.

    It comes from the one-use token, so that the same page sent twice has the same code, and nobody
    keeps it. Who has no key of ours does not find it.
    """
    told = f"gift card {actor().id} {once}".encode()
    found = hmac.new(current_app.config["SECRET_KEY"].encode(), told, sha256).digest()
    signs = [ALPHABET[byte % len(ALPHABET)] for byte in found[: GROUPS * OF_GROUP]]
    return "-".join("".join(signs[at : at + OF_GROUP]) for at in range(0, len(signs), OF_GROUP))


def _name() -> str:
    return "townsquare-cart" if current_app.config["PLAIN_HTTP"] else "__Host-cart"


def _proofs(key: str) -> list[str]:
    """Return the proof as we make it, and after it those of older keys that are still taken."""
    keys = (current_app.config["SECRET_KEY"], *current_app.config["SECRET_KEY_FALLBACKS"])
    told = f"cart {key}".encode()
    return [hmac.new(one.encode(), told, sha256).hexdigest() for one in keys]

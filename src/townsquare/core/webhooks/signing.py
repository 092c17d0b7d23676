"""The signature on what is sent, as receivers check it."""

import hmac
from hashlib import sha256
from secrets import token_urlsafe

PREFIX = "whsec_"


def new_secret() -> str:
    """Return a fresh secret of 256 bits, with a prefix that scanners know."""
    return PREFIX + token_urlsafe(32)


def signature(secret: str, moment: int, body: bytes) -> str:
    """Return "t=…,v1=…": HMAC-SHA-256 over the moment (seconds since 1970), a dot and the body."""
    proof = hmac.new(secret.encode(), b"%d.%s" % (moment, body), sha256).hexdigest()
    return f"t={moment},v1={proof}"

"""Links sent by mail: an id and a proof of it, so that nothing secret has to be stored."""

import hmac
from hashlib import sha256

from townsquare.core.ports import Port
from townsquare.core.settings import Settings


class Signer:
    """Makes and reads link tokens with the key of the town, reads with older ones too."""

    def __init__(self, settings: Settings) -> None:
        self._keys = [key.encode() for key in settings.signing_keys]
        self.demo = settings.demo

    def token(self, public_id: str) -> str:
        """Return the token of a link; whoever lacks our key cannot make another one."""
        return f"{public_id}.{_proof(self._keys[0], public_id)}"

    def read(self, token: str) -> str | None:
        """Return the id in a token, or None if it is not ours."""
        public_id, _, proof = token.partition(".")
        known = proof.isascii() and any(
            hmac.compare_digest(proof, _proof(key, public_id)) for key in self._keys
        )
        return public_id if known else None


def _proof(key: bytes, public_id: str) -> str:
    return hmac.new(key, f"link {public_id}".encode(), sha256).hexdigest()


SIGNER: Port[Signer] = Port("identity.signer", "townsquare.core.identity.links:Signer")

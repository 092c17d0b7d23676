"""The key with which a town signs the heads of its boards; monitors keep what it has signed."""

from secrets import token_hex
from typing import TYPE_CHECKING

from townsquare.core.frozen import dataclass
from townsquare.core.keys import BYTES, kept
from townsquare.core.ports import Port
from townsquare.core.settings import Settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True)
class LogKey:
    """An Ed25519 key; whoever knows its public half believes no other board than ours."""

    secret: bytes

    @property
    def public(self) -> str:
        """Return the public key as 64 hex digits."""
        return self._key().public_key().public_bytes_raw().hex()

    def sign(self, text: bytes) -> str:
        """Return the signature of a text as 128 hex digits."""
        return self._key().sign(text).hex()

    def _key(self) -> "Ed25519PrivateKey":
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 (heavy)
            Ed25519PrivateKey,
        )

        return Ed25519PrivateKey.from_private_bytes(self.secret)


def log_key(settings: Settings) -> LogKey:
    """Return the log key of the town: a file of its data folder, made once."""
    return LogKey(bytes.fromhex(kept(settings.folder, "elections-log", lambda: token_hex(BYTES))))


LOG_KEY: Port[LogKey] = Port("elections.log-key", "townsquare.services.elections.ports:log_key")

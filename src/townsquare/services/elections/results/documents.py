"""A result as a file that the town has signed."""

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class SignedResult:
    """A file with its signature; `key`, `sha256` and `signature` are hex digits.

    The signature is of the purpose line (`PURPOSE`) and the bytes of the file behind it.
    """

    name: str
    mimetype: str
    body: bytes
    sha256: str
    key: str
    signature: str

"""Values of columns that a copy of the database does not give away, each bound to its row.

A sealed value is a version byte, the id of its key, a nonce, and what AES-256-GCM makes of the
text. Table, column, public id of the row and key id are sealed along, so that a value that was
moved to another place opens no more. The keys lie in the data folder, apart from backups.
"""

import json
from dataclasses import astuple, dataclass
from pathlib import Path
from secrets import token_bytes

from townsquare.core.errors import Conflict
from townsquare.core.keys import BYTES, make_key
from townsquare.core.ports import Port
from townsquare.core.settings import Settings
from townsquare.core.words import translatable

VERSION = 1
ID_BYTES, NONCE_BYTES, TAG_BYTES = 2, 12, 16
HEAD_BYTES = 1 + ID_BYTES + NONCE_BYTES
NAME = "columns-"  # Then the number of the key; the highest one seals, all of them open.


class CannotOpen(Conflict):
    """A sealed value was changed, moved to another place, or is none."""

    code = "core.cannot-open"
    message = translatable(
        "A protected record does not open; ask the people who run this town to look at it."
    )


class UnknownKey(CannotOpen):
    """The key that sealed a value is not in the data folder."""

    code = "core.unknown-key"
    message = translatable(
        "The key {key} of protected records is missing; put the folder of the keys back in place."
    )


class BadKey(CannotOpen):
    """A file of the keys holds something else."""

    code = "core.bad-key"
    message = translatable(
        "The file {name} does not hold a key of 32 bytes; put the right one back in place."
    )


@dataclass(frozen=True)
class Place:
    """Where a sealed value belongs; `row` is the public id, which is known before the insert."""

    table: str
    column: str
    row: str


class Sealer:
    """Seals and opens with the keys of one town; the first key is made when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.folder / "keys"
        self._keys: dict[int, bytes] = {}

    def seal(self, plain: bytes, place: Place) -> bytes:
        """Return the sealed value for this place."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 (costly)

        newest = max(self._keys or self._read() or self._begin())
        nonce = token_bytes(NONCE_BYTES)
        head = bytes([VERSION]) + newest.to_bytes(ID_BYTES, "big") + nonce
        cipher = AESGCM(self._subkey(newest, place))
        return head + cipher.encrypt(nonce, plain, _bound(place, newest))

    def open(self, sealed: bytes, place: Place) -> bytes:
        """Return what was sealed for exactly this place."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 (costly)
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 (costly)

        if len(sealed) < HEAD_BYTES + TAG_BYTES or sealed[0] != VERSION:
            raise CannotOpen
        key = int.from_bytes(sealed[1 : 1 + ID_BYTES], "big")
        if key not in self._keys and key not in self._read():
            raise UnknownKey(key=key)
        nonce, kept = sealed[1 + ID_BYTES : HEAD_BYTES], sealed[HEAD_BYTES:]
        try:
            return AESGCM(self._subkey(key, place)).decrypt(nonce, kept, _bound(place, key))
        except InvalidTag as error:
            raise CannotOpen from error

    def _read(self) -> dict[int, bytes]:
        """Look at the folder again: another process may have made a key, or an operator."""
        found = {_number(path): path for path in self._folder.glob(f"{NAME}*")}
        self._keys = {number: _key(path) for number, path in found.items() if number}
        return self._keys

    def _begin(self) -> dict[int, bytes]:
        make_key(self._folder / f"{NAME}1")
        return self._read()

    def _subkey(self, key: int, place: Place) -> bytes:
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 (costly)
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415 (costly)

        purpose = json.dumps(["column", place.table, place.column]).encode()
        return HKDF(SHA256(), BYTES, salt=None, info=purpose).derive(self._keys[key])


def _bound(place: Place, key: int) -> bytes:
    return json.dumps([*astuple(place), key]).encode()


def _number(path: Path) -> int:
    """Return the number of a key, 0 for a file of another name."""
    told = path.name.removeprefix(NAME)
    number = int(told) if told.isascii() and told.isdigit() else 0
    return number if number < 1 << 8 * ID_BYTES else 0


def _key(path: Path) -> bytes:
    kept = path.read_bytes()
    if len(kept) != BYTES:
        raise BadKey(name=path.name)
    return kept


COLUMNS: Port[Sealer] = Port("core.columns", "townsquare.core.columns:Sealer")

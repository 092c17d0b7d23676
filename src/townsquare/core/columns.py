"""Values of columns that a copy of the database does not give away, each bound to its row.

A sealed value is a version byte, the id of its key, a nonce, and what AES-256-GCM makes of the
text. Table, column, public id of the row and key id are sealed along, so that a value that was
moved to another place opens no more. The keys lie in the data folder, apart from backups.
`core/jobs/rotating.py` seals everything again with a new key.
"""

import json
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path
from secrets import token_bytes

from townsquare.core.errors import Conflict
from townsquare.core.frozen import dataclass
from townsquare.core.keys import BYTES, make_key
from townsquare.core.ports import Port
from townsquare.core.settings import Settings
from townsquare.core.words import translatable

VERSION = 1
ID_BYTES, NONCE_BYTES, TAG_BYTES = 2, 12, 16
HEAD_BYTES = 1 + ID_BYTES + NONCE_BYTES
NAME = "columns-"  # Then the number of the key; the highest one seals, all of them open.
RETIRED = "retired-"  # Before the name of a key that no value needs; only an old backup does.
MARKED = slice(1, 1 + ID_BYTES)  # Where a sealed value names its key.
SEALED = {"sealed": True}  # The info of a mapped column that holds sealed values.


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

        # The folder is read each time: what is sealed with the old key after another one was made
        # would have to be sealed again.
        keys = self._read() or self._begin()
        newest = max(keys)
        nonce = token_bytes(NONCE_BYTES)
        head = bytes([VERSION]) + mark_of(newest) + nonce
        cipher = AESGCM(_subkey(keys[newest], place))
        return head + cipher.encrypt(nonce, plain, _bound(place, newest))

    def open(self, sealed: bytes, place: Place) -> bytes:
        """Return what was sealed for exactly this place."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 (costly)
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 (costly)

        if len(sealed) < HEAD_BYTES + TAG_BYTES or sealed[0] != VERSION:
            raise CannotOpen
        key = key_in(sealed)
        keys = self._keys if key in self._keys else self._read()
        if key not in keys:
            raise UnknownKey(key=key)
        nonce, kept = sealed[1 + ID_BYTES : HEAD_BYTES], sealed[HEAD_BYTES:]
        try:
            return AESGCM(_subkey(keys[key], place)).decrypt(nonce, kept, _bound(place, key))
        except InvalidTag as error:
            raise CannotOpen from error

    def derived(self, key: int, *purpose: str) -> bytes:
        """Return a key for another purpose, made from this one, which it does not give away."""
        keys = self._keys if key in self._keys else self._read()
        if key not in keys:
            raise UnknownKey(key=key)
        return _derived(keys[key], *purpose)

    def numbers(self) -> list[int]:
        """Return the keys that lie here now, the one that seals at the end."""
        return sorted(self._read())

    def newest(self) -> int:
        """Return the key that seals; the first one is made where there is none."""
        return max(self._read() or self._begin())

    def make_next(self) -> int:
        """Make the key that seals from now on; who comes second finds the same one."""
        following = max(self._read(), default=0) + 1
        make_key(self._folder / f"{NAME}{following}")
        return following

    def put_away(self, key: int) -> None:
        """Let a key open nothing more; its file gets a name by which nobody reads it."""
        with suppress(FileNotFoundError):  # Somebody else has done it.
            path = self._folder / f"{NAME}{key}"
            path.rename(path.with_name(f"{RETIRED}{path.name}"))
        self._read()

    def _read(self) -> dict[int, bytes]:
        """Look at the folder again: another process may have made a key, or an operator."""
        found = {_number(path): path for path in self._folder.glob(f"{NAME}*")}
        keys = {}
        for number in filter(None, found):
            with suppress(FileNotFoundError):  # It was put away just now.
                keys[number] = _key(found[number])
        self._keys = keys
        return keys

    def _begin(self) -> dict[int, bytes]:
        make_key(self._folder / f"{NAME}1")
        return self._read()


def _subkey(key: bytes, place: Place) -> bytes:
    return _derived(key, "column", place.table, place.column)


def _derived(key: bytes, *purpose: str) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 (costly)
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415 (costly)

    return HKDF(SHA256(), BYTES, salt=None, info=json.dumps(purpose).encode()).derive(key)


def mark_of(key: int) -> bytes:
    """Return how a sealed value names its key."""
    return key.to_bytes(ID_BYTES, "big")


def key_in(sealed: bytes) -> int:
    """Return the key that a sealed value names."""
    return int.from_bytes(sealed[MARKED], "big")


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

"""The keys of the town: made once, kept in its data folder, never overwritten."""

import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes, token_hex

from townsquare.core.audit import AuditKeys
from townsquare.core.errors import Conflict, Invalid
from townsquare.core.ids import new_id
from townsquare.core.ports import Engines, Port
from townsquare.core.settings import Settings
from townsquare.core.words import translatable

BYTES = 32
HEADS = "heads"
AUDIT = re.compile("audit(-[1-9][0-9]{0,5})?")  # The first has no number, the highest one signs.


class NoAuditKey(Invalid):
    """What was signed elsewhere cannot be checked with a key that was made here just now."""

    code = "core.no-audit-key"
    message = translatable(
        "There is no audit key here; name the file of the town's key in TOWNSQUARE_AUDIT_KEY_FILE."
    )


class AuditKeyGiven(Conflict):
    """The key of the audit is a setting, not a file here."""

    code = "core.audit-key-given"
    message = translatable(
        "The key of the audit is given by TOWNSQUARE_AUDIT_KEY; put a new one there, and the old"
        " one at the end of TOWNSQUARE_AUDIT_KEYS_BEFORE."
    )


def kept(folder: Path, name: str, make: Callable[[], str]) -> str:
    """Return the text of a key; who comes first makes it, and everybody reads the same."""
    path = folder / "keys" / name
    make_key(path, lambda: make().encode())
    return path.read_text()


def make_key(path: Path, make: Callable[[], bytes] = lambda: token_bytes(BYTES)) -> None:
    """Make a key where none is; whoever comes second keeps the first one, and nobody reads half."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written whole and on the disk before it has its name, which only one can give.
    whole = path.with_name(f"{path.name}.{new_id()}.part")
    try:
        _write(whole, make())
        with suppress(FileExistsError):
            os.link(whole, path)
    finally:
        whole.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def audit_keys(settings: Settings) -> AuditKeys:
    """Return what signed the audit before, and what does: the setting, or files of the folder."""
    if settings.audit_key:
        told = [settings.audit_key]
    else:
        # Where the first one is lost no other takes its name.
        if not _audit_files(settings.folder):
            kept(settings.folder, "audit", lambda: token_hex(BYTES))
        told = [path.read_text() for _number, path in sorted(_audit_files(settings.folder))]
    return AuditKeys(*map(bytes.fromhex, (*settings.audit_keys_before, *told)))


AUDIT_KEYS: Port[AuditKeys] = Port("core.audit-key", "townsquare.core.keys:audit_keys")


def make_next_audit_key(settings: Settings) -> Path:
    """Make the key that signs the audit from the next start on; the ones before stay."""
    if settings.audit_key:
        raise AuditKeyGiven
    known_audit_keys(settings)
    last, _path = max(_audit_files(settings.folder))
    place = settings.folder / "keys" / f"audit-{last + 1}"
    make_key(place, lambda: token_hex(BYTES).encode())
    return place


def _audit_files(folder: Path) -> list[tuple[int, Path]]:
    found = ((AUDIT.fullmatch(path.name), path) for path in (folder / "keys").glob("audit*"))
    return [(int((name[1] or "-1")[1:]), path) for name, path in found if name]


def head_key(settings: Settings) -> bytes:
    """Return what signs the heads of the audit: a file of the data folder."""
    return bytes.fromhex(kept(settings.folder, HEADS, lambda: token_hex(BYTES)))


HEAD_KEY: Port[bytes] = Port("core.head-key", "townsquare.core.keys:head_key")


def known_audit_keys(settings: Settings) -> AuditKeys:
    """Return what signs the audit, but make no new key: it would agree with nothing."""
    if not has_audit_key(settings):
        raise NoAuditKey
    return Engines(settings).at(AUDIT_KEYS)


def has_audit_key(settings: Settings) -> bool:
    """Tell whether this place has an audit key, without making one."""
    chosen = bool(settings.audit_key) or AUDIT_KEYS.name in settings.engines
    return chosen or bool(_audit_files(settings.folder))


def has_head_key(settings: Settings) -> bool:
    """Tell whether this place has the key that signs the heads, without making one."""
    return HEAD_KEY.name in settings.engines or (settings.folder / "keys" / HEADS).exists()


def _write(path: Path, key: bytes) -> None:
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())

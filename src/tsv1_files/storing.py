"""Files that are there whole or not at all, and that only their owner can read."""

import os
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tsv1 import canonical
from tsv1.canonical import Message
from tsv1_files.refusals import Refused

PRIVATE = 0o600  # As tempfile makes its files.


def write(path: Path, raw: bytes, *, replace: bool = False) -> None:
    """Write a file in one step, readable by its owner alone; refuse to replace one unasked."""
    try:
        if not replace:
            path.touch(PRIVATE, exist_ok=False)
        try:
            _place(path, raw)
        except OSError:
            if not replace:
                path.unlink()
            raise
    except FileExistsError as error:
        raise Refused(f"{path} is there already; name another file.") from error
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}.") from error


def _place(path: Path, raw: bytes) -> None:
    """Write a draft beside the file, and let it take the file's place once it is on the disk."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)
    _keep_name(path.parent)


def _keep_name(folder: Path) -> None:
    """Wait until the disk knows the name of what was written, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(path: Path) -> bytes:
    """Return what a file holds; Refused where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}.") from error


def write_messages(path: Path, messages: Iterable[Message]) -> None:
    """Write messages for an upload, one line of canonical JSON each; an older file is replaced."""
    lines = [canonical.write(message) + b"\n" for message in messages]
    write(path, b"".join(lines), replace=True)


def read_messages(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """Return the messages of files; Refused for other files.

    A file has a message on each line, or is one object with all of them in `messages`.
    """
    return [message for path in paths for message in _messages(path, read(path))]


def _messages(path: Path, raw: bytes) -> list[dict[str, Any]]:
    with suppress(canonical.NotAllowed):
        if isinstance(listed := canonical.parse(raw).get("messages"), list):
            return listed
    found = []
    for number, line in enumerate(raw.splitlines(), 1):
        try:
            found.append(canonical.parse(line))
        except canonical.NotAllowed as error:
            told = f"{path}, line {number}, is no message; download the file again."
            raise Refused(told) from error
    return found

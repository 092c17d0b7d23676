"""A small volume of memory that can be filled, in a mount namespace of its own.

Nothing of it is left when the block ends, however it ends: the volume goes with the process that
holds its namespace.
"""

import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.kit.servers import Command, NotInstalled

MOUNT = 'mount -t tmpfs -o "size=$1,uid=$3" town "$2" && echo mounted && exec cat'
BALLAST, PIECE = "ballast", 64 * 1024


@dataclass(frozen=True)
class Volume:
    """A volume, and the process in whose namespace it is mounted."""

    folder: Path
    holder: int

    def command(self, command: Command) -> Command:
        """Return the command as one that sees the volume."""
        return ("nsenter", f"--mount=/proc/{self.holder}/ns/mnt", *command)

    def seen(self) -> Path:
        """Return where the folder is seen from outside; its files can be read and written there."""
        return Path(f"/proc/{self.holder}/root{self.folder}")

    def take(self, *things: Path) -> None:
        """Copy these files and folders to the volume."""
        for thing in things:
            if thing.is_dir():
                shutil.copytree(thing, self.seen() / thing.name)
            elif thing.exists():
                shutil.copy(thing, self.seen())

    def fill(self) -> None:
        """Leave no byte."""
        with (
            suppress(OSError),
            (self.seen() / BALLAST).open("ab", buffering=0) as ballast,
        ):
            for size in (PIECE, 1):
                with suppress(OSError):
                    while ballast.write(b"x" * size):
                        pass

    def clear(self) -> None:
        """Give back what was filled."""
        (self.seen() / BALLAST).unlink(missing_ok=True)

    def copied(self, place: Path) -> Path:
        """Copy what is there to a place where every program can read it."""
        return Path(shutil.copytree(self.seen(), place))


@contextmanager
def small_volume(folder: Path, megabytes: int, *, owner: str = "root") -> Iterator[Volume]:
    """Mount a volume of this size at a new folder, for the commands that are told to see it."""
    folder.mkdir()
    user = str(pwd.getpwnam(owner).pw_uid)
    mount = ("unshare", "--mount", "sh", "-c", MOUNT, "sh", f"{megabytes}m", str(folder), user)
    told = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(mount, **told, text=True) as holder:
        assert holder.stdin
        assert holder.stdout
        if holder.stdout.readline() != "mounted\n":
            message = "A volume cannot be mounted: needs root and a namespace of its own"
            raise NotInstalled(message)
        yield Volume(folder, holder.pid)
        holder.stdin.close()

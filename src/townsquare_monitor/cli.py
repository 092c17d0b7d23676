"""The program: townsquare-monitor KEPT ARCHIVE; docs/elections/verifying.md tells how to run it."""

from pathlib import Path

import click

from townsquare_monitor.monitor import is_kept, watch
from tsv1_files import asking, storing
from tsv1_files.asking import PATH
from tsv1_files.refusals import Refused


@click.command()
@click.argument("kept", type=PATH)
@click.argument("archive", type=PATH)
@click.option("--log-key", default="", metavar="HEX", help="Whose checkpoints to believe.")
def main(kept: Path, archive: Path, *, log_key: str) -> None:
    """Compare ARCHIVE, downloaded just now, with every head of its board in the file KEPT.

    New heads are added to KEPT. Anything that was there before and is not any more is an alarm,
    and ends the program with 1.
    """
    known = storing.read_messages([kept]) if kept.exists() else []
    if not all(map(is_kept, known)):
        raise Refused(f"{kept} is no file of this program; name another one.")
    seen = watch(storing.read(archive), known, log_key)
    storing.write_messages(kept, [*known, *seen.new])
    asking.say(
        {
            "election": seen.election,
            "head": f"{seen.seq} {seen.hash}",
            "new heads": len(seen.new),
            "heads kept": len(known) + len(seen.new),
        }
    )

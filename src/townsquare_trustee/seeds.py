"""Seeds of the lot: drawn before the voting, shown after it, so that nobody can choose a tie."""

import secrets
from pathlib import Path

import click

from tsv1.schema import fits
from tsv1.ties import seed_commitment
from tsv1_files import asking
from tsv1_files.asking import PATH
from tsv1_files.refusals import Refused
from tsv1_files.sealed import read_sealed, write_sealed

KIND, SIZE, MOST = "seed", 32, 9
FILE = click.argument("file", type=PATH)


@click.group()
def seed() -> None:
    """Hold a seed of the lot that decides ties."""


@seed.command("draw")
@FILE
@click.option("--election", required=True, help="The id that the page shows.")
@click.option("--number", type=click.IntRange(1, MOST), required=True, help="Which holder I am.")
@asking.with_passphrase
def draw_seed(file: Path, *, election: str, number: int, passphrase_file: Path | None) -> None:
    """Draw a seed into a new sealed FILE, and print what commits to it."""
    if not fits("ulid", election):
        raise Refused("This is no id of an election; copy the 26 characters of its page.")
    drawn = secrets.token_bytes(SIZE)
    told = {"v": 1, "election": election, "number": number, "seed": drawn.hex()}
    passphrase = asking.passphrase(passphrase_file, new=True)
    write_sealed(file, KIND, told, passphrase=passphrase)
    commitment = seed_commitment(election, number, drawn).hex()
    asking.say({"commitment": commitment})
    asking.done(file, "keep it until the voting is over; the commitment goes to the page now.")


@seed.command("show")
@FILE
@asking.agreed
@asking.with_passphrase
def show_seed(file: Path, *, yes: bool, passphrase_file: Path | None) -> None:
    """Print the seed, once the voting is over."""
    told = read_sealed(file, KIND, asking.passphrase(passphrase_file))
    asking.go_on("Is the voting over? A seed that is known before decides nothing.", yes=yes)
    asking.say({"election": told["election"], "seed": told["seed"]})

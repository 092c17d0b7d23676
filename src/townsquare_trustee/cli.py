"""The program: townsquare-trustee; docs/elections/trustees.md tells its commands in their order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from townsquare_trustee import decrypting
from townsquare_trustee.invitations import MOST, checked, read_invitation
from townsquare_trustee.seeds import seed
from townsquare_trustee.trustee import Trustee, new_trustee, read_trustee
from tsv1.canonical import Message
from tsv1.group import base
from tsv1.rounds import Terms
from tsv1_files import asking, storing
from tsv1_files.asking import PATH
from tsv1_files.refusals import Refused
from tsv1_files.sealed import read_sealed, write_sealed

KIND = "trustee"
Act = Callable[[Trustee], Sequence[Message]]
FILE = click.argument("file", type=PATH)
HEARD = click.argument("messages", type=PATH, nargs=-1, required=True)
OUT = click.option("-o", "--output", type=PATH, required=True, help="The file to upload.")


@dataclass
class Desk:
    """A trustee's sealed file, opened."""

    path: Path
    passphrase: str
    trustee: Trustee

    def keep(self) -> None:
        """Seal the file anew with what has changed."""
        told = self.trustee.told()
        write_sealed(self.path, KIND, told, passphrase=self.passphrase, replace=True)

    def speak(self, act: Act, output: Path) -> None:
        """Keep what was drawn for a message before anybody sees the message."""
        messages = act(self.trustee)
        self.keep()
        storing.write_messages(output, messages)


def _open(file: Path, passphrase_file: Path | None, messages: Sequence[Path] = ()) -> Desk:
    """Open a trustee's file and hear messages of others."""
    passphrase = asking.passphrase(passphrase_file)
    trustee = read_trustee(read_sealed(file, KIND, passphrase))
    trustee.hear(storing.read_messages(messages))
    return Desk(file, passphrase, trustee)


@click.group()
def main() -> None:
    """Make a part of an election's key, and decrypt sums with the others, without the server."""


@main.command()
@FILE
@click.option("--ceremony", type=PATH, help="The file that you have saved from your page.")
@click.option("--election", default="", help="Without that file: the id that the page shows.")
@click.option("--number", type=click.IntRange(1, MOST), default=1, help="Which trustee I am.")
@click.option("--trustees", type=click.IntRange(1, MOST), default=1, help="How many we are.")
@click.option(
    "--threshold",
    type=click.IntRange(1, MOST),
    help="How many of us are enough to decrypt; without it all are needed (mode all).",
)
@asking.with_passphrase
def new(
    file: Path,
    *,
    ceremony: Path | None,
    election: str,
    number: int,
    trustees: int,
    threshold: int | None,
    passphrase_file: Path | None,
) -> None:
    """Draw the secrets of a trustee into a new sealed FILE."""
    told = Terms(election, trustees, threshold or trustees, additive=threshold is None)
    terms, mine = read_invitation(ceremony) if ceremony else checked(told, number)
    passphrase = asking.passphrase(passphrase_file, new=True)
    trustee = new_trustee(terms, mine)
    write_sealed(file, KIND, trustee.told(), passphrase=passphrase)
    asking.say(_facts(trustee))
    asking.done(file, "keep it on this device, and never send it to anybody.")


def _facts(trustee: Trustee) -> dict[str, object]:
    terms = trustee.terms
    return {
        "election": terms.election,
        "trustee": f"{trustee.number} of {terms.trustees}",
        "needed": f"{terms.threshold} (mode {terms.mode})",
        "signing key": base(trustee.signing).hex(),
    }


@main.command()
@FILE
@OUT
@asking.with_passphrase
def commit(file: Path, *, output: Path, passphrase_file: Path | None) -> None:
    """Bind yourself to a key that nobody sees yet."""
    _open(file, passphrase_file).speak(Trustee.commit, output)
    asking.done(output, "upload it on the ceremony page.")


@main.command()
@FILE
@HEARD
@OUT
@asking.with_passphrase
def reveal(
    file: Path, messages: tuple[Path, ...], *, output: Path, passphrase_file: Path | None
) -> None:
    """Show the key, once MESSAGES hold the commitments of all."""
    _open(file, passphrase_file, messages).speak(Trustee.reveal, output)
    asking.done(output, "upload it on the ceremony page.")


@main.command()
@FILE
@HEARD
@OUT
@asking.with_passphrase
def share(
    file: Path, messages: tuple[Path, ...], *, output: Path, passphrase_file: Path | None
) -> None:
    """Send every other trustee its share, masked (mode threshold)."""
    desk = _open(file, passphrase_file, messages)
    if desk.trustee.terms.additive:
        raise Refused("Where all trustees are needed nobody shares anything: check-shares is next.")
    desk.speak(Trustee.send_shares, output)
    asking.done(output, "upload it on the ceremony page.")


@main.command("check-shares")
@FILE
@HEARD
@OUT
@asking.with_passphrase
def check_shares(
    file: Path, messages: tuple[Path, ...], *, output: Path, passphrase_file: Path | None
) -> None:
    """Open what others have sent; a share that does not fit becomes a complaint to upload."""
    desk = _open(file, passphrase_file, messages)
    complaints = desk.trustee.open_shares()
    desk.keep()
    if not complaints:
        click.echo("Every share is good. Next: townsquare-trustee copy.")
        return
    storing.write_messages(output, complaints)
    named = ", ".join(str(one["body"]["against"]) for one in complaints)
    raise Refused(f"The share of trustee {named} is bad. Upload the complaint {output}.")


@main.command()
@FILE
@HEARD
@OUT
@asking.agreed
@asking.with_passphrase
def answer(
    file: Path,
    messages: tuple[Path, ...],
    *,
    output: Path,
    yes: bool,
    passphrase_file: Path | None,
) -> None:
    """Open a share that somebody has complained about, so that all can judge."""
    desk = _open(file, passphrase_file, messages)
    asking.go_on("Everybody will see this one share. Open it?", yes=yes)
    desk.speak(Trustee.answer, output)
    asking.done(output, "upload it on the ceremony page.")


@main.command()
@FILE
@click.argument("second", type=PATH)
@asking.with_passphrase
def copy(file: Path, second: Path, *, passphrase_file: Path | None) -> None:
    """Write a SECOND copy of FILE, best on a stick that is kept in another house."""
    desk = _open(file, passphrase_file)
    write_sealed(second, KIND, desk.trustee.told(), passphrase=desk.passphrase)
    asking.done(second, "written; confirm reads it back.")


@main.command()
@FILE
@HEARD
@OUT
@click.option("--copy", "second", type=PATH, required=True, help="The second copy of FILE.")
@asking.agreed
@asking.with_passphrase
def confirm(
    file: Path,
    messages: tuple[Path, ...],
    *,
    output: Path,
    second: Path,
    yes: bool,
    passphrase_file: Path | None,
) -> None:
    """Agree with the joint key, after the second copy was read back."""
    desk = _open(file, passphrase_file, messages)
    desk.trustee.needs("reveal" if desk.trustee.terms.additive else "share")
    _read_back(desk, second)
    joint = desk.trustee.rounds.joint_key().hex()
    asking.say({**_facts(desk.trustee), "joint key": joint, "second copy": "read back, good"})
    asking.go_on("Do the other trustees see the same joint key?", yes=yes)
    desk.speak(Trustee.confirm, output)
    asking.done(output, "upload it on the ceremony page.")


def _read_back(desk: Desk, second: Path) -> None:
    """Open the second copy as one will after a loss, and compare its secrets."""
    if not second.exists():
        raise Refused("There is no second copy there yet; make it: townsquare-trustee copy.")
    if second.samefile(desk.path):
        raise Refused("The second copy is the same file; make another one on another device.")
    found = read_trustee(read_sealed(second, KIND, desk.passphrase))
    if found.secrets() != desk.trustee.secrets():
        raise Refused("The second copy is older than the file; make it again.")


@main.command()
@FILE
@click.argument("archive", type=PATH)
@OUT
@click.option("--log-key", default="", metavar="HEX", help="Whose checkpoints to believe.")
@asking.agreed
@asking.with_passphrase
def decrypt(
    file: Path,
    archive: Path,
    *,
    output: Path,
    log_key: str,
    yes: bool,
    passphrase_file: Path | None,
) -> None:
    """Check the whole board in ARCHIVE, and decrypt its sums after you have agreed."""
    desk = _open(file, passphrase_file)
    counted = decrypting.examine(desk.trustee, storing.read(archive), log_key)
    asking.say(decrypting.facts(counted))
    if few := decrypting.small(counted):
        told = f"Fewer than {decrypting.FEW} ballots: {', '.join(few)}. The totals nearly tell them"
        click.echo(f"{told} one by one.", err=True)
    asking.go_on("Are set-up and head those that are published, and shall I decrypt?", yes=yes)
    part = decrypting.decrypt(desk.trustee, counted)
    desk.keep()
    storing.write_messages(output, [part])
    asking.done(output, "upload it on the page of the trustees.")


@main.command()
@FILE
@asking.with_passphrase
def show(file: Path, *, passphrase_file: Path | None) -> None:
    """Say what a file is for, without its secrets."""
    trustee = _open(file, passphrase_file).trustee
    rounds = {act: trustee.rounds.is_complete(act) for act in ("commit", "reveal", "confirm")}
    told = {act: "complete" if done else "not complete" for act, done in rounds.items()}
    asking.say({**_facts(trustee), **told, "can decrypt": "no" if trustee.share is None else "yes"})


main.add_command(seed)

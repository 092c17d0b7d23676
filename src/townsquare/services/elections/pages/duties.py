"""What trustees, authorities and holders of seeds find is asked of them, and hand in."""

from typing import Any

import msgspec
from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import attempt, read_onto
from townsquare.core.web.downloads import attachment
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.elections.commands import ceremony as wishes
from townsquare.services.elections.commands.ballots import EnterMessage
from townsquare.services.elections.commands.fields import Chosen, Nothing
from townsquare.services.elections.pages import bp
from townsquare.services.elections.queries import ceremony as looks
from townsquare.services.elections.usecases import ceremony as acts
from townsquare.services.elections.usecases.decrypting import submit_partial
from tsv1.canonical import write

LARGEST_UPLOAD = 2 * 1024 * 1024
JSON = "application/json"
FILE = "file"  # In place of what is pasted.
# Of each seed that somebody holds; those after the first have its number behind their names.
OF_SEEDS = ("commitment", "seed")
ASKED = {
    "commit": translatable("Let your program make its keys, and hand in the file of its round 1."),
    "reveal": translatable("All have committed. Hand in the file in which you show your key."),
    "share": translatable("All have shown their keys. Hand in the file with the shares."),
    "answer": translatable(
        "Somebody complains about your share. Hand in the answer of your program within 48 hours."
    ),
    "confirm": translatable(
        "Let your program check all messages and read back your copies; then confirm the key."
    ),
    "wait": translatable("Nothing now: others have not come as far yet."),
    "nothing": translatable("You have done all of it. Keep your files and their second copies."),
}
# What a trustee has handed in, and what comes after it.
HANDED = {
    "commit": translatable("Your keys (round 1)"),
    "reveal": translatable("Your shown key"),
    "share": translatable("Your shares for the others"),
    "complain": translatable("A complaint about a share"),
    "answer": translatable("Your answer to a complaint"),
    "confirm": translatable("Your confirmation of the key"),
    "partial": translatable("Your part of the decryption"),
}
NEXT = {
    "reveal": translatable(
        "When all have committed you hand in the file in which you show your key."
    ),
    "share": translatable("When all have shown their keys you hand in the file with the shares."),
    "confirm": translatable(
        "When all have come as far you check all messages and confirm the key."
    ),
    "": translatable(
        "When all have confirmed two people freeze the election. You are asked again after the"
        " closing, to decrypt the sums."
    ),
}
# What each form wishes: the command it shows, the whole wish, the act, what is said then.
FORMS: dict[str, tuple[Any, Any, Any, str]] = {
    "messages": (
        wishes.Messages,
        wishes.SubmitMessages,
        acts.submit_messages,
        translatable("Your messages were examined and kept."),
    ),
    "keys": (
        wishes.RollKeys,
        wishes.SubmitRollKeys,
        acts.submit_roll_keys,
        translatable("The signed roll was examined and kept."),
    ),
    "partial": (
        wishes.SignedMessage,
        EnterMessage,
        submit_partial,
        translatable("Your part of the decryption was examined, and it is on the board."),
    ),
    "commitment": (
        wishes.Commitment,
        wishes.CommitSeed,
        acts.commit_seed,
        translatable("Your commitment was kept. Keep the seed itself to yourself."),
    ),
    "seed": (
        wishes.Seed,
        wishes.RevealSeed,
        acts.reveal_seed,
        translatable("Your seed was examined and kept."),
    ),
}


@bp.get("/trustee")
@needs("signed-in")
def duties() -> ResponseReturnValue:
    """List the elections that the reader has a part in."""
    with looking() as ctx:
        found = looks.find_duties(ctx, Nothing())
    return render_template("elections/duties.html", found=found)


@bp.get("/<id>/duty")
@needs("signed-in")
def duty(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Show what is asked of the reader in one election."""
    return _page(id, {})


@bp.post("/<id>/duty/<part>")
@needs("signed-in")
def hand_in(id: str, part: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Take a file or a text of somebody who has a part in an election."""
    _shown, _whole, act, said = FORMS[_named(part)[0]]
    form = _form(part)
    form.alone()
    wish = _wish(form, part, id)
    done, status = attempt(form, act, wish=wish)
    if done is None:
        return _page(id, {part: form}), status
    flash(_(said), "success")
    return redirect(url_for("elections.duty", id=id), 303)


hand_in.largest_body = LARGEST_UPLOAD  # type: ignore[attr-defined]  # The first hook reads it.


@bp.get("/<id>/duty/ceremony.json")
@needs("signed-in")
def duty_ceremony(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Save the ceremony as far as it has come, for the program of a trustee."""
    with looking() as ctx:
        content = write(msgspec.to_builtins(looks.read_ceremony(ctx, read(Chosen, {"id": id}))))
    return attachment(content, f"ceremony-{id}.json", JSON)


@bp.get("/<id>/duty/messages.jsonl")
@needs("signed-in")
def duty_messages(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Save what was said in the ceremony, one message on each line."""
    with looking() as ctx:
        said = looks.read_ceremony(ctx, read(Chosen, {"id": id})).messages
    return attachment(b"".join(write(one) + b"\n" for one in said), f"messages-{id}.jsonl", JSON)


@bp.get("/<id>/duty/roll.json")
@needs("elections.authority.act")
def duty_roll(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Save the roll without names, for the program of the authority."""
    with looking() as ctx:
        content = write(msgspec.to_builtins(looks.export_roll(ctx, read(Chosen, {"id": id}))))
    return attachment(content, f"roll-{id}.json", JSON)


def _named(part: str) -> tuple[str, str]:
    """Return the form that a part of an address names, and the number of the seed it is for."""
    name = part.rstrip("123456789")
    number = part.removeprefix(name)
    if name not in FORMS or len(number) > (name in OF_SEEDS):
        abort(404)
    return name, number


def _wish(form: CommandForm[Any], part: str, public_id: str) -> Any:  # noqa: ANN401 (any command)
    """Return what was sent as a file, or else what was pasted."""
    named, number = _named(part)
    (shown, whole, *_others), sent = FORMS[named], request.files.get(FILE)
    chosen = {"id": public_id, **({"number": number} if number else {})}
    if sent is not None and sent.filename:
        [name] = shown.model_fields
        text = sent.read().decode(errors="replace")
        return read_onto(form, whole, {name: text, **chosen})
    typed = form.read()
    return read_onto(form, whole, {**typed.model_dump(), **chosen}) if typed else None


def _form(part: str) -> CommandForm[Any]:
    return CommandForm(FORMS[_named(part)[0]][0], beside=(FILE,), prefix=f"{part}-")


def _page(public_id: str, forms: dict[str, CommandForm[Any]]) -> str:
    with looking() as ctx:
        found = looks.read_duty(ctx, read(Chosen, {"id": public_id}))
    further = [f"{part}{one.number}" for one in found.seeds[1:] for part in OF_SEEDS]
    own = {part: forms.get(part) or _form(part) for part in (*FORMS, *further)}
    asked = _(ASKED[found.asked]) if found.asked else ""
    handed = [(_(HANDED[one.what]), one.at) for one in found.handed]
    after = _(NEXT[found.next]) if found.asked in ("wait", "nothing") else ""
    return render_template(
        "elections/duty.html", found=found, forms=own, asked=asked, handed=handed, after=after
    )

"""The booth of an encrypted election: on the device, or by the server for who has no script."""

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.usecase import declared
from townsquare.core.web import acting, actor, looking, needs, town
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.elections.commands.booth import SealBallot
from townsquare.services.elections.pages import bp
from townsquare.services.elections.pages.marking import GRADES, grade
from townsquare.services.elections.queries.booth import seal_ballot
from townsquare.services.elections.results.elections import Paper
from townsquare.services.elections.rules.papers import Paper as Answered
from townsquare.services.elections.usecases.sealed_casting import cast_sealed

SCRIPT = "booth/booth.js"
# What the script says; braces are filled in by it.
WORDS = {
    "mistyped": translatable(
        "This is not a whole token: look at it once more, five groups of five."
    ),
    "unanswered": translatable("The town does not answer; look at your connection and try again."),
    "one": translatable("Choose one."),
    "many": translatable("Mark {min} to {max}."),
    "or-blank": translatable("Or vote blank."),
    "score": translatable("Give each option its points; one without a number gets none."),
    "grid": translatable("Give each option a grade."),
    "place": translatable("Question {place} of {all}."),
    "blank": translatable("Blank: none of them"),
    "nothing": translatable("Nothing"),
    "change": translatable("Change"),
    "unreadable": translatable(
        "This is not a whole opening; copy all of it, or scan it once more."
    ),
    "other-tracker": translatable(
        "The town has answered with another tracker; tell the election officers."
    ),
}


def booth_of(paper: Paper) -> str:
    """Return the page of the booth that encrypts on the device."""
    return render_template("elections/booth.html", election=paper.election, **_script())


@bp.get("/check")
@needs("public")
def check_ballot() -> ResponseReturnValue:
    """Show the page on which a second device opens a ballot that was not cast."""
    return render_template("elections/check.html", **_script())


def cast_by_server(public_id: str, token: str, choices: Mapping[str, Answered]) -> None:
    """Encrypt a vote in memory and put it on the board; neither token nor choices are kept."""
    wish = read(SealBallot, {"id": public_id, "token": token, "choices": choices})
    with looking() as ctx:
        sealed = seal_ballot(ctx, wish)
    examined = town().ahead(declared(cast_sealed), actor(), sealed)
    with acting() as ctx:
        cast_sealed(ctx, examined)


@bp.app_template_global("booth_script")
def booth_script() -> str:
    """Return the SHA-256 of the script of the booth, as everybody can compute it."""
    return _digest(Path(current_app.static_folder or "") / SCRIPT).hex()


def _script() -> dict[str, object]:
    digest = bytes.fromhex(booth_script())
    told = {name: _(text) for name, text in WORDS.items()}
    told |= {f"grade-{number}": grade(number) for number in range(len(GRADES))}
    return {"script_integrity": f"sha256-{b64encode(digest).decode()}", "words": told}


@cache
def _digest(script: Path) -> bytes:
    return sha256(script.read_bytes()).digest()

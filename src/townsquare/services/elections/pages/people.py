"""The office: who has which part in an encrypted election, and who does something next."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import attempt, read_onto
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.elections.commands import ceremony as wishes
from townsquare.services.elections.commands.ballots import EnterMessage
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.models.reading import VIEW
from townsquare.services.elections.pages import bp
from townsquare.services.elections.queries.ceremony import read_preparation
from townsquare.services.elections.results.ceremony import Preparation
from townsquare.services.elections.usecases import naming
from townsquare.services.elections.usecases.decrypting import CONFIRM, void_credential

MODES = (
    ("threshold", translatable("So many of them as stands below")),
    ("all", translatable("All of them")),
)
STATES = {
    "invited": (translatable("Has to commit"), ""),
    "committed": (translatable("Has committed"), "info"),
    "revealed": (translatable("Has shown the key"), "info"),
    "shared": (translatable("Has sent the shares"), "info"),
    "confirmed": (translatable("Has confirmed"), "success"),
    "failing": (translatable("Does not answer"), "danger"),
    "nobody": (translatable("Nobody is named"), ""),
    "missing": (translatable("Has to sign the roll"), ""),
    "old": (translatable("Has to sign the roll anew"), "warning"),
    "signed": (translatable("Has signed the roll"), "success"),
}
BAD_SHARE = translatable("a share was bad")
# What each form of the page wishes: the command it shows, the whole wish, the act, what is said.
FORMS: dict[str, tuple[Any, Any, Any, str]] = {
    "trustees": (
        wishes.Trustees,
        wishes.NameTrustees,
        naming.name_trustees,
        translatable("The trustees are named; they find on their page what to do."),
    ),
    "authority": (
        wishes.Authority,
        wishes.NameAuthority,
        naming.name_authority,
        translatable("The authority is named."),
    ),
    "holders": (
        wishes.Holders,
        wishes.NameHolders,
        naming.name_holders,
        translatable("The holders of seeds are named."),
    ),
    "abort": (
        wishes.Abort,
        wishes.AbortCeremony,
        naming.abort_ceremony,
        translatable("The ceremony is given up; all trustees begin again."),
    ),
}


@bp.app_template_filter("part_state")
def part_state(state: str) -> tuple[str, str]:
    """Return in words how far a trustee or the authority is, and the tone of its tag."""
    word, tone = STATES[state]
    return _(word), tone


@bp.get("/office/<id>/people")
@needs(VIEW)
def people(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Show who does what next before an encrypted election can be frozen."""
    return _page(id, {})


@bp.post("/office/<id>/people/<part>")
@needs(naming.MANAGE)
def name_people(id: str, part: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Name trustees, the authority or holders of seeds, or give a ceremony up."""
    shown, whole, act, said = FORMS.get(part) or abort(404)
    form = _form(part, shown)
    form.alone()
    typed = form.read()
    wish = read_onto(form, whole, {**typed.model_dump(), "id": id}) if typed else None
    done, status = attempt(form, act, wish=wish)
    if done is None:
        return _page(id, {part: form}), status
    flash(_(said), "success")
    return redirect(url_for("elections.people", id=id), 303)


@bp.post("/office/<id>/people/void")
@needs(CONFIRM)
def void(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Confirm that a credential counts no more, as the authority has signed it."""
    form = _form("void", wishes.SignedMessage)
    form.alone()
    typed = form.read()
    told = {**typed.model_dump(), "id": id} if typed else {}
    wish = read_onto(form, EnterMessage, told) if typed else None
    done, status = attempt(form, void_credential, wish=wish)
    if done is None:
        return _page(id, {"void": form}), status
    flash(_("The credential is void; it stands on the board."), "success")
    return redirect(url_for("elections.people", id=id), 303)


def _page(public_id: str, forms: dict[str, CommandForm[Any]]) -> str:
    with looking() as ctx:
        found = read_preparation(ctx, read(Chosen, {"id": public_id}))
    shown = {**{part: told[0] for part, told in FORMS.items()}, "void": wishes.SignedMessage}
    own = {part: forms.get(part) or _form(part, kind) for part, kind in shown.items()}
    reason = _(BAD_SHARE) if found.aborted == "bad-share" else found.aborted
    steps = [*_next(found), *_after(found)]
    turns = [place for place, (_who, _what, done) in enumerate(steps, 1) if not done]
    told = {"found": found, "forms": own, "reason": reason, "next": steps, "turns": turns}
    return render_template("elections/people.html", **told)


def _form(part: str, shown: Any) -> CommandForm[Any]:  # noqa: ANN401 (a command of this page)
    modes = {"mode": [(mode, _(title)) for mode, title in MODES]} if part == "trustees" else {}
    return CommandForm(shown, choices=modes, prefix=f"{part}-")


def _next(found: Preparation) -> list[tuple[str, str, bool]]:
    """Return the checklist: by whom, what, and whether it is done."""
    office = _("Election office")
    confirmed = bool(found.trustees) and all(one.state == "confirmed" for one in found.trustees)
    committed = sum(one.committed for one in found.holders)
    names = ", ".join(one.name for one in found.trustees if one.state != "confirmed")
    seeds = ", ".join(one.name for one in found.holders if not one.committed)
    return [
        (office, _("Name the trustees"), bool(found.trustees)),
        (office, _("Name the credential authority"), bool(found.authority)),
        (office, _("Name two holders of a seed or more"), len(found.holders) > 1),
        (names or _("Trustees"), _("Make the key together"), confirmed),
        (found.authority or _("Authority"), _("Sign the credentials"), found.roll == "signed"),
        (
            seeds or _("Holders of seeds"),
            _("Commit to a seed"),
            len(found.holders) > 1 and committed == len(found.holders),
        ),
        (_("Two officers"), _("Freeze the election"), found.stage != "draft"),
    ]


def _after(found: Preparation) -> list[tuple[str, str, bool]]:
    """Return what is left to do after the freezing, as `_next` does for what comes before."""
    hidden = ", ".join(one.name for one in found.holders if not one.shown)
    ended = found.stage in ("closed", "certified")
    return [
        (_("By the clock"), _("Open, and close"), ended or found.stage == "counting"),
        (
            hidden or _("Holders of seeds"),
            _("Show the seeds, after the closing"),
            bool(found.holders) and not hidden,
        ),
        (_("Trustees"), _("Decrypt the sums"), ended),
        (_("Two certifiers"), _("Certify the result"), found.stage == "certified"),
    ]

"""The page /_patterns: every macro in every state, for authors of services and for tests."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from pydantic import Field

from townsquare.core.manifest import Task
from townsquare.core.usecase import Command
from townsquare.core.web import needs
from townsquare.core.web.codes import qr
from townsquare.core.web.forms import CommandForm

bp = Blueprint("patterns", __name__)
GROUPS = ("forms", "refused", "question", "states", "lists", "parts")


class Sample(Command):
    """A command with a field of every kind."""

    name: str = Field(title="Name", description="As it stands on your papers.", max_length=80)
    email: str = Field(title="Email", json_schema_extra={"format": "email"})
    secret: str = Field(title="Password", max_length=1024, json_schema_extra={"format": "password"})
    copies: int = Field(1, title="Copies", ge=1, le=9)
    day: str = Field(title="Day", json_schema_extra={"format": "date"})
    branch: str = Field("", title="Branch")
    way: str = Field("", title="How do you want to hear from us?")
    note: str = Field("", title="Note", max_length=2000)
    agreed: bool = Field(default=False, title="I have read the rules of the house.")


class Scan(Command):
    """What a desk scans: a copy for a card."""

    barcode: str = Field("", title="Barcode of the copy", description="Scan it, or type it.")
    card: str = Field("", title="Card")


TASKS = [
    Task("Choose a time for your visit", "Clinic · before Friday", "#", "calendar-event", "New"),
    Task("Return “Middlemarch”", "Library · 4 March", "#", "books", "Due soon", "warning"),
    Task("Answer our question", "Case C-1042", "#", "messages", "Reply needed", "danger"),
    Task("Fetch “Emma”", "Library · until 9 March", "#", "bookmark", "Ready", "success"),
]
TONES = [("New", ""), ("Sent", "info"), ("Ready", "success"), ("Due soon", "warning")]
LOANS = [
    ("Middlemarch", "George Eliot", 4, "Due soon", "warning"),
    ("R.U.R.", "Karel Čapek", 12, "On loan", "info"),
    ("Things Fall Apart", "Chinua Achebe", 0, "Overdue", "danger"),
]
TOWNSPEOPLE = [
    {"name": "Maya Santos", "sentence": "Resident, student", "id": "maya"},
    {"name": "Dina Park", "sentence": "Librarian at the desk", "id": "dina"},
]
SERVICES = [
    {"title": "Library", "sentence": "Borrow books.", "icon": "books", "accent": "indigo"},
    {"title": "Clinic", "sentence": "Book a visit.", "icon": "stethoscope", "accent": "blue"},
]
MONTHS = [("December", 182, 40), ("January", 240, 61), ("February", 211, 58)]


@bp.get("/_patterns")
@bp.get("/_patterns/<any(forms, refused, question, states, lists, parts):group>")
@needs("public")
def patterns(group: str = "forms") -> ResponseReturnValue:
    """Show one group of macros in every state."""
    return render_template(
        f"ui/patterns_{group}.html",
        group=group,
        groups=GROUPS,
        fresh=_form(),
        failed=_failed(),
        tasks=TASKS,
        tones=[*TONES, ("Overdue", "danger")],
        loans=LOANS,
        months=MONTHS,
        qr=qr(request.host_url),
        scan=CommandForm(Scan, hidden=["card"]),
        scanned=_unknown_card(),
        townspeople=TOWNSPEOPLE,
        services=SERVICES,
    )


def _form() -> CommandForm[Sample]:
    offered = [("central", "Central Library"), ("old", "Old Town"), ("port", "Port")]
    ways = [("mail", "By mail"), ("in-app", "On my page"), ("none", "Not at all")]
    return CommandForm(Sample, choices={"branch": offered, "way": ways})


def _failed() -> CommandForm[Sample]:
    form = _form()
    for field in form:
        form.refuse({field.name: "Fill in this field."})
    form.refuse({"": "The branch closed while you were typing; choose another one."})
    form["name"].value = "Maya"
    form["copies"].value = "many"
    return form


def _unknown_card() -> CommandForm[Scan]:
    form = CommandForm(Scan)
    form["card"].value = "LC-9999"
    form.refuse({"card": "No card has this number; scan it again or look for the name."})
    return form

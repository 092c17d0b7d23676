"""A wish for every act of the catalogue."""

from base64 import b64encode
from pathlib import Path

from tests.faults.stage import sample
from townsquare.services.library.models.searching import forget_words
from townsquare.services.library.usecases.imports import IMPORTER

MARC = Path(__file__).parents[1] / "data" / "library" / "marc" / "one.dat"
TABLE = b"Titel;ISBN\nEmma;\nPersuasion;\n"
CODED = ("category", "publisher")


def begun(stage, *, dry_run=False, content=None, **more):
    """Begin an import; return its run."""
    told = {"file_name": "table.csv" if content else "one.dat"}
    told["content"] = b64encode(content or MARC.read_bytes())
    return stage.do("library.import.start", dry_run=dry_run, **told, **more).id


def taken(stage, **how):
    """Take an import in; return its run."""
    run = begun(stage, **how)
    stage.do("library.import.continue", id=run)
    return run


def undone(stage):
    """Take an import in and begin to take it back; return its run."""
    run = taken(stage)
    stage.do("library.import.undo", id=run)
    return run


def branch(stage):
    """Make a branch that nothing belongs to yet; return it."""
    return stage.do("library.branch.add", code="south", name="South", zone="Europe/London").id


def heading(stage, words="Kawabata, Yasunari"):
    """Make a name of the catalogue; return it."""
    return stage.do("library.name.add", heading=words).id


@sample("library.branch.add")
def _(_stage):
    return {"code": "south", "name": "South", "zone": "Europe/London"}


@sample("library.branch.change")
def _(stage):
    return {"id": branch(stage), "version": 1, "name": "Far South"}


@sample("library.branch.remove")
def _(stage):
    return {"id": branch(stage), "version": 1}


for kind in CODED:

    def add(stage, kind=kind):
        return stage.do(f"library.{kind}.add", code="new", name="New").id

    sample(f"library.{kind}.add")(lambda _stage: {"code": "new", "name": "New"})
    sample(f"library.{kind}.change")(
        lambda stage, add=add: {"id": add(stage), "version": 1, "name": "Newer"}
    )
    sample(f"library.{kind}.remove")(lambda stage, add=add: {"id": add(stage), "version": 1})


@sample("library.name.add")
def _(_stage):
    return {"heading": "Kawabata, Yasunari"}


@sample("library.name.change")
def _(stage):
    return {"id": heading(stage), "version": 1, "dates": "1899-1972"}


@sample("library.name.merge")
def _(stage):
    return {"id": heading(stage), "into": heading(stage, "Kawabata, Y.")}


@sample("library.name.remove")
def _(stage):
    return {"id": heading(stage), "version": 1}


@sample("library.document.add")
def _(_stage):
    named = {"authors": "Jane Austen", "subjects": "Love; England", "isbn": "0-375-70402-7"}
    return {"title": "Emma", "publisher": "Egerton", **named}


@sample("library.document.change")
def _(stage):
    return {"id": stage.wood, "version": 1, "title": "Norwegian Woods", "authors": "H. Murakami"}


@sample("library.document.publish")
def _(stage):
    made = stage.do("library.document.add", title="Emma", publish=False)
    return {"id": made.id, "version": 1}


@sample("library.document.withdraw")
def _(stage):
    return {"id": stage.do("library.document.add", title="Emma").id, "version": 1}


@sample("library.search.rebuild")
def _(stage):
    with stage.town.sessions.begin() as db:
        forget_words(db, stage.one("SELECT id FROM library_document"))
    return {}


@sample("library.copy.add")
def _(stage):
    return {"document": stage.wood, "barcode": "TS9", "branch": "central"}


@sample("library.copy.add-many")
def _(stage):
    stage.do("library.document.add", title="Emma")
    return {"branch": "central"}


@sample("library.copy.move")
def _(stage):
    return {"id": stage.copy("TS9"), "version": 1, "branch": "north"}


@sample("library.copy.withdraw")
def _(stage):
    return {"id": stage.copy("TS9"), "version": 1}


@sample("library.import.start")
def _(_stage):
    return {"file_name": "one.dat", "content": b64encode(MARC.read_bytes()), "dry_run": False}


@sample("library.import.map")
def _(stage):
    return {"id": begun(stage, content=TABLE, ask_for_columns=True), "columns": {"title": "Titel"}}


@sample("library.import.apply")
def _(stage):
    return {"id": taken(stage, dry_run=True)}


@sample("library.import.resume")
def _(stage):
    return {"id": begun(stage)}


@sample("library.import.continue")
def _(stage):
    return {"id": begun(stage)}


@sample("library.import.take")
def _(stage):
    run = begun(stage)
    with MARC.open("rb") as file:
        rows = tuple(IMPORTER.read(file, {"zone": "Europe/London"}))
    return {"run": run, "start": 0, "rows": rows, "last": True}


@sample("library.import.undo")
def _(stage):
    return {"id": taken(stage)}


@sample("library.import.undo-rows")
def _(stage):
    return {"id": undone(stage)}


@sample("library.import.take-back")
def _(stage):
    return {"id": undone(stage)}

"""Generated calls to every operation: nothing unforeseen, undocumented or open to nobody."""

import pytest

from tests.fuzz.calling import DOCUMENT, PHASES, SEED, called

# What is promised does not depend on the database; what one of them alone refuses, others try.
pytestmark = pytest.mark.engines("sqlite")
# Whoever may do everything sends what is wrong, too; others are mostly sent away unread.
MODES = {"guest": "positive", "member": "positive", "staff": "all"}
PATH = "/api/v1/library/documents"


def operations(app):
    """Return every operation of the document, as Schemathesis calls it."""
    paths = app.test_client().get(DOCUMENT).json["paths"]
    return {f"{verb.upper()} {path}" for path, verbs in paths.items() for verb in verbs}


@pytest.mark.parametrize("kind", MODES)
def test_every_answer_is_documented(app, headers, measured, kind, nth):
    told = called(app, headers(kind), seed=SEED + nth, mode=MODES[kind])
    measured(calls=told.calls)
    assert told.wrong == [], "\n".join([f"seed {SEED + nth}", *told.wrong])
    assert told.reached == operations(app)
    assert told.phases == {*PHASES}
    # Who is sent away at the door has found nothing behind it.
    assert told.answers[429] == 0
    assert kind == "guest" or told.answers[200] > 0


@pytest.fixture
def plant(app):
    """Let the list of documents answer something else, or any other operation by its endpoint."""

    def run(answer, name="library_document_list"):
        view = app.view_functions[f"library_api.{name}"]

        def planted(**places):
            return answer

        planted.offers = view.offers
        app.view_functions[f"library_api.{name}"] = planted

    return run


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (("{}", 500, JSON), "ServerError"),
        (("{}", 418, JSON), "UndefinedStatusCode"),
        (("{}", 200, JSON), "JsonSchemaError"),
        (("hello", 200, {"Content-Type": "text/plain"}), "UndefinedContentType"),
    ],
)
def test_an_answer_that_nobody_promised_would_be_found(app, plant, answer, name):
    plant(answer)
    told = called(app, {}, phases=("coverage",), only=PATH)
    assert any(f"GET {PATH}: {name}" in line for line in told.wrong)


def test_an_operation_that_ignores_who_asks_would_be_found(app, headers, plant):
    staff, path = headers("staff"), "/api/v1/library/patrons"
    plant(('{"items": []}', 200, JSON), name="library_patron_view")
    told = called(app, staff, phases=("coverage",), only=path)
    assert any(f"GET {path}: IgnoredAuth" in line for line in told.wrong)


def broken_off(environ, start_response):
    """Answer as where a person presses Ctrl-C meanwhile."""
    raise KeyboardInterrupt


def test_who_breaks_the_calls_off_breaks_the_test_off(app, plant):
    plant(broken_off)
    with pytest.raises(KeyboardInterrupt):
        called(app, {}, phases=("coverage",), only=PATH)

"""Lists go on at a line that people know by its public id, whatever else happens meanwhile."""

import re
from dataclasses import fields, is_dataclass
from html import unescape
from http import HTTPStatus
from itertools import count

import pytest
from graphql import GraphQLObjectType, get_named_type

from tests.services.library.lending.conftest import DINA
from townsquare.core.web.graphql import schema_of

PROGRAMS = "/api/v1/library"
# What names a line of a list, and is no row number.
NAMES = ("id", "barcode", "code")
PEOPLE_KNOW = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}(-\d+)?|[A-Z]+-?\d+|[a-z]+\d*")


@pytest.fixture
def done(api):
    """Do what must succeed, and return what it answers."""

    def run(line, body, **how):
        answer = api(line, body, **how)
        if answer.status_code >= HTTPStatus.BAD_REQUEST:
            pytest.fail(f"{line}: {answer.text}")
        return answer.json

    return run


@pytest.fixture
def more(api, done, readers, wood, clock):
    """Let some days go by on which there is one more of everything that is listed."""
    numbers = count(1)

    def run():
        n, maya = next(numbers), readers.Maya.actor
        clock.advance(days=1)
        told = {"title": f"Volume {99 - n}", "authors": f"Anne {n}"}
        book = done("POST /documents", told)["id"]
        for kept in (f"C{n}", f"D{n}"):
            done("POST /copies", {"document": book, "barcode": kept, "branch": "central"})
        coded = {"code": f"c{n:02}", "name": f"Coded {n}"}
        done("POST /branches", coded | {"zone": "Europe/London"})
        done("POST /categories", coded)
        done("POST /publishers", coded)
        born = {"given": f"Reader {99 - n}", "number": f"{n}", "card": f"R-{n}", "kind": "faculty"}
        done("POST /patrons", born | {"branch": "central"})
        done("PUT /me/wishes", {"keep_history": True, "mails": True}, actor=maya)
        year_is_over = {"override": "card-expired", "reason": "She renews it"} if n > 10 else {}
        done("POST /loans", {"barcode": f"C{n}", "card": "LC-1001"} | year_is_over)
        clock.advance(days=19)
        done("POST /returns", {"barcode": f"C{n}"})
        done("POST /loans", {"barcode": f"C{n}", "card": f"R-{n}"})
        done("POST /holds", {"document": book, "card": f"R-{n}", "branch": "central"})
        charge = api("GET /charges?limit=1&words=LC-1001").json["items"][0]
        for amount in (5, 6):
            waiver = {"charge": charge["id"], "amount_minor": amount, "reason": f"It snowed {n}"}
            done("POST /waivers", waiver)
        rest = {"card": "LC-1001", "amount_minor": charge["open_minor"] - 11}
        done("POST /payments", rest)

    run()
    run()
    run()
    return run


def lists(app):
    """Return the addresses of programs that answer page by page, in each order, and the cursor."""
    found = {}
    for rule in app.url_map.iter_rules():
        offers = getattr(app.view_functions[rule.endpoint], "offers", None)
        if offers and rule.rule.startswith(PROGRAMS) and is_dataclass(offers.act.result):
            told = {field.name for field in fields(offers.act.result)}
            for cursor in {"after", "before"} & told & offers.act.command.model_fields.keys():
                for sort in sorts(offers.act.command):
                    found[f"{rule.rule.removeprefix(PROGRAMS)}?{sort}"] = cursor
    return found


def sorts(command):
    """Return what an address says to choose each order that a list knows."""
    known = command.model_json_schema()["properties"].get("sort", {"enum": []})
    known = next((kind for kind in known.get("anyOf", []) if "enum" in kind), known)["enum"]
    return ["", *(f"sort={sort}&" for sort in known)]


def lines_of(page):
    """Return what names each line of a page."""
    items = next(value for value in page.values() if isinstance(value, list))
    return [next(line[name] for name in NAMES if name in line) for line in items]


def walked(api, path, cursor, actor, *, meanwhile):
    """Return what names the lines of all pages, and the pages by what they were asked with."""
    seen, pages, told = [], {}, ""
    while True:
        page = api(f"GET {path}limit=1&{cursor}={told}", actor=actor).json
        pages[told], seen = lines_of(page), seen + lines_of(page)
        told = page[cursor]
        if len(pages) == 1:
            meanwhile()
        if not told:
            return seen, pages


def row_numbers(answer, path=""):
    """Return the places of an answer where a row number would stand."""
    if isinstance(answer, list):
        return [place for part in answer for place in row_numbers(part, path)]
    if not isinstance(answer, dict):
        return []
    found = [
        place for name, part in answer.items() for place in row_numbers(part, f"{path}/{name}")
    ]
    named = [n for n in answer if n in {"id", "key", "after", "before", "seq"} or n.endswith("_id")]
    return found + [f"{path}/{n}" for n in named if isinstance(answer[n], int) or n == "key"]


@pytest.mark.engines("sqlite")
def test_no_line_is_lost_or_doubled_while_others_are_added(api, app, more, readers):
    known = lists(app)
    assert {
        "/loans?sort=due&",
        "/documents?sort=relevance&",
        "/charges?sort=amount&",
    } < known.keys()
    for path, cursor in known.items():
        actor = readers.Maya.actor if path.startswith("/me/") else DINA
        whole = lines_of(api(f"GET {path}limit=100", actor=actor).json)
        seen, pages = walked(api, path, cursor, actor, meanwhile=more if len(whole) > 1 else int)
        assert [line for line in seen if line in whole] == whole, path
        assert len(seen) == len(set(seen)), path
        assert all(PEOPLE_KNOW.fullmatch(told) for told in pages if told), (path, pages)
        for told, lines in reversed(pages.items()):  # And back again.
            again = lines_of(api(f"GET {path}limit=1&{cursor}={told}", actor=actor).json)
            assert again == lines or not told, path


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("documents?sort=size", "'relevance', 'title', 'newest' or 'year'"),
        ("loans?sort=size", "'lent' or 'due'"),
        ("holds?sort=name", "'queue' or 'newest'"),
        ("patrons?sort=", "'name' or 'newest'"),
        ("charges?sort=due&limit=1", "'newest' or 'amount'"),
    ],
)
@pytest.mark.engines("sqlite")
def test_an_order_that_a_list_does_not_know_is_refused(api, readers, address, known):
    answer = api(f"GET /{address}")
    assert (answer.status_code, answer.json["code"]) == (422, "core.invalid")
    assert answer.json["facts"]["fields"] == {"sort": f"Choose one of {known}."}
    if not address.endswith("="):  # What a page leaves empty is not asked.
        page = api.client.get(f"/library/{address}".replace("/documents", ""))
        assert page.status_code == 422
        assert f"<li>sort: Choose one of {known}.</li>" in unescape(page.text)


@pytest.mark.engines("sqlite")
def test_no_answer_to_a_program_tells_a_row_number(api, app, more, readers):
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.rule.startswith(PROGRAMS) and "<" not in rule.rule:
            path = rule.rule.removeprefix(PROGRAMS)
            actor = readers.Maya.actor if path.startswith("/me") else DINA
            answer = api(f"GET {path}", actor=actor)
            if answer.status_code == 200:  # Others want a question.
                assert row_numbers(answer.json) == [], path


@pytest.mark.engines("sqlite")
def test_no_type_of_the_graph_tells_a_row_number(app, town):
    with app.app_context():
        kinds = schema_of(town).type_map.values()
    told = [
        (kind.name, name, get_named_type(field.type).name)
        for kind in kinds
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__")
        for name, field in kind.fields.items()
    ]
    assert [t for t in told if t[1] in {"id", "key", "after", "before"} and t[2] != "String"] == []


@pytest.mark.engines("sqlite")
def test_pages_lead_on_by_what_people_know(api, more):
    asked = ("", "/loans", "/holds", "/charges", "/payments", "/patrons", "/copies", "/waivers")
    for page in (*asked, "/holds/fetching"):
        link = re.search(
            r"(?:after|before)=([^&\"]+)", api.client.get(f"/library{page}?limit=1").text
        )
        assert link is None or PEOPLE_KNOW.fullmatch(link[1]), page
        assert link or page in {"/waivers", "/holds/fetching"}, page


@pytest.mark.parametrize(
    "path", ["/loans", "/holds", "/patrons", "/charges", "/payments", "/waivers", "/documents"]
)
def test_behind_a_line_that_is_not_there_is_nothing(api, more, path):
    for told in ("x", "-1", "1", "-", "99999999999999999999", "01J8Z0000000000000000000ZZ-1"):
        cursor = "before" if path in {"/charges", "/payments", "/waivers"} else "after"
        answer = api(f"GET {path}?{cursor}={told}")
        assert (answer.status_code, lines_of(answer.json)) == (200, [])
        assert lines_of(api(f"GET {path}").json)

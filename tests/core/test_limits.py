"""Who asks too often is told when to come back, before anything that they sent is read."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Barrier

import pytest
from flask import Response
from sqlalchemy import event, select

from townsquare.adapters.embedded import limits as embedded
from townsquare.adapters.embedded.limits import InThisProcess
from townsquare.app import assemble
from townsquare.core.identity.models import AccountRow
from townsquare.core.limits import COUNTERS, counted
from townsquare.core.ports import Engines
from townsquare.core.rates import DEFAULTS, Limit, Rate, rates_of, table
from townsquare.core.settings import Settings
from townsquare.core.web.limits import Gate, class_of, rated

pytestmark = pytest.mark.shown

FAR, BESIDE, AWAY = "9.9.9.9", "9.9.9.77", "8.8.8.8"
TEN = Limit(10, 60)
# Every address that is neither free nor counted as what it looks like.
OTHERWISE = {
    ("/account/forgotten", "POST"): "mail",
    ("/account/sign-up", "POST"): "sign-up",
    ("/account/data/download", "POST"): "expensive",
    ("/admin/accounts/<id>/erasure", "POST"): "mail",
    ("/admin/invitations", "POST"): "mail",
    ("/admin/proposals/new", "POST"): "mail",
    ("/graphql", "GET"): "expensive",
    ("/api/v1/grocery/gift-cards/check", "POST"): "expensive",
    ("/grocery/gift-cards/check", "POST"): "expensive",
    ("/grocery/orders/<number>/pay", "POST"): "expensive",
    ("/grocery/orders/<number>/with/<token>/pay", "POST"): "expensive",
    ("/grocery/orders/<number>/pay/<id>", "POST"): "expensive",
    ("/grocery/orders/<number>/with/<token>/pay/<id>", "POST"): "expensive",
    ("/api/v1/grocery/orders/<number>/payments", "POST"): "expensive",
    ("/graphql", "POST"): "expensive",
    ("/library/export.<kind>", "GET"): "expensive",
    ("/library/imports", "POST"): "expensive",
    ("/grocery/staff/imports", "POST"): "expensive",
    ("/api/v1/grocery/imports", "POST"): "expensive",
    ("/elections/<id>/results/signed.csv", "GET"): "expensive",
    ("/elections/<id>/results/signed.csv.sig", "GET"): "expensive",
    ("/elections/<id>/results/signed.pdf", "GET"): "expensive",
    ("/elections/<id>/results/signed.pdf.sig", "GET"): "expensive",
    ("/api/v1/elections/<id>/results/signed", "GET"): "expensive",
    ("/elections/office/<id>/roll/list", "POST"): "expensive",
    ("/elections/<id>/slate", "POST"): "expensive",
    ("/elections/candidacies/<id>/photo", "POST"): "expensive",
    ("/elections/office/parties/<party>/symbol", "POST"): "expensive",
    ("/api/v1/elections/candidacies/<id>/photo", "PUT"): "expensive",
    ("/api/v1/elections/parties/<party>/symbol", "PUT"): "expensive",
    ("/api/v1/elections/<id>/slates", "POST"): "expensive",
    ("/api/v1/elections/office/<id>/roll/check", "POST"): "expensive",
    ("/api/v1/elections/office/<id>/roll/import", "POST"): "expensive",
    ("/elections/office/<id>/roll/list/enrolment", "POST"): "expensive",
    ("/elections/office/<id>/precincts", "POST"): "expensive",
    ("/elections/office/<id>/approvals", "POST"): "expensive",
    ("/api/v1/elections/<id>/precinct-list/check", "POST"): "expensive",
    ("/api/v1/elections/<id>/precinct-list/import", "POST"): "expensive",
    ("/api/v1/elections/<id>/returns/import", "POST"): "expensive",
    ("/api/v1/elections/<id>/returns/comparison", "POST"): "expensive",
    ("/api/v1/elections/drafts/from-returns", "POST"): "expensive",
    ("/api/v1/elections/<id>/archive", "GET"): "expensive",
    ("/library/imports/<id>/rows.csv", "GET"): "expensive",
    ("/library/labels", "POST"): "expensive",
    ("/grocery/staff/reports/<name>", "GET"): "expensive",
    ("/library/reports/<name>", "GET"): "expensive",
    ("/library/reports/published", "POST"): "expensive",
}
FREE = {"/healthz", "/readyz", "/static/<path:filename>"}


class Hand:
    """A clock for counters, in seconds; it moves when a test moves it."""

    at = 6000.0

    def __call__(self):
        return self.at


@pytest.fixture
def hand():
    return Hand()


@pytest.fixture
def counters(hand):
    return InThisProcess(Settings(), hand)


@pytest.fixture
def strict(town):
    """Assemble the town with these limits; the rest is as an operator gets it."""

    def make(limits="", **chosen):
        settings = replace(town.settings, limits=table(limits), **chosen)
        return assemble(replace(town, settings=settings, engines=Engines(settings)))

    return make


def look(house, path="/about-the-data", peer=FAR, **more):
    at = {"environ_base": {"REMOTE_ADDR": peer}, "buffered": True}
    return house.test_client(use_cookies=False).get(path, **at, **more)


def statuses(house, times, **how):
    return [look(house, **how).status_code for _time in range(times)]


# The table of an operator.


def test_the_table_says_what_the_design_says():
    rates = rates_of(DEFAULTS)
    assert rates["read"] == Rate("read", Limit(300, 60), Limit(600, 60))
    assert rates["sign-up"] == Rate("sign-up", None, Limit(5, 3600))
    assert len(rates) == 6


def test_an_operator_changes_one_line_or_all():
    one = rates_of(table("read=2/s,-"))
    assert one == {**rates_of(DEFAULTS), "read": Rate("read", Limit(2, 1), None)}
    both = rates_of(table("all=9/day,8/h write=1/min,1/min"))
    assert both["mail"] == Rate("mail", Limit(9, 86400), Limit(8, 3600))
    assert both["write"] == Rate("write", Limit(1, 60), Limit(1, 60))


@pytest.mark.parametrize(
    "odd", ["read", "read=5", "read=0/min,5/min", "rea=5/min,5/min", "read=5/week,-", "read=off"]
)
def test_an_odd_line_is_refused(odd):
    with pytest.raises(ValueError, match=odd):
        table(odd)


# The arithmetic of a window.


def test_a_window_slides():
    assert counted(TEN, 0, 0, 0).left == 9
    assert counted(TEN, 10, 0, 0.5) == (4, 30, 0)
    assert counted(TEN, 0, 10, 0.25).wait == pytest.approx(45 + 6)
    assert counted(TEN, 10, 5, 0.5).wait == pytest.approx(6)


def test_who_comes_back_when_told_is_let_in_and_not_before(counters, hand):
    for _request in range(10):
        assert counters.add([("x", TEN)])[0].wait == 0
        hand.at += 0.7
    wait = counters.add([("x", TEN)])[0].wait
    hand.at += wait - 0.01
    assert counters.add([("x", TEN)])[0].wait > 0
    hand.at += 0.01
    assert counters.add([("x", TEN)])[0].wait == 0


def test_no_window_of_a_minute_takes_much_more_than_its_limit(counters, hand):
    let_in = []
    for _tick in range(6000):
        if not counters.add([("x", TEN)])[0].wait:
            let_in.append(hand.at)
        hand.at += 0.1
    most = max(sum(at <= one < at + 60 for one in let_in) for at in let_in)
    assert most <= 11  # A weighed window may be wrong by a tenth, not by a whole burst.
    assert len(let_in) >= 90


def test_what_is_full_under_one_key_counts_under_none(counters):
    one = Limit(1, 60)
    counters.add([("full", one)])
    for _time in range(5):
        assert counters.add([("other", one), ("full", one)])[1].wait > 0
    assert counters.add([("other", one)])[0].wait == 0


def test_counters_forget_and_never_grow(counters, hand, monkeypatch):
    monkeypatch.setattr(embedded, "MOST_KEYS", 50)
    for number in range(500):
        counters.add([(f"x{number}", TEN)])
    windows = counters._windows[60]  # noqa: SLF001 (what no counter tells)
    assert len(windows.now) == 50
    hand.at += 120
    counters.add([("y", TEN)])
    assert (len(windows.now), windows.before) == (1, {})


def test_of_fifty_at_once_ten_are_let_in(counters):
    start = Barrier(50)

    def ask(_number):
        start.wait(30)
        return counters.add([("x", TEN)])[0].wait

    with ThreadPoolExecutor(50) as crowd:
        assert list(crowd.map(ask, range(50))).count(0) == 10


# The classes of addresses.


def test_every_address_has_its_class(app):
    told = {
        (rule.rule, verb): class_of(app, rule.endpoint, verb)
        for rule in app.url_map.iter_rules()
        for verb in rule.methods - {"HEAD", "OPTIONS"}
    }
    usual = {(path, verb): "read" if verb == "GET" else "write" for path, verb in told}
    free = {key: "" for key in told if key[0] in FREE}
    assert told == {**usual, **OTHERWISE, **free}
    assert {*told.values(), "live"} - {""} == {*rates_of(DEFAULTS)}


def test_a_class_that_is_forgotten_would_be_noticed(app, monkeypatch):
    monkeypatch.delattr(app.view_functions["identity.make_account"], "rate")
    assert class_of(app, "identity.make_account", "POST") == "write"


# What people and programs are told.


def test_answers_say_what_is_left(strict):
    house = strict("read=-,3/min")
    told = [look(house).headers for _time in range(3)]
    assert {each["RateLimit-Policy"] for each in told} == {'"read-address";q=3;w=60'}
    assert [each["RateLimit"].partition(";t=")[0] for each in told] == [
        f'"read-address";r={left}' for left in (2, 1, 0)
    ]


def test_a_guest_who_asks_too_often_is_told_when_to_come_back(strict):
    house = strict("read=-,3/min")
    assert statuses(house, 4) == [200, 200, 200, 429]
    page, call = look(house), look(house, "/api/v1/library/branches")
    wait = int(page.headers["Retry-After"])
    assert 1 <= wait <= 120
    assert f"go on in {wait} seconds" in page.text
    assert call.mimetype == "application/problem+json"
    assert (call.json["code"], call.json["status"]) == ("core.too-many", 429)
    assert call.json["facts"]["seconds"] == int(call.headers["Retry-After"])
    assert call.headers["RateLimit"].startswith('"read-address";r=0;t=')
    assert look(house, "/problems/core.too-many", peer=AWAY).status_code == 200


def test_a_network_is_one_and_another_is_another(strict):
    house = strict("read=-,3/min")
    assert statuses(house, 3) == [200] * 3
    assert look(house, peer=BESIDE).status_code == 429
    assert look(house, peer=AWAY).status_code == 200


def test_behind_a_proxy_networks_are_told_apart(strict):
    house = strict("read=-,3/min", proxies=1)
    near = {"peer": "127.0.0.1", "headers": {"X-Forwarded-For": FAR}}
    assert statuses(house, 4, **near)[-1] == 429
    assert look(house, peer="127.0.0.1", headers={"X-Forwarded-For": AWAY}).status_code == 200


def test_those_who_cannot_be_told_apart_share_ten_times_as_much(strict):
    house = strict("read=-,3/min")
    assert statuses(house, 31, peer="127.0.0.1") == [200] * 30 + [429]


def test_health_and_files_are_free(strict):
    house = strict("read=-,1/min")
    assert statuses(house, 2)[-1] == 429
    assert statuses(house, 5, path="/healthz") == [200] * 5
    assert statuses(house, 5, path="/static/theme.css") == [200] * 5
    assert look(house, "/nothing/here").status_code == 429


def by(house, person, path="/about-the-data", peer=FAR):
    return look(house, path, peer, headers={"Cookie": person.cookie})


def test_an_account_is_counted_wherever_it_is(strict, signed_in):
    house, dina, maya = strict("read=3/min,1/min"), signed_in(), signed_in(name="Maya")
    assert [by(house, dina, peer=p).status_code for p in (FAR, AWAY, FAR)] == [200] * 3
    answer = by(house, dina, peer=AWAY)
    assert answer.status_code == 429
    assert answer.headers["RateLimit-Policy"] == '"read-account";q=3;w=60'
    assert by(house, maya).status_code == 200
    assert look(house).status_code == 200


def test_strangers_in_a_network_take_nothing_from_its_people(strict, signed_in):
    house, dina = strict("write=9/min,2/min"), signed_in()
    sent = {"environ_base": {"REMOTE_ADDR": FAR}}
    for _time in range(3):
        answer = house.test_client(use_cookies=False).post("/account/sign-up", **sent)
    knock = [
        house.test_client(use_cookies=False).post("/preferences", **sent).status_code
        for _time in range(3)
    ]
    assert knock == [400, 400, 429]
    with_cookie = {**sent, "headers": {"Cookie": dina.cookie}}
    mine = house.test_client(use_cookies=False).post("/preferences", **with_cookie)
    assert (answer.status_code, mine.status_code) == (400, 400)
    policy = '"write-account";q=9;w=60, "write-address";q=2;w=60'
    assert mine.headers["RateLimit-Policy"] == policy


def test_a_sixth_account_in_an_hour_has_to_wait(strict):
    house, sent = strict(), {"environ_base": {"REMOTE_ADDR": FAR}}
    told = [
        house.test_client(use_cookies=False).post("/account/sign-up", **sent) for _time in range(6)
    ]
    assert [answer.status_code for answer in told] == [400] * 5 + [429]
    assert int(told[-1].headers["Retry-After"]) > 60


def test_a_program_that_is_not_known_is_counted_for_its_network(strict):
    house = strict("read=-,2/min")
    sent = {"path": "/api/v1/library/branches", "headers": {"Authorization": "Bearer nothing"}}
    assert statuses(house, 3, **sent) == [401, 401, 429]


class Unread:
    """A body that must not be read."""

    def read(self, *_size):
        message = "the body was read"
        raise AssertionError(message)

    readline = read


def test_what_is_too_much_is_neither_read_nor_looked_up(strict, town):
    house = strict("write=-,1/min")
    sent = {"path": "/account/sign-in", "environ_base": {"REMOTE_ADDR": FAR}}
    house.test_client(use_cookies=False).post(**sent)
    asked = []
    listener = lambda *told: asked.append(told[2])  # noqa: E731
    event.listen(town.database, "before_cursor_execute", listener)
    form = {"content_type": "application/x-www-form-urlencoded", "content_length": 99}
    form["environ_overrides"] = {"wsgi.input": Unread()}
    answer = house.test_client(use_cookies=False).post(**sent, **form)
    event.remove(town.database, "before_cursor_execute", listener)
    assert (answer.status_code, asked) == (429, [])


# What goes on at the same time.


def inside(house):
    """Return how many places are taken in this process."""
    counters = house.extensions["townsquare"].engines.at(COUNTERS)
    return sum(map(len, counters._inside.values()))  # noqa: SLF001 (only the test asks)


def ask(house, person, path="/graphql", **more):
    headers = {"Cookie": person.cookie, "X-CSRF-Token": person.token}
    json = {"query": "{ __typename }"}
    return house.test_client(use_cookies=False).post(path, json=json, headers=headers, **more)


def holding(house, person, town):
    """Take both places of somebody, as two requests of theirs that go on; return how they end."""
    with town.sessions() as db:
        account = db.scalars(select(AccountRow.id).filter_by(person=person.person)).one()
    counters, key = house.extensions["townsquare"].engines.at(COUNTERS), f"expensive {account}"
    notes = [counters.enter(f"{key} at once", 2) for _place in range(2)]
    return [partial(counters.leave, f"{key} at once", note) for note in notes]


def test_two_at_a_time_are_let_in_and_a_third_when_one_has_left(counters):
    one, other = counters.enter("maya", 2), counters.enter("maya", 2)
    assert (one != other, counters.enter("maya", 2), bool(counters.enter("ben", 2))) == (
        True,
        "",
        True,
    )
    for _time in range(2):  # Giving it back twice frees one place.
        counters.leave("maya", one)
    assert [bool(counters.enter("maya", 2)) for _time in range(2)] == [True, False]


def test_of_fifty_who_come_at_once_two_are_inside(counters):
    start = Barrier(50)

    def come(_number):
        start.wait(30)
        return counters.enter("maya", 2)

    with ThreadPoolExecutor(50) as threads:
        assert len([note for note in threads.map(come, range(50)) if note]) == 2


def test_a_third_one_of_the_same_account_waits(strict, signed_in, town):
    house, maya, ben = strict(), signed_in(), signed_in()
    one, other = holding(house, maya, town)
    refused = ask(house, maya)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "2")
    assert refused.get_json()["type"].endswith("core.busy-for-you")
    assert ask(house, ben).status_code == 200
    assert by(house, maya).status_code == 200  # What costs little goes on.
    one()
    assert ask(house, maya).status_code == 200
    other()
    assert inside(house) == 0


def test_a_place_is_given_back_however_a_request_ends(strict, signed_in, monkeypatch):
    house, maya = strict("expensive=99/min,99/min"), signed_in("library.librarian")
    headers = {"Cookie": maya.cookie}

    def broken():
        raise ZeroDivisionError

    def pieces():
        yield b"one"
        assert inside(house) == 1
        yield b"two"

    ends = [
        lambda: Response(b"whole"),
        lambda: ("refused", 422),
        broken,
        lambda: Response(pieces()),
    ]
    for number, end in enumerate(ends):
        monkeypatch.setitem(house.view_functions, "graphql", rated("expensive", reading=True)(end))
        answer = ask(house, maya)
        assert answer.status_code == [200, 422, 500, 200][number]
        answer.get_data()
        answer.close()
        assert inside(house) == 0
    left = ask(house, maya)  # Somebody who goes away in the middle.
    assert (next(left.response), inside(house)) == (b"one", 1)
    left.close()
    assert inside(house) == 0
    bare = house.test_client(use_cookies=False).head("/graphql", headers=headers)
    bare.close()
    assert (bare.status_code, inside(house)) == (200, 0)


def test_a_place_that_is_never_given_back_would_be_found(strict, signed_in, monkeypatch):
    monkeypatch.setattr(Gate, "leave", lambda _gate, _error: None)
    house, maya = strict(), signed_in()
    assert [ask(house, maya).status_code for _time in range(3)] == [200, 200, 429]
    assert inside(house) == 2


def test_where_nothing_is_counted_nobody_waits(strict, signed_in, town):
    house, maya = strict("expensive=-,-"), signed_in()
    holding(house, maya, town)
    assert ask(house, maya).status_code == 200

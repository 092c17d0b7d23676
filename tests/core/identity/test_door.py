"""The door of the town: accounts, passwords, links, sessions, and what a stranger learns."""

import re
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import Mock

import pytest
from sqlalchemy import event, func, select

from tests.kit.browsers import MAYA, PASSWORD, TOKEN, Browser
from townsquare.core.errors import Busy
from townsquare.core.events import OutboxEntry
from townsquare.core.identity import entrance, passwords, seen
from townsquare.core.identity.agents import agent_in
from townsquare.core.identity.errors import TooManyAtOnce
from townsquare.core.identity.models import AccountRow, SessionRow
from townsquare.core.lending import lend
from townsquare.core.live.parts import who

pytestmark = pytest.mark.shown


def test_an_account_is_made_confirmed_and_entered(browser, mailed):
    assert "maya@example.org" in browser.send("/account/sign-up", MAYA).text.lower()
    assert browser.sign_in().status_code == 422
    link = mailed("confirm")
    assert browser.client.get(link).status_code == 200
    assert browser.sign_in().status_code == 422  # Looking at the link confirms nothing.
    browser.send(link, {})
    assert browser.sign_in().status_code == 303
    assert browser.is_in


def test_a_link_works_once_and_in_its_time(browser, mailed, clock):
    browser.send("/account/sign-up", MAYA)
    link = mailed("confirm")
    clock.advance(days=3)
    assert browser.send(link, {}).status_code >= 400
    browser.send("/account/forgotten", {"email": "maya@example.org"})
    reset = mailed("reset")
    assert browser.send(reset, {"password": "nine blue bicycles"}).status_code == 303
    assert browser.send(reset, {"password": "ten green bicycles"}).status_code >= 400
    assert browser.sign_in(password="nine blue bicycles").status_code == 303
    assert browser.client.get("/account/confirm/forged").status_code == 200
    assert browser.send("/account/confirm/forged", {}).status_code >= 400


def test_nobody_learns_who_has_an_account(app, maya, mailed, town):
    wrong, unknown = Browser(app).sign_in(password="x"), Browser(app).sign_in("nobody@example.org")
    with town.sessions.begin() as db:
        db.scalars(select(AccountRow)).one().disabled_at = town.now()
    disabled = Browser(app).sign_in()
    texts = [re.sub(r'value="[^"]*"', "", a.text) for a in (wrong, unknown, disabled)]
    assert {answer.status_code for answer in (wrong, unknown, disabled)} == {422}
    assert len(set(texts)) == 1
    again = Browser(app).send("/account/sign-up", MAYA)
    new = Browser(app).send("/account/sign-up", {**MAYA, "email": "rosa@example.org"})
    assert again.status_code == new.status_code == 200
    assert again.text.replace("Maya@Example.org", "") == new.text.replace("rosa@example.org", "")
    reset = Browser(app).send("/account/forgotten", {"email": "nobody@example.org"})
    assert reset.status_code == 200


def test_an_address_has_one_account_however_it_is_written(maya, app, town):
    Browser(app).send("/account/sign-up", {**MAYA, "email": "MAYA@EXAMPLE.ORG"})
    with town.sessions() as db:
        assert db.scalar(select(func.count(AccountRow.id))) == 1


@pytest.mark.parametrize(
    "password", ["short", "password1", "Maya Santos", "aaaaaaaaaa", "12345678"]
)
def test_a_password_that_everybody_tries_is_refused(browser, password):
    answer = browser.send("/account/sign-up", {**MAYA, "password": password})
    assert answer.status_code == 422
    assert "maya@example.org" in answer.text.lower()  # What was typed is kept.
    (field,) = re.findall(r'<input[^>]*name="password"[^>]*>', answer.text)
    assert "value" not in field  # A password never travels back.


def test_a_password_is_taken_exactly_as_typed(browser, mailed):
    spaced = "  two blanks and an ü  "
    browser.send("/account/sign-up", {**MAYA, "password": spaced})
    browser.send(mailed("confirm"), {})
    assert browser.sign_in(password=spaced.strip()).status_code == 422
    assert browser.sign_in(password=spaced).status_code == 303


def test_a_session_has_a_new_key_that_scripts_cannot_read(app, maya):
    maya.client.set_cookie("townsquare-session", "planted-by-somebody")
    said = maya.sign_in().headers.getlist("Set-Cookie")
    cookie = next(line for line in said if line.startswith("townsquare-session="))
    assert "planted-by-somebody" not in cookie
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Expires" not in cookie
    kept = maya.sign_in(remember="true").headers.getlist("Set-Cookie")
    assert any("Expires" in line for line in kept)


def test_only_a_digest_of_the_key_and_of_the_password_is_kept(maya, town):
    maya.sign_in()
    key = maya.client.get_cookie("townsquare-session").value
    with town.sessions() as db:
        assert db.scalars(select(SessionRow)).one().key_hash != key
        assert db.scalars(select(AccountRow)).one().password_hash.startswith("$argon2id$")
        told = str([entry.facts for entry in db.scalars(select(OutboxEntry))])
    assert key not in told
    assert PASSWORD not in told
    assert "example.org" not in told


def test_signing_out_ends_the_session_for_good(maya):
    maya.sign_in()
    key = maya.client.get_cookie("townsquare-session").value
    maya.send("/account", {}, to="/account/sign-out")
    maya.client.set_cookie("townsquare-session", key)
    assert not maya.is_in


def test_one_ends_ones_own_sessions_and_no_other(app, maya, signed_in):
    phone, laptop, ben = Browser(app), Browser(app), signed_in()
    phone.sign_in()
    laptop.sign_in()
    page = laptop.client.get("/account").text
    sessions = re.findall(r"/account/sessions/([^/]+)/end", page)
    assert len(set(sessions)) == 2
    ben.client.post(f"/account/sessions/{sessions[0]}/end", headers={"X-CSRF-Token": ben.token})
    assert phone.is_in
    assert laptop.is_in
    laptop.send("/account", {}, to="/account/sessions/end-all")
    assert (phone.is_in, laptop.is_in) == (False, False)


FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def test_the_list_of_ones_sessions_names_this_browser_first(app, maya, clock):
    phone, laptop = Browser(app), Browser(app)
    laptop.client.environ_base["HTTP_USER_AGENT"] = FIREFOX
    laptop.sign_in()
    clock.advance(minutes=5)
    phone.sign_in()
    page = laptop.client.get("/account").text
    assert page.index("Firefox, Linux") < page.index("This browser") < page.index("Unknown")
    assert page.count("This browser") == 1
    assert "140.0" not in page


def test_all_other_sessions_end_and_this_one_stays(app, maya, signed_in):
    phone, laptop, ben = Browser(app), Browser(app), signed_in()
    phone.sign_in()
    laptop.sign_in()
    assert "Sign out everywhere else" in laptop.client.get("/account").text
    laptop.send("/account", {}, to="/account/sessions/end-others")
    assert (phone.is_in, laptop.is_in) == (False, True)
    assert ben.client.get("/account").status_code == 200
    assert "Sign out everywhere else" not in laptop.client.get("/account").text


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Safari/537.36", "Chrome, Android"),
        ("curl/8.1", ""),
        ("<script>" * 500, ""),
    ],
)
def test_a_browser_is_named_in_short(told, named):
    assert agent_in(told) == named


def test_accounts_are_searched_as_typed_and_come_page_by_page(signed_in):
    olga = signed_in("administrator", name="Olga Stone")
    for number in range(21):
        signed_in(name=f"Reader {number}")
    signed_in(name="100% Wool")
    first = olga.client.get("/admin/accounts").text
    after = re.search(r"after=([^&\"]+)", first)[1]
    second = olga.client.get(f"/admin/accounts?after={after}").text
    names = re.compile(r"data-row-link[^>]*>([^<]+)<")
    assert (len(names.findall(first)), len(names.findall(second))) == (20, 3)
    assert names.findall(olga.client.get("/admin/accounts?words=0%25+w").text) == ["100% Wool"]
    assert names.findall(olga.client.get("/admin/accounts?words=%25").text) == ["100% Wool"]
    nobody = olga.client.get("/admin/accounts?words=zzz").text
    assert names.findall(nobody) == []
    assert "zzz" in nobody


def test_the_list_of_accounts_names_the_roles(signed_in):
    olga = signed_in("administrator", name="Olga Stone")
    page = olga.client.get("/admin/accounts").text
    assert re.search(r'data-label="Roles">Administrator</td>', page)
    page = olga.client.get("/admin/invitations").text
    assert ">Library: manager</option>" in page
    assert ">Administrator</option>" not in page  # That takes two; it is proposed.


def test_the_audit_says_whose_account_it_was(maya, signed_in):
    maya.sign_in()
    olga = signed_in("administrator", name="Olga Stone")
    lines = re.findall(r"<tr>.*?</tr>", olga.client.get("/admin/audit").text, re.DOTALL)
    entered = next(line for line in lines if "Signed in." in line and "Maya" in line)
    assert ">guest</td>" in entered


def test_a_session_ends_by_itself(maya, clock):
    maya.sign_in()
    for _day in range(60):
        clock.advance(hours=5)
        if not maya.is_in:
            break
    assert not maya.is_in


def last_seen(town):
    with town.sessions() as db:
        return db.scalars(select(SessionRow.last_seen_at)).one()


def test_a_session_is_noted_as_seen_once_a_minute_and_never_by_a_read(app, maya, town, clock):
    maya.sign_in()
    keeper, began = app.extensions["doorkeeper"], clock.at
    clock.advance(minutes=5)
    assert maya.is_in
    assert last_seen(town) == began
    keeper.flush_if_due()
    assert last_seen(town) == clock.at
    seen = clock.at
    clock.advance(seconds=30)
    assert maya.is_in
    keeper.flush_if_due()
    assert last_seen(town) == seen


def test_a_note_that_cannot_be_written_now_is_written_later(app, maya, town, clock, monkeypatch):
    maya.sign_in()
    keeper = app.extensions["doorkeeper"]
    clock.advance(minutes=5)
    assert maya.is_in
    with monkeypatch.context() as patch:
        patch.setattr(seen, "writing", Mock(side_effect=Busy))
        keeper.flush()
    assert last_seen(town) < clock.at
    keeper.flush()
    assert last_seen(town) == clock.at


def test_a_live_stream_keeps_no_session_awake(app, signed_in, clock):
    maya = signed_in()
    for _hour in range(13):
        clock.advance(hours=1)
        known = who(app, {"cookie": maya.cookie}).signed_in
    assert not known
    assert maya.client.get("/account").status_code != 200


def test_what_is_done_by_hand_keeps_a_session_awake_for_its_stream(app, signed_in, clock):
    maya = signed_in()
    clock.advance(hours=6)
    assert maya.client.get("/account").status_code == 200
    clock.advance(hours=5, minutes=59)
    assert who(app, {"cookie": maya.cookie}).signed_in


def test_a_password_changes_in_exchange_for_the_old_one_and_ends_all_sessions(app, maya):
    other = Browser(app)
    other.sign_in()
    maya.sign_in()
    told = {"old": "not this one", "password": "nine blue bicycles"}
    assert maya.send("/account/password", told).status_code == 422
    assert maya.send("/account/password", {**told, "old": PASSWORD}).status_code == 303
    assert (maya.is_in, other.is_in) == (False, False)
    assert maya.sign_in().status_code == 422
    assert maya.sign_in(password="nine blue bicycles").status_code == 303


def test_nobody_chooses_a_role(browser, town, mailed):
    wished = {**MAYA, "role": "administrator", "roles": "administrator"}
    assert browser.send("/account/sign-up", wished).status_code == 422
    browser.send("/account/sign-up", MAYA)
    browser.send(mailed("confirm"), {})
    browser.sign_in()
    assert browser.client.get("/admin/accounts").status_code == 403
    assert browser.client.get("/library/desk").status_code == 403


def test_a_role_comes_by_invitation_and_goes_at_once(app, signed_in, mailed, town):
    olga = signed_in("administrator")
    told = {"email": "dina@example.org", "role": "library.librarian"}
    assert Browser(app).send("/account/sign-in", told, to="/admin/invitations").status_code == 403
    asked = TOKEN.search(olga.client.get("/admin/invitations").text)[1]
    olga.client.post("/admin/invitations", data={**told, "csrf_token": asked})
    link, dina = mailed("invitation", "dina@example.org"), Browser(app)
    dina.send(link, {"name": "Dina Park", "password": PASSWORD})
    dina.sign_in("dina@example.org")
    assert dina.client.get("/library/desk").status_code == 200
    with town.sessions() as db:
        known = select(AccountRow.public_id).where(AccountRow.email == "dina@example.org")
        account = db.scalars(known).one()
    address = f"/admin/accounts/{account}"
    olga.client.post(
        f"{address}/withdraw", data={"role": told["role"]}, headers={"X-CSRF-Token": olga.token}
    )
    assert dina.client.get("/library/desk").status_code == 403
    olga.client.post(f"{address}/disable", headers={"X-CSRF-Token": olga.token})
    assert not dina.is_in
    assert dina.sign_in("dina@example.org").status_code == 422
    unknown = olga.client.post(f"{address}/promote", headers={"X-CSRF-Token": olga.token})
    assert unknown.status_code == 404


def test_an_administrator_does_not_lock_themselves_out(signed_in, town):
    olga = signed_in("administrator")
    with town.sessions() as db:
        own = db.scalars(select(AccountRow.public_id)).one()
    for act, sent in (("disable", {}), ("withdraw", {"role": "administrator"})):
        answer = olga.client.post(
            f"/admin/accounts/{own}/{act}",
            data=sent,
            headers={"X-CSRF-Token": olga.token},
        )
        assert answer.status_code == 409
    assert olga.client.get("/admin/accounts").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-CSRF-Token": "forged.0"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
    ],
)
def test_no_other_site_acts_for_somebody(signed_in, headers):
    dina, ben = signed_in("library.librarian"), signed_in("library.librarian")
    right = {} if "X-CSRF-Token" in headers or not headers else {"X-CSRF-Token": dina.token}
    told = {"card": "LC-1001"}
    answer = dina.client.post("/library/desk", data=told, headers={**right, **headers})
    assert answer.status_code == 400
    foreign = {"X-CSRF-Token": ben.token}
    assert dina.client.post("/library/desk", data=told, headers=foreign).status_code == 400


def test_a_burst_of_passwords_is_bounded_and_told(monkeypatch):
    monkeypatch.setattr(passwords, "PATIENCE", 0.01)

    def check(_number):
        try:
            return passwords.fits("x" * 20, None, demo=False)
        except TooManyAtOnce:
            return "busy"

    with ThreadPoolExecutor(40) as crowd:
        answers = list(crowd.map(check, range(40)))
    assert set(answers) <= {False, "busy"}
    assert "busy" in answers
    assert check(0) is False


@pytest.mark.parametrize("demo", [True, False])
def test_an_unknown_address_costs_what_a_wrong_password_costs(demo):
    hasher, nobodys = passwords.hasher(demo=demo), passwords.NOBODYS[demo]
    assert not hasher.check_needs_rehash(nobodys)
    assert hasher.verify(nobodys, "nobody has this password")
    assert passwords.fits("nobody has this password", None, demo=demo) is False


class Watching:
    """A hasher that notes how many connections are lent while it works."""

    def __init__(self):
        self.held, self.seen = 0, []

    def counting(self, way, more):
        """Return a way of lending that is counted."""

        def counted(lent, *told):
            self.held += more
            return way(lent, *told)

        return counted

    def hash(self, password):
        self.seen.append(("hash", self.held))
        return passwords.FOR_DEMOS.hash(password)

    def verify(self, digest, password):
        self.seen.append(("verify", self.held))
        return passwords.FOR_DEMOS.verify(digest, password)


@pytest.fixture
def watching(monkeypatch):
    made = Watching()
    for name, more in (("__enter__", 1), ("__exit__", -1)):
        monkeypatch.setattr(lend, name, made.counting(getattr(lend, name), more))
    monkeypatch.setattr(passwords, "hasher", lambda **_: made)
    return made


def test_no_connection_is_held_while_a_password_is_hashed(browser, mailed, signed_in, watching):
    browser.send("/account/sign-up", MAYA)
    browser.send(mailed("confirm"), {})
    browser.sign_in()
    browser.send("/account/password", {"old": PASSWORD, "password": "nine blue bicycles"})
    browser.send("/account/forgotten", {"email": "maya@example.org"})
    browser.send(mailed("reset"), {"password": "ten green bicycles"})
    olga, told = signed_in("administrator"), {"email": "ben@example.org", "role": "library.manager"}
    asked = TOKEN.search(olga.client.get("/admin/invitations").text)[1]
    olga.client.post("/admin/invitations", data={**told, "csrf_token": asked})
    browser.send(mailed("invitation", "ben@example.org"), {"name": "Ben", "password": PASSWORD})
    ways = ["hash", "verify", "verify", "hash", "hash", "hash"]
    assert watching.seen == [(way, 0) for way in ways]


def test_a_connection_that_is_held_while_hashing_would_be_noticed(town, acting_as, watching):
    with acting_as():
        passwords.hashed(PASSWORD, demo=True)
    assert watching.seen == [("hash", 1)]


def test_a_spent_link_costs_no_digest(browser, watching):
    assert browser.send("/account/reset/forged", {"password": PASSWORD}).status_code >= 400
    told = {"name": "Ben", "password": PASSWORD}
    assert browser.send("/account/invitation/forged", told).status_code >= 400
    assert watching.seen == []


@pytest.mark.engines("sqlite", "postgresql")
def test_twenty_sign_in_at_once(app, maya):
    def enter(_number):
        return Browser(app).sign_in().status_code

    with ThreadPoolExecutor(20) as crowd:
        assert list(crowd.map(enter, range(20))) == [303] * 20


def test_a_password_that_was_changed_meanwhile_opens_no_session(maya, monkeypatch):
    first = Browser(maya.app)
    first.sign_in()
    check = passwords.fits

    def slowly(password, digest, *, demo):
        right = check(password, digest, demo=demo)
        monkeypatch.setattr(entrance, "fits", check)
        told = {"old": PASSWORD, "password": "nine blue bicycles"}
        assert first.send("/account/password", told).status_code == 303
        return right

    monkeypatch.setattr(entrance, "fits", slowly)
    assert maya.sign_in().status_code == 422
    assert not maya.is_in


@pytest.mark.engines("sqlite")
def test_a_signed_in_request_asks_once_who_it_is(app, town, signed_in):
    maya, asked = signed_in(), []
    maya.client.get("/account/sign-up")
    event.listen(town.database, "connect", lambda raw, _: raw.set_trace_callback(asked.append))
    town.database.dispose()
    maya.client.get("/account/sign-up")
    told = [line for line in asked if line.startswith("SELECT")]
    assert len([line for line in told if "core_session" in line]) == 1
    assert len(told) == 1


def test_names_of_all_kinds_are_shown_as_they_are(browser, mailed):
    name = '<b onclick="x">Ελένη "蒼"</b>'
    browser.send("/account/sign-up", {**MAYA, "name": name})
    browser.send(mailed("confirm"), {})
    browser.sign_in()
    page = browser.client.get("/").text
    assert "<b onclick" not in page
    assert "Ελένη" in page


@pytest.mark.parametrize("field", ["name", "email", "password"])
def test_what_is_too_long_is_named_at_its_field(browser, field):
    answer = browser.send("/account/sign-up", {**MAYA, field: "x@y.zz" * 400})
    assert answer.status_code == 422
    assert f"f-{field}-error" in answer.text


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "////evil.example/x",
        "/\\evil.example",
        "/\t/evil.example",
        "/ /evil.example",
        "\t//evil.example",
        "evil.example",
    ],
)
def test_the_way_back_stays_in_the_town(maya, target):
    assert maya.sign_in(next=target).location == "/"


def test_the_way_back_leads_where_somebody_was(maya):
    assert maya.sign_in(next="/library/me?page=2#due").location == "/library/me?page=2#due"

"""Passkeys: made, used once per challenge, refused where anything is foreign, old or copied."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import func, select, text

from tests.kit.browsers import PASSWORD, Browser
from tests.kit.passkeys import Device, asked
from townsquare.core.audit import AuditEntry
from townsquare.core.identity.commands import ChooseAccount
from townsquare.core.identity.models import AccountRow
from townsquare.core.identity.passkeys import PasskeyRow, UsedChallengeRow
from townsquare.core.identity.relying import RelyingParty
from townsquare.core.identity.usecases import administration, factors
from townsquare.core.settings import Settings

pytestmark = pytest.mark.shown

BOTH = pytest.mark.engines("sqlite", "postgresql")
DOOR, CODE, CONFIRM = "/account/sign-in", "/account/sign-in/code", "/account/confirmation"
ENTER, ADD = "/account/sign-in/passkey", "/account/passkeys/new"
SHOWN = re.compile(r'<span class="ts-code">([^<]+)</span>')
REMOVE = re.compile(r'action="(/account/passkeys/\w+/remove)"')


@pytest.fixture
def settings(settings):
    """A town at a name that browsers make passkeys for."""
    return replace(settings, public_url="http://localhost")


def add(browser, device, name="Phone"):
    answer = device.make(asked(browser, ADD, "/account/passkeys/ask"))
    return browser.send(ADD, {"answer": answer, "name": name})


def challenge(browser):
    return asked(browser, DOOR, f"{ENTER}/ask")


def enter(browser, answer, **more):
    return browser.send(DOOR, {"answer": answer, **more}, to=ENTER)


def by_passkey(app, device, **more):
    """Come in a fresh browser by a passkey; return the answer and the browser."""
    browser = Browser(app)
    return enter(browser, device.show(challenge(browser)), **more), browser


def confirm(browser, device):
    answer = device.show(asked(browser, CONFIRM, f"{CONFIRM}/passkey/ask"))
    return browser.send(CONFIRM, {"answer": answer}, to=f"{CONFIRM}/passkey")


@pytest.fixture
def device(maya):
    """The device of Maya, who is signed in and has added its passkey."""
    maya.sign_in()
    made = Device()
    add(maya, made)
    return made


def test_a_first_passkey_is_added_with_recovery_codes_and_signs_in(app, maya, town, newest_mail):
    maya.sign_in()
    other = Browser(app)
    other.sign_in()
    device = Device()
    paper = SHOWN.findall(add(maya, device).text)
    assert len(set(paper)) == 10
    assert (maya.is_in, other.is_in) == (True, False)
    assert 'the passkey "Phone" was added' in newest_mail()
    page = maya.client.get("/account").text
    assert "Phone" in page
    assert "10 recovery codes are left" in page
    answer, browser = by_passkey(app, device, next="/notifications")
    assert (answer.status_code, answer.location) == (303, "/notifications")
    assert browser.is_in
    with town.sessions() as db:
        kept = db.scalars(select(PasskeyRow)).one()
        said = list(db.scalars(select(AuditEntry.event)))
    assert (kept.sign_count, kept.last_used_at) == (1, town.now())
    assert said[-2:] == ["identity.PasskeyAdded", "identity.SignedInHere"]


def test_a_second_passkey_comes_without_codes_and_is_listed(app, maya, device):
    answer = add(maya, Device(), "Blue key")
    assert answer.location == "/account"
    page = maya.client.get("/account").text
    assert "Phone" in page
    assert "Blue key" in page


def test_what_was_asked_names_the_town_and_wants_a_verified_holder(app, maya, device):
    wish = challenge(Browser(app))
    assert (wish["rpId"], wish["userVerification"], wish["timeout"]) == (
        "localhost",
        "required",
        60000,
    )
    assert wish["allowCredentials"] == []  # Any passkey that finds its account by itself.
    wish = asked(maya, ADD, "/account/passkeys/ask")
    assert wish["authenticatorSelection"]["residentKey"] == "required"
    assert wish["authenticatorSelection"]["userVerification"] == "required"
    assert len(wish["excludeCredentials"]) == 1


def refusals(app, device, clock, maya):
    """Return answers that must open nothing, each with the browser that brings it."""
    foreign = {
        "another origin": {"origin": "http://localhost.example"},
        "another party": {"party": "localhost.example"},
        "nobody verified": {"verifies": False},
        "another key": {"key": Device().key},
        "an unknown passkey": {"credential": b"unknown to all"},
        "another account": {"holder": "MDFIWg"},
        "nobody named": {"holder": ""},
    }
    for why, changed in foreign.items():
        browser = Browser(app)
        yield why, browser, device.copied(**changed).show(challenge(browser))
    browser = Browser(app)
    yield (
        "made for confirming",
        browser,
        device.show(asked(maya, CONFIRM, f"{CONFIRM}/passkey/ask")),
    )
    stolen = device.show(challenge(Browser(app)))
    browser = Browser(app)
    challenge(browser)
    yield "asked by another browser", browser, stolen
    browser = Browser(app)
    challenge(browser)
    yield "never asked", browser, device.show({"challenge": "c" * 75})
    browser = Browser(app)
    answer = device.show(challenge(browser))
    clock.advance(seconds=60)
    yield "too late", browser, answer
    for nonsense in ("nonsense", "[]", "{}", '{"id": 1, "response": {"clientDataJSON": "AAA"}}'):
        yield nonsense, Browser(app), nonsense


def test_whatever_is_foreign_old_or_wrong_opens_nothing_in_the_same_words(app, maya, device, clock):
    said = {}
    for why, browser, answer in refusals(app, device, clock, maya):
        told = enter(browser, answer)
        said[why] = (told.status_code, "This passkey was not accepted" in told.text, browser.is_in)
    assert set(said.values()) == {(422, True, False)}
    assert len(said) == 15


def test_a_challenge_lives_for_a_minute(app, device, clock):
    browser = Browser(app)
    answer = device.show(challenge(browser))
    clock.advance(seconds=59)
    assert enter(browser, answer).status_code == 303


def test_an_answer_works_once(app, device):
    device.counts = False  # The count of the device would refuse it too.
    browser = Browser(app)
    answer = device.show(challenge(browser))
    assert enter(browser, answer).status_code == 303
    browser.send("/account", {}, to="/account/sign-out")
    assert enter(browser, answer).status_code == 422
    assert not browser.is_in


def test_a_wrong_answer_uses_its_challenge_up(app, device):
    browser = Browser(app)
    wish = challenge(browser)
    assert enter(browser, device.copied(verifies=False).show(wish)).status_code == 422
    assert enter(browser, device.show(wish)).status_code == 422


def twice_at_once(app, device):
    """Send one answer from two browsers that share their key, at one moment."""
    device.counts = False
    first, second = Browser(app), Browser(app)
    answer = device.show(challenge(first))
    key = first.client.get_cookie("townsquare-passkey").value
    second.client.set_cookie("townsquare-passkey", key)
    tokens, start = {one: one.token_of(DOOR) for one in (first, second)}, Barrier(2)

    def come(browser):
        start.wait(30)
        sent = {"answer": answer, "csrf_token": tokens[browser]}
        return browser.client.post(ENTER, data=sent).status_code

    with ThreadPoolExecutor(2) as browsers:
        return sorted(browsers.map(come, (first, second)))


@BOTH
def test_of_two_uses_of_one_challenge_at_once_one_wins(app, device, town):
    assert twice_at_once(app, device) == [303, 422]
    with town.sessions() as db:
        assert db.scalar(select(func.count(UsedChallengeRow.id))) == 2  # To make it, and this.


@BOTH
def test_without_the_index_both_would_win(app, device, town):
    with town.database.begin() as connection:
        connection.execute(text("DROP INDEX uq_core_used_challenge_digest"))
    assert twice_at_once(app, device) == [303, 303]


@pytest.mark.parametrize("known", [5, 6])
def test_a_count_that_does_not_grow_is_refused_and_told(app, device, town, newest_mail, known):
    copy = device.copied(count=5)
    device.count = known
    assert by_passkey(app, device)[0].status_code == 303
    answer, browser = by_passkey(app, copy)
    assert (answer.status_code, browser.is_in) == (422, False)
    assert "there may be a copy" in newest_mail()
    with town.sessions() as db:
        told = db.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert told.event == "identity.PasskeyRefused"
    assert (told.facts["known"], told.facts["told"]) == (known + 1, 6)
    assert by_passkey(app, device)[0].status_code == 303


def test_passkeys_that_never_count_go_on(app, device):
    device.counts = False
    assert [by_passkey(app, device)[0].status_code for _time in range(2)] == [303, 303]


def test_a_disabled_account_is_answered_like_an_unknown_one(app, device, town, acting_as):
    with town.sessions() as db:
        wish = ChooseAccount(id=db.scalars(select(AccountRow.public_id)).one())
    with acting_as("identity.account.disable") as ctx:
        administrator = replace(ctx, actor=replace(ctx.actor, id=0))
        administration.disable_account(administrator, wish)
    answer, browser = by_passkey(app, device)
    assert (answer.status_code, browser.is_in) == (422, False)
    assert "This passkey was not accepted" in answer.text


def test_failures_with_the_password_delay_no_passkey(app, device):
    stranger = Browser(app)
    tries = [stranger.sign_in(password="wrong").status_code for _try in range(6)]
    assert tries[-1] == 429
    assert by_passkey(app, device)[0].status_code == 303


def test_the_password_alone_opens_nothing_any_more(app, device):
    browser = Browser(app)
    assert browser.sign_in(remember="true").location.startswith(CODE)
    assert not browser.is_in
    assert "Use a passkey" in browser.client.get(CODE).text
    answer = device.show(asked(browser, CODE, f"{ENTER}/ask"))
    told = browser.send(CODE, {"answer": answer}, to=ENTER)
    assert told.status_code == 303
    assert browser.is_in
    assert browser.client.get_cookie("townsquare-session").expires is not None  # As it was ticked.
    assert browser.client.get(CODE).location.startswith(DOOR)


def test_a_recovery_code_replaces_a_lost_passkey(app, maya):
    maya.sign_in()
    paper = SHOWN.findall(add(maya, Device()).text)
    browser = Browser(app)
    browser.sign_in()
    assert browser.send(CODE, {"code": paper[0]}).status_code == 303
    assert browser.is_in


def test_a_passkey_confirms_and_that_of_somebody_else_does_not(app, maya, device, clock, mailed):
    clock.advance(minutes=6)
    assert maya.client.get(ADD).location.startswith(CONFIRM)
    with_their_own = Device()
    ben = Browser(app)
    told = {"name": "Ben", "email": "ben@example.org", "password": PASSWORD}
    ben.send("/account/sign-up", told)
    ben.send(mailed("confirm", told["email"]), {})
    ben.sign_in(told["email"])
    add(ben, with_their_own)
    assert confirm(maya, with_their_own).status_code == 422
    assert maya.client.get(ADD).location.startswith(CONFIRM)
    assert confirm(maya, device).location == "/account"
    assert maya.client.get(ADD).status_code == 200


def test_who_has_a_passkey_does_not_confirm_by_the_password(maya, device, clock):
    clock.advance(minutes=6)
    page = maya.client.get(CONFIRM).text
    assert 'name="password"' not in page
    assert "Use a passkey" in page
    assert maya.send(CONFIRM, {"password": PASSWORD}).status_code == 422


def test_a_removed_passkey_opens_nothing_and_the_password_does_again(
    app, maya, device, newest_mail
):
    other = by_passkey(app, device)[1]
    answer = maya.send("/account", {}, to=REMOVE.search(maya.client.get("/account").text)[1])
    assert answer.location == "/account"
    assert (maya.is_in, other.is_in) == (True, False)
    assert "with your password alone" in newest_mail()
    assert by_passkey(app, device)[0].status_code == 422
    assert Browser(app).sign_in().location == "/"


def test_adding_and_removing_ask_first_whether_it_is_still_you(maya, device, clock):
    made = {"answer": Device().make(asked(maya, ADD, "/account/passkeys/ask")), "name": "Key"}
    clock.advance(minutes=6)
    path = REMOVE.search(maya.client.get("/account").text)[1]
    for to, told in {path: {}, ADD: made, "/account/passkeys/ask": {}}.items():
        assert maya.send("/account", told, to=to).location.startswith(CONFIRM)


def test_nobody_removes_the_passkey_of_somebody_else(maya, device, signed_in):
    path = REMOVE.search(maya.client.get("/account").text)[1]
    ben = signed_in(confirmed=True)
    assert ben.client.post(path, headers={"X-CSRF-Token": ben.token}).status_code == 404
    assert "Phone" in maya.client.get("/account").text


def test_an_account_has_a_passkey_once_and_ten_at_most(maya, device):
    again = add(maya, device)
    assert (again.status_code, "here already" in again.text) == (409, True)
    assert {add(maya, Device()).status_code for _time in range(9)} == {303}
    assert add(maya, Device()).status_code == 409


@pytest.mark.parametrize(
    "wrong", [{"origin": "https://evil.example"}, {"party": "evil.example"}, {"verifies": False}]
)
def test_what_was_made_elsewhere_or_unverified_is_not_kept(maya, town, wrong):
    maya.sign_in()
    answer = add(maya, Device(**wrong))
    assert (answer.status_code, "was not accepted" in answer.text) == (422, True)
    with town.sessions() as db:
        assert db.scalar(select(func.count(PasskeyRow.id))) == 0


def test_an_operator_removes_passkeys_with_the_second_step(app, maya, device, town, acting_as):
    with town.sessions() as db:
        wish = ChooseAccount(id=db.scalars(select(AccountRow.public_id)).one())
    with acting_as("identity.factor.drop") as ctx:
        factors.drop_factor(ctx, wish)
    assert not maya.is_in
    assert by_passkey(app, device)[0].status_code == 422
    assert Browser(app).sign_in().location == "/"


@pytest.mark.parametrize(
    ("address", "possible", "origin"),
    [
        ("http://localhost:8000", True, "http://localhost:8000"),
        ("https://Town.example", True, "https://town.example"),
        ("https://town.example:443", True, "https://town.example"),
        ("https://town.example:8443", True, "https://town.example:8443"),
        ("http://town.example", False, "http://town.example"),
        ("http://127.0.0.1:8000", False, "http://127.0.0.1:8000"),
        ("https://192.0.2.7", False, "https://192.0.2.7"),
        ("https://[2001:db8::1]", False, "https://[2001:db8::1]"),
    ],
)
def test_passkeys_are_offered_where_browsers_make_them(address, possible, origin):
    party = RelyingParty(Settings(public_url=address))
    assert (party.possible, party._origin) == (possible, origin)  # noqa: SLF001


class TestAtANumber:
    @pytest.fixture
    def settings(self, settings):
        return replace(settings, public_url="http://127.0.0.1:8000")

    def test_the_town_says_why_there_are_none(self, maya):
        assert "passkey" not in maya.client.get(DOOR).text
        maya.sign_in()
        assert "reached by a name and over TLS" in maya.client.get("/account").text
        assert maya.client.get(ADD).status_code == 409
        refused = maya.send(DOOR, {}, to=f"{ENTER}/ask")
        assert refused.status_code == 409


def test_nothing_that_is_kept_tells_a_challenge(app, device, town):
    browser = Browser(app)
    wish = challenge(browser)
    enter(browser, device.show(wish))
    with town.sessions() as db:
        used = db.scalars(select(UsedChallengeRow)).all()
    assert wish["challenge"] not in json.dumps([one.digest for one in used])

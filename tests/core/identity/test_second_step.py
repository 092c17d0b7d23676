"""The second step: an app that is set up, codes that work once, limits, and what it guards."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier

import pyotp
import pytest
from sqlalchemy import delete, func, select, true, update

from tests.kit.browsers import PASSWORD, Browser
from townsquare.core.audit import AuditEntry
from townsquare.core.columns import Sealer
from townsquare.core.errors import NotAllowed
from townsquare.core.identity.codes import new_recovery_codes, parts_of, typed
from townsquare.core.identity.commands import ChooseAccount
from townsquare.core.identity.errors import UnknownAccount
from townsquare.core.identity.factor_errors import NoFactor
from townsquare.core.identity.factors import FactorRow, HalfSignInRow, RecoveryCodeRow, TryRow
from townsquare.core.identity.manifest import PERMISSIONS
from townsquare.core.identity.models import AccountRow, SessionRow
from townsquare.core.identity.usecases import factors, proving

pytestmark = pytest.mark.shown

SHOWN = re.compile(r'<span class="ts-code">([^<]+)</span>')
BOTH = pytest.mark.engines("sqlite", "postgresql")
CODE = "/account/sign-in/code"
BEGIN, SET_UP = "/account/second-step/begin", "/account/second-step/set-up"
REMOVE, RENEW = "/account/second-step/remove", "/account/second-step/recovery-codes"
CONFIRM = "/account/confirmation"


@dataclass
class Phone:
    """The app on somebody's phone, and the paper with their recovery codes."""

    secret: str
    clock: object
    paper: list[str] = field(default_factory=list)

    def code(self, steps=0):
        return pyotp.TOTP(self.secret).at(self.clock.at, counter_offset=steps)


def begin(browser, clock):
    """Begin to set up, and let an app read the secret."""
    browser.send("/account", {}, to=BEGIN)
    page = browser.client.get(SET_UP)
    return Phone(SHOWN.search(page.text)[1].replace(" ", ""), clock)


def set_up(browser, clock):
    """Set up a second step; return the phone."""
    phone = begin(browser, clock)
    answer = browser.send(SET_UP, {"code": phone.code()})
    phone.paper = SHOWN.findall(answer.text)
    return phone


def half_in(app, **more):
    """Return a browser in which the password was right."""
    browser = Browser(app)
    browser.sign_in(**more)
    return browser


def give(browser, code, **more):
    return browser.send(CODE, {"code": code, **more}).status_code


@pytest.fixture
def phone(maya, clock):
    """The phone of Maya, who is signed in and has a second step; her first code is past."""
    maya.sign_in()
    phone = set_up(maya, clock)
    clock.advance(seconds=60)
    return phone


def test_a_second_step_is_set_up_by_its_first_code(maya, clock):
    maya.sign_in()
    assert maya.send("/account", {}, to=BEGIN).location == SET_UP
    assert "<svg" in maya.client.get(SET_UP).text
    phone = begin(maya, clock)
    wrong = maya.send(SET_UP, {"code": "000000"})
    assert wrong.status_code == 422
    assert phone.secret in wrong.text.replace(" ", "")  # What the phone has read stays true.
    paper = SHOWN.findall(maya.send(SET_UP, {"code": phone.code()}).text)
    assert len(set(paper)) == 10
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", c) for c in paper)
    assert "10 recovery codes are left" in maya.client.get("/account").text
    assert maya.client.get(SET_UP).status_code == 409
    assert maya.send("/account", {}, to=BEGIN).status_code == 409


def test_who_only_began_enters_by_the_password_alone(app, maya, clock):
    maya.sign_in()
    begin(maya, clock)
    assert Browser(app).sign_in().location == "/"


def test_nothing_secret_can_be_read_in_the_records(maya, phone, town):
    with town.sessions() as db:
        factor = db.scalars(select(FactorRow)).one()
        digests = list(db.scalars(select(RecoveryCodeRow.code_hash)))
        told = str([entry.facts for entry in db.scalars(select(AuditEntry))])
    assert phone.secret.encode() not in factor.secret
    assert Sealer(town.settings).open(factor.secret, factor.place).decode() == phone.secret
    assert all(one.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for one in digests)
    assert [c for c in (phone.secret, *phone.paper) if c in told] == []


def test_a_secret_of_another_account_opens_nothing(app, maya, phone, town, signed_in):
    ben = signed_in()
    with town.sessions.begin() as db:
        factor = db.scalars(select(FactorRow)).one()
        other = db.scalars(select(AccountRow.id).where(AccountRow.person == ben.person)).one()
        moved = FactorRow(account_id=other, secret=factor.secret, created_at=town.now())
        db.add(moved)
    answer = ben.client.get(SET_UP, headers={"X-CSRF-Token": ben.token})
    assert answer.status_code in {303, 409}
    assert phone.secret not in answer.text.replace(" ", "")


def test_the_password_alone_opens_nothing_any_more(app, phone):
    browser = Browser(app)
    assert browser.sign_in().location.startswith(CODE)
    assert not browser.is_in
    assert browser.client.get("/notifications").status_code == 403
    assert give(browser, "000000") == 422
    assert not browser.is_in
    assert give(browser, phone.code()) == 303
    assert browser.is_in


def test_the_half_key_is_no_session_and_a_session_no_half_key(app, phone):
    browser = half_in(app)
    key = browser.client.get_cookie("townsquare-half").value
    thief = app.test_client()
    thief.set_cookie("townsquare-session", key)
    assert thief.get("/account").status_code == 403
    give(browser, phone.code())
    assert browser.client.get_cookie("townsquare-half") is None
    other = Browser(app)
    other.client.set_cookie(
        "townsquare-half", browser.client.get_cookie("townsquare-session").value
    )
    assert other.client.get(CODE).location.startswith("/account/sign-in")


def test_the_way_leads_through_the_second_step_to_where_somebody_was(app, phone):
    browser = half_in(app, next="/library/me")
    answer = browser.send(CODE, {"code": phone.code(), "next": "/library/me"})
    assert answer.location == "/library/me"
    assert half_in(app).send(CODE, {"code": phone.code(1), "next": "//evil.x"}).location == "/"


def test_staying_signed_in_is_remembered_through_the_second_step(app, phone):
    answer = half_in(app, remember="true").send(CODE, {"code": phone.code()})
    said = [c for c in answer.headers.getlist("Set-Cookie") if "townsquare-session=" in c]
    assert "Expires" in said[0]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(said[0].split("; "))


@pytest.mark.parametrize(("steps", "status"), [(-2, 422), (-1, 303), (0, 303), (1, 303), (2, 422)])
def test_the_clock_of_a_phone_may_be_half_a_minute_off(app, phone, clock, steps, status):
    clock.advance(minutes=2)
    assert give(half_in(app), phone.code(steps)) == status


def test_a_code_works_once_and_none_before_it_does_later(app, phone):
    assert give(half_in(app), phone.code()) == 303
    assert give(half_in(app), phone.code()) == 422
    assert give(half_in(app), phone.code(-1)) == 422
    assert give(half_in(app), phone.code(1)) == 303


def test_the_code_that_set_it_up_opens_nothing_again(app, maya, clock):
    maya.sign_in()
    phone = set_up(maya, clock)
    assert give(half_in(app), phone.code()) == 422


def test_a_recovery_code_works_once_and_its_owner_is_told(app, phone, town, newest_mail):
    assert give(half_in(app), phone.paper[0].lower().replace("-", " ")) == 303
    assert give(half_in(app), phone.paper[0]) == 422
    assert "Codes that are left: 9." in newest_mail()
    assert give(half_in(app), phone.paper[1].replace("0", "O").replace("1", "l")) == 303
    assert give(half_in(app), phone.paper[2][:-1] + "U") == 422
    assert give(half_in(app), "nothing of ours") == 422


def test_every_failure_has_the_same_words(app, phone):
    assert give(half_in(app), phone.paper[0]) == 303
    used = half_in(app)
    answers = [used.send(CODE, {"code": c}) for c in ("123456", phone.paper[0], "ABCD-EFGH")]
    texts = {re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}
    assert ({a.status_code for a in answers}, len(texts)) == ({422}, 1)


def test_half_a_sign_in_ends_soon_and_with_a_new_password(app, phone, clock, maya, town):
    late = half_in(app)
    clock.advance(minutes=11)
    answer = late.send("/account/sign-in", {"code": phone.code()}, to=CODE)
    assert answer.location == "/account/sign-in"
    changed = half_in(app)
    with town.sessions.begin() as db:
        db.execute(update(AccountRow).values(password_hash="$argon2id$another"))
    answer = changed.send(CODE, {"code": phone.code()})
    assert answer.location.startswith("/account/sign-in")
    assert not changed.is_in


def test_a_disabled_account_goes_no_further(app, phone, town):
    browser = half_in(app)
    with town.sessions.begin() as db:
        db.execute(update(AccountRow).values(disabled_at=town.now()))
    assert browser.send(CODE, {"code": phone.code()}).location.startswith("/account/sign-in")
    with town.sessions() as db:
        assert (
            db.scalar(select(func.count(SessionRow.id)).where(SessionRow.ended_at.is_(None))) == 1
        )


def test_half_a_sign_in_is_used_up(app, phone):
    browser = half_in(app)
    key = browser.client.get_cookie("townsquare-half").value
    assert give(browser, phone.code()) == 303
    again = Browser(app)
    again.client.set_cookie("townsquare-half", key)
    answer = again.send("/account/sign-in", {"code": phone.code(1)}, to=CODE)
    assert answer.location.startswith("/account/sign-in")


def fails(browser, how_many):
    """Give so many wrong codes; return how many of them were checked at all."""
    texts = [browser.send(CODE, {"code": "000000"}).text for _ in range(how_many)]
    return sum("Too many tries" not in text for text in texts)


def test_tries_are_limited_for_minutes_hours_and_a_day_and_never_for_good(app, phone, clock, town):
    assert fails(half_in(app), 7) == 5
    assert give(half_in(app), phone.code()) == 422  # Not even the right one, for now.
    clock.advance(minutes=6)
    assert give(half_in(app), phone.code()) == 303
    checked = 5
    for _part in range(5):
        checked += fails(half_in(app), 6)
        clock.advance(minutes=6)
    assert checked == 20
    for _hour in range(10):
        checked += fails(half_in(app), 6)
        clock.advance(minutes=16)
    assert checked == 50
    clock.advance(days=1)
    assert give(half_in(app), phone.code()) == 303


def test_the_limit_of_one_keeps_nobody_else_out(app, phone, town, signed_in):
    fails(half_in(app), 6)
    with town.sessions() as db:
        assert set(db.scalars(select(TryRow.account_id))) == {1}
        assert db.scalar(select(func.count(TryRow.id))) == 5


def at_once(browsers, codes):
    """Give these codes at one moment, each in its browser; return the answers."""
    tokens = [browser.token_of(CODE) for browser in browsers]
    start = Barrier(len(browsers))

    def run(number):
        start.wait(30)
        sent = {"code": codes[number], "csrf_token": tokens[number]}
        return browsers[number].client.post(CODE, data=sent).status_code

    with ThreadPoolExecutor(len(browsers)) as crowd:
        return sorted(crowd.map(run, range(len(browsers))))


@BOTH
def test_a_code_that_comes_five_times_at_one_moment_works_once(app, phone):
    browsers = [half_in(app) for _ in range(5)]
    assert at_once(browsers, [phone.code()] * 5) == [303, 422, 422, 422, 422]


@BOTH
def test_without_its_guard_a_code_would_work_more_than_once(app, phone, monkeypatch):
    monkeypatch.setattr(proving, "before", lambda _step: true())
    browsers = [half_in(app) for _ in range(5)]
    assert at_once(browsers, [phone.code()] * 5).count(303) > 1


@BOTH
def test_a_recovery_code_that_comes_five_times_at_one_moment_works_once(app, phone):
    browsers = [half_in(app) for _ in range(5)]
    assert at_once(browsers, [phone.paper[0]] * 5) == [303, 422, 422, 422, 422]


@BOTH
def test_a_crowd_of_guesses_is_checked_no_more_often_than_the_limit(app, phone, town):
    browsers = [half_in(app) for _ in range(12)]
    assert set(at_once(browsers, [f"00000{n % 10}" for n in range(12)])) == {422}
    with town.sessions() as db:
        assert db.scalar(select(func.count(TryRow.id))) == 5


def test_setting_up_and_removing_ends_all_other_sessions_and_tells_the_owner(
    app, maya, clock, town, newest_mail
):
    maya.sign_in()
    laptop = Browser(app)
    laptop.sign_in()
    phone = set_up(maya, clock)
    assert (maya.is_in, laptop.is_in) == (True, False)
    assert "has a second step now" in newest_mail()
    clock.advance(seconds=60)
    other = half_in(app)
    assert give(other, phone.code()) == 303
    assert maya.send("/account", {}, to=REMOVE).status_code == 303
    assert (maya.is_in, other.is_in) == (True, False)
    assert "was removed" in newest_mail()
    assert Browser(app).sign_in().location == "/"
    with town.sessions() as db:
        said = [name for name in db.scalars(select(AuditEntry.event)) if "Factor" in name]
        assert said == ["identity.FactorSetUp", "identity.FactorRemoved"]
        assert db.scalar(select(func.count(RecoveryCodeRow.id))) == 0


def test_new_recovery_codes_replace_the_old_ones(app, maya, phone, clock):
    page = maya.send("/account", {}, to=RENEW).text
    fresh = SHOWN.findall(page)
    assert len(set(fresh) - set(phone.paper)) == 10
    assert give(half_in(app), phone.paper[3]) == 422
    assert give(half_in(app), fresh[3]) == 303


def test_an_operator_helps_who_has_lost_everything(app, maya, phone, town, acting_as, newest_mail):
    with town.sessions() as db:
        wish = ChooseAccount(id=db.scalars(select(AccountRow.public_id)).one())
    with acting_as("identity.factor.drop") as ctx:
        factors.drop_factor(ctx, wish)
    assert not maya.is_in
    assert "was removed" in newest_mail()
    assert Browser(app).sign_in().location == "/"
    with acting_as("identity.factor.drop") as ctx, pytest.raises(NoFactor):
        factors.drop_factor(ctx, wish)
    with acting_as("identity.factor.drop") as ctx, pytest.raises(UnknownAccount):
        factors.drop_factor(ctx, ChooseAccount(id="nobody"))


def test_no_role_removes_the_second_step_of_somebody_else(town, acting_as):
    roles = [given for service in town.services for given in service.roles.values()]
    assert [given for given in (*roles, PERMISSIONS) if "identity.factor.drop" in given] == []
    with acting_as("identity.account.disable") as ctx, pytest.raises(NotAllowed):
        factors.drop_factor(ctx, ChooseAccount(id="nobody"))


def test_what_is_not_set_up_cannot_be_changed(maya):
    maya.sign_in()
    assert maya.send("/account", {}, to=REMOVE).status_code == 409
    assert maya.send("/account", {}, to=RENEW).status_code == 409
    assert maya.client.get(SET_UP).status_code == 409


def test_after_five_minutes_factors_change_for_who_confirms_only(maya, clock):
    maya.sign_in()
    clock.advance(minutes=6)
    answer = maya.send("/account", {}, to=BEGIN)
    assert answer.location == CONFIRM
    assert maya.client.get(SET_UP).location == f"{CONFIRM}?next={SET_UP}"
    wrong = maya.send(CONFIRM, {"password": "not this one", "next": SET_UP})
    assert wrong.status_code == 422
    assert maya.send("/account", {}, to=BEGIN).status_code == 303
    key = maya.client.get_cookie("townsquare-session").value
    assert maya.send(CONFIRM, {"password": PASSWORD, "next": SET_UP}).location == SET_UP
    assert maya.client.get_cookie("townsquare-session").value != key
    assert maya.send("/account", {}, to=BEGIN).location == SET_UP
    clock.advance(minutes=6)
    assert maya.client.get(SET_UP).location.startswith(CONFIRM)


def test_the_key_from_before_a_confirmation_opens_nothing(app, maya, clock):
    maya.sign_in()
    key = maya.client.get_cookie("townsquare-session").value
    maya.send(CONFIRM, {"password": PASSWORD})
    thief = app.test_client()
    thief.set_cookie("townsquare-session", key)
    assert thief.get("/account").status_code == 403
    assert maya.is_in


def test_a_confirmation_leads_back_to_the_page_with_the_button(maya, clock):
    maya.sign_in()
    clock.advance(minutes=6)
    token = maya.token_of("/account")
    home = {"Referer": "http://localhost/account"}
    answer = maya.client.post(BEGIN, data={"csrf_token": token}, headers=home)
    assert answer.location == f"{CONFIRM}?next=/account"


def test_who_has_a_second_step_confirms_by_a_code_and_not_by_the_password(maya, phone, clock):
    clock.advance(minutes=6)
    assert 'name="password"' not in maya.client.get(CONFIRM).text
    assert maya.send(CONFIRM, {"password": PASSWORD}).status_code == 422
    assert maya.send("/account", {}, to=REMOVE).location == CONFIRM
    assert maya.send(CONFIRM, {"code": phone.code()}).status_code == 303
    assert maya.send(CONFIRM, {"code": phone.code()}).status_code == 422
    assert maya.send("/account", {}, to=REMOVE).location == "/account"


def test_a_password_changes_only_after_a_code_where_there_is_one(maya, phone, clock):
    clock.advance(minutes=6)
    told = {"old": PASSWORD, "password": "nine blue bicycles"}
    assert maya.client.get("/account/password").location.startswith(CONFIRM)
    token = maya.token_of("/account")
    sent = maya.client.post("/account/password", data={**told, "csrf_token": token})
    assert sent.location.startswith(CONFIRM)
    maya.send(CONFIRM, {"code": phone.paper[0]})
    assert maya.send("/account/password", told).location == "/account/sign-in"


def test_a_new_password_by_mail_skips_no_second_step(app, phone, mailed):
    stranger = Browser(app)
    stranger.send("/account/forgotten", {"email": "maya@example.org"})
    stranger.send(mailed("reset"), {"password": "ten green bicycles"})
    assert stranger.sign_in(password="ten green bicycles").location.startswith(CODE)
    assert not stranger.is_in


def test_tries_to_confirm_are_limited_and_leave_the_way_in_open(app, maya, phone):
    for _try in range(5):
        maya.send(CONFIRM, {"code": "000000"})
    assert "Too many tries" in maya.send(CONFIRM, {"code": phone.code()}).text
    assert give(half_in(app), phone.code()) == 303


def test_a_try_that_was_never_noted_proves_nothing(app, phone, town):
    browser = half_in(app)
    note = proving.note_entry

    def forgetting(ctx, wish):
        noted = note(ctx, wish)
        ctx._db.flush()  # noqa: SLF001 (what no use case does)
        ctx._db.execute(delete(TryRow))  # noqa: SLF001
        return noted

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proving, "note_entry", forgetting)
        assert give(browser, phone.code()) == 422
    assert not browser.is_in


def test_recovery_codes_have_names_of_their_own_and_eighty_bits():
    codes = new_recovery_codes()
    assert len({parts_of(typed(code))[0] for code in codes}) == 10
    assert {len(typed(code)) * 5 for code in codes} == {80}


def test_half_a_sign_in_keeps_only_digests(app, phone, town):
    browser = half_in(app)
    key = browser.client.get_cookie("townsquare-half").value
    with town.sessions() as db:
        half = db.scalars(select(HalfSignInRow).where(HalfSignInRow.used_at.is_(None))).one()
        kept = db.scalars(select(AccountRow.password_hash)).one()
    assert key not in {half.key_hash, half.checked}
    assert half.checked != kept

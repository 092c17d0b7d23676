"""Tokens of programs: shown once, never more than their owner, and refused once they have ended."""

import re
from base64 import b64encode
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import event, select, text, update
from sqlalchemy.exc import IntegrityError

from tests.kit.browsers import PASSWORD
from tests.kit.guards import drop_constraint, drop_trigger
from townsquare.app import assemble
from townsquare.core.audit import AuditEntry
from townsquare.core.errors import BeyondScope, NotConfirmed
from townsquare.core.identity import bearer
from townsquare.core.identity.commands import ChooseToken, MakeProgram, MakeToken
from townsquare.core.identity.errors import (
    NoPermissionNamed,
    NoSuchToken,
    PermissionBeyondOwn,
    PermissionsNotMeant,
    TooManyTokens,
)
from townsquare.core.identity.models import AccountRow, TokenRow
from townsquare.core.identity.sessions import EVERYBODY, digest, permissions_of
from townsquare.core.identity.usecases import tokens
from townsquare.core.notifications import NotificationRow
from townsquare.core.usecase import Actor, Command, Context, query, use_case
from townsquare.core.web.api import offer

pytestmark = pytest.mark.shown

SECRET = re.compile(r"ts_(?:pat|svc)_[0-9A-Za-z]{49}")
VIEW, INVITE, MANAGE = "identity.account.view", "identity.account.invite", "identity.program.manage"
BOTH = pytest.mark.engines("sqlite", "postgresql")


class Ask(Command):
    """A question, or a wish to ring the bell."""


@dataclass(frozen=True)
class Me:
    """Who the town thinks that it is talking to."""

    id: int
    name: str
    permissions: list[str]


def me(ctx: Context) -> Me:
    return Me(ctx.actor.id, ctx.actor.name, sorted(ctx.actor.permissions))


@query("test.token.look", permission="signed-in")
def look(ctx: Context, _wish: Ask) -> Me:
    """Tell who is asking."""
    return me(ctx)


@query("test.token.peep", permission="public")
def peep(ctx: Context, _wish: Ask) -> Me:
    """Tell anybody who is asking."""
    return me(ctx)


@use_case("test.token.ring", permission="signed-in")
def ring(ctx: Context, _wish: Ask) -> Me:
    """Ring the bell."""
    return me(ctx)


@use_case("test.token.invite", permission=INVITE)
def invite(ctx: Context, _wish: Ask) -> Me:
    """Do what needs a permission."""
    return me(ctx)


@use_case("test.token.deep", permission="signed-in")
def deep(ctx: Context, _wish: Ask) -> Me:
    """Do what needs a permission only further down."""
    ctx.require(VIEW)
    return me(ctx)


@pytest.fixture
def app(town):
    from flask import Blueprint

    bp = Blueprint("bell", __name__, url_prefix="/api/v1/bell")
    offer(bp, "GET /me", look)
    offer(bp, "GET /anybody", peep)
    offer(bp, "POST /ring", ring)
    offer(bp, "POST /invite", invite)
    offer(bp, "POST /deep", deep)
    made = assemble(town)
    made.register_blueprint(bp)
    return made


@pytest.fixture
def account(town):
    """Return the account of a person with its permissions, as an actor who has confirmed."""

    def find(person):
        with town.sessions() as db:
            row = db.scalars(select(AccountRow).where(AccountRow.person == person.person)).one()
            allowed = permissions_of(db.connection(), row.id)
        return Actor(row.id, row.name, allowed, row.person, confirmed=True)

    return find


@pytest.fixture
def make(town, account):
    """Make a token for a person; return its secret."""

    def run(person, scope="read", *permissions, days=90):
        wish = MakeToken(name="Scanner", scope=scope, permissions=permissions, days=days)
        with town.working(account(person)) as ctx:
            return tokens.make_token(ctx, wish).secret

    return run


@pytest.fixture
def admit(town, account):
    def run(person, *permissions):
        with town.working(account(person)) as ctx:
            wish = MakeProgram(name="Gate", permissions=permissions)
            return tokens.admit_program(ctx, wish).secret

    return run


@pytest.fixture
def call(app):
    """Ask with a token, or with exactly this header."""

    def run(secret, path="/api/v1/bell/me", *, header=None, client=None, verb="GET", **more):
        headers = {"Authorization": f"Bearer {secret}" if header is None else header}
        headers |= more.pop("headers", {})
        body = {"json": {}} if verb == "POST" else {}
        return (client or app.test_client()).open(
            path, method=verb, headers=headers, **body, **more
        )

    return run


def basic(name, password):
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()


def rows(town, chosen):
    with town.sessions() as db:
        return list(db.scalars(chosen))


def test_a_token_says_what_it_is_and_can_be_checked():
    made = {bearer.new_token(bearer.PERSONAL) for _ in range(200)}
    assert len(made) == 200
    assert all(SECRET.fullmatch(token) and bearer.well_formed(token) for token in made)
    token = made.pop()
    for place in range(len(token)):
        slip = "x" if token[place] != "x" else "y"
        assert not bearer.well_formed(token[:place] + slip + token[place + 1 :])
    for other in ("", "ts_pat_", token + "0", token[:-1], token.replace("ts_pat_", "ts_svc_")):
        assert not bearer.well_formed(other)


def test_a_program_acts_for_its_owner(signed_in, make, call):
    dina = signed_in(VIEW)
    secret = make(dina, "write")
    for header in (f"Bearer {secret}", f"bearer {secret}", basic("anything", secret)):
        answer = call(None, header=header)
        assert answer.status_code == 200
        assert answer.json["name"] == "Dina Park (Scanner)"
        assert answer.json["permissions"] == sorted({*EVERYBODY, VIEW})
    assert call(secret, "/api/v1/bell/ring", verb="POST").status_code == 200


def test_graphql_takes_a_token_and_tells_a_program_its_schema(signed_in, make, call, admit):
    dina = signed_in(MANAGE, VIEW)
    for secret in (make(dina), admit(dina, VIEW)):
        asked = call(secret, "/graphql?query={__schema{queryType{name}}}")
        assert asked.json["data"]["__schema"]["queryType"]["name"] == "Query"
    assert call("ts_pat_x", "/graphql?query={__typename}").status_code == 401


@pytest.mark.parametrize("path", ["me", "anybody"])
@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer ts_pat_1", "Basic ???", "Basic eA==", "Digest x", "Bearer é"],
)
def test_what_does_not_count_is_never_taken_for_a_guest(call, path, header):
    answer = call(None, f"/api/v1/bell/{path}", header=header)
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"] == "identity.unknown-token"
    told = 'Bearer realm="townsquare", error="invalid_token"'
    assert answer.headers["WWW-Authenticate"] == told


def test_a_token_that_was_never_ours_is_not_known(call):
    answer = call(bearer.new_token(bearer.PERSONAL), "/api/v1/bell/anybody")
    assert (answer.status_code, answer.json["code"]) == (401, "identity.unknown-token")


def test_a_guest_is_told_how_programs_show_who_they_are(client):
    answer = client.get("/api/v1/bell/me")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="townsquare"'


@pytest.mark.parametrize("how", ["ended", "revoked", "disabled"])
def test_a_token_that_has_ended_is_refused_at_once(signed_in, make, call, clock, town, how):
    dina = signed_in()
    secret = make(dina, days=30)
    assert call(secret).status_code == 200
    if how == "ended":
        clock.advance(days=30)
    elif how == "revoked":
        with town.sessions.begin() as db:
            db.execute(update(TokenRow).values(revoked_at=clock()))
    else:
        with town.sessions.begin() as db:
            db.execute(update(AccountRow).values(disabled_at=clock()))
    answer = call(secret, "/api/v1/bell/anybody")
    assert (answer.status_code, answer.json["code"]) == (401, "identity.token-ended")
    assert "error=" in answer.headers["WWW-Authenticate"]


def test_a_read_token_changes_nothing(signed_in, make, call):
    secret = make(signed_in(INVITE, VIEW))
    for path in ("ring", "invite", "deep"):
        answer = call(secret, f"/api/v1/bell/{path}", verb="POST")
        assert (answer.status_code, answer.json["code"]) == (403, "core.beyond-scope")
        assert answer.json["facts"]["scope"] == "read"
        assert "(read)" in answer.json["detail"]
    assert call(secret).status_code == 200


def test_a_token_for_named_permissions_opens_these_and_what_is_public(signed_in, make, call):
    secret = make(signed_in(INVITE, VIEW), "named", INVITE)
    found = call(secret, "/api/v1/bell/invite", verb="POST")
    assert found.json["permissions"] == [INVITE]
    assert call(secret, "/api/v1/bell/anybody").json["permissions"] == [INVITE, "public"]
    assert call(secret).status_code == 403
    assert call(secret, "/api/v1/bell/ring", verb="POST").status_code == 403


def test_a_token_never_opens_more_than_its_owner_may_at_this_moment(signed_in, make, call, town):
    dina = signed_in(INVITE, VIEW)
    secrets = [make(dina, "write"), make(dina, "named", INVITE)]
    for secret in secrets:
        assert call(secret, "/api/v1/bell/invite", verb="POST").status_code == 200
    with town.sessions.begin() as db:
        gone = "DELETE FROM core_role_permission WHERE permission = :it"
        db.execute(text(gone), {"it": INVITE})
        db.execute(update(AccountRow).values(epoch=AccountRow.epoch + 1))
    for secret in secrets:
        answer = call(secret, "/api/v1/bell/invite", verb="POST")
        assert (answer.status_code, answer.json["code"]) == (403, "core.beyond-scope")


def test_within_a_changing_act_a_read_permission_does_not_count(town):
    from townsquare.core.identity.tokens import narrowed

    owner = Actor(1, "Dina Park", EVERYBODY | {VIEW, INVITE})
    with town.working(narrowed(owner, INVITE)) as ctx, pytest.raises(BeyondScope):
        deep(ctx, Ask())


def test_with_a_token_the_cookie_does_not_count(signed_in, make, call):
    dina, maya = signed_in(VIEW), signed_in(name="Maya Santos")
    secret = make(maya, "write")
    found = call(secret, client=dina.client)
    assert found.json["name"] == "Maya Santos (Scanner)"
    # Neither a token of our forms nor a cookie is needed, and none makes good for a wrong token.
    assert call(secret, "/api/v1/bell/ring", verb="POST", client=dina.client).status_code == 200
    wrong = call("x", client=dina.client, headers={"X-CSRF-Token": dina.token})
    assert wrong.status_code == 401


def test_pages_go_by_the_cookie_alone(signed_in, make, call):
    dina, maya = signed_in(VIEW), signed_in(name="Maya Santos")
    secret = make(maya, "write")
    assert call(secret, "/account").status_code == 403
    assert "Dina Park" in call(secret, "/account", client=dina.client).text
    told = dina.client.post("/account/sign-out", headers={"Authorization": f"Bearer {secret}"})
    assert told.status_code == 400


@pytest.mark.engines("sqlite")
def test_a_token_costs_one_statement_and_a_slip_none(town, signed_in, make, call):
    secret, asked = make(signed_in(VIEW)), []
    call(secret)
    event.listen(town.database, "connect", lambda raw, _: raw.set_trace_callback(asked.append))
    town.database.dispose()
    assert call(secret).status_code == 200
    told = [line for line in asked if line.startswith(("SELECT", "INSERT", "UPDATE"))]
    assert len(told) == 1
    assert "core_token" in told[0]
    asked.clear()
    slip = "0" if secret[-1] != "0" else "1"
    assert call(secret[:-1] + slip).status_code == 401
    assert [line for line in asked if not line.startswith("PRAGMA")] == []


def test_last_use_is_written_once_a_minute_and_never_by_a_read(
    app, signed_in, make, call, town, clock
):
    secret = make(signed_in())
    assert call(secret).status_code == 200
    assert rows(town, select(TokenRow.last_used_at)) == [None]
    clock.advance(minutes=2)
    assert call(secret).status_code == 200
    app.extensions["tokenkeeper"].flush_if_due()
    assert rows(town, select(TokenRow.last_used_at)) == [clock()]


def test_nothing_that_is_kept_gives_a_token_away(signed_in, make, town):
    secret = make(signed_in())
    kept = rows(town, select(TokenRow))[0]
    assert kept.key_hash == digest(secret)
    with town.sessions() as db:
        facts = [*db.scalars(select(AuditEntry.facts)), *db.scalars(select(NotificationRow.facts))]
    assert len(facts) == 2
    assert secret not in str(facts) + str(vars(kept))


def test_whoever_makes_a_token_is_told_and_it_is_audited(signed_in, make, town):
    dina = signed_in()
    make(dina, "write")
    (notice,) = rows(town, select(NotificationRow))
    assert (notice.person, notice.facts["program"]) == (dina.person, "Scanner")
    (line,) = rows(town, select(AuditEntry))
    assert (line.service, line.event) == ("identity", "identity.TokenMade")
    assert line.sentence() == "A token with the scope write was made."


def test_a_program_of_the_town_acts_in_its_own_name(signed_in, admit, call, town):
    secret = admit(signed_in(MANAGE, INVITE, VIEW), INVITE)
    assert secret.startswith("ts_svc_")
    found = call(secret, "/api/v1/bell/invite", verb="POST").json
    (token,) = rows(town, select(TokenRow))
    assert (found["id"], found["name"]) == (-token.id, "Gate")
    assert found["permissions"] == [INVITE]
    for path, verb in (("me", "GET"), ("ring", "POST")):
        answer = call(secret, f"/api/v1/bell/{path}", verb=verb)
        assert (answer.status_code, answer.json["facts"]["scope"]) == (403, INVITE)
    (line,) = rows(town, select(AuditEntry))
    assert line.sentence() == f"The program Gate got a token for: {INVITE}."


@pytest.mark.parametrize("wanted", [(VIEW,), (INVITE, VIEW), ("no.such.thing",), ("signed-in",)])
def test_nobody_gives_a_program_what_they_do_not_have(signed_in, admit, make, wanted):
    olga = signed_in(MANAGE, INVITE)
    with pytest.raises(PermissionBeyondOwn):
        admit(olga, *wanted)
    with pytest.raises(PermissionBeyondOwn):
        make(olga, "named", *wanted)


def test_a_wish_that_cannot_be_meant_is_refused(signed_in, admit, make):
    olga = signed_in(MANAGE, INVITE)
    with pytest.raises(NoPermissionNamed):
        admit(olga)
    with pytest.raises(NoPermissionNamed):
        make(olga, "named")
    with pytest.raises(PermissionsNotMeant):
        make(olga, "read", INVITE)


def test_nobody_makes_a_token_who_has_not_shown_that_it_is_them(signed_in, account, town):
    left_open = replace(account(signed_in(MANAGE, VIEW)), confirmed=False)
    own, gate = MakeToken(name="Scanner"), MakeProgram(name="Gate", permissions=(VIEW,))
    for act, wish in ((tokens.make_token, own), (tokens.admit_program, gate)):
        with pytest.raises(NotConfirmed), town.working(left_open) as ctx:
            act(ctx, wish)
    assert rows(town, select(TokenRow)) == []


def test_there_are_so_many_tokens_and_no_more(signed_in, make, clock):
    dina = signed_in()
    for _number in range(tokens.MOST_OWN):
        make(dina, days=30)
    with pytest.raises(TooManyTokens):
        make(dina)
    clock.advance(days=31)
    make(dina)


def test_nobody_takes_back_what_is_not_theirs(signed_in, make, admit, town, account):
    dina, olga = signed_in(), signed_in(MANAGE, VIEW, name="Olga Reyes")
    make(dina)
    admit(olga, VIEW)
    own, gate = rows(town, select(TokenRow.public_id).order_by(TokenRow.id))
    for person, act, id_ in (
        (olga, tokens.revoke_token, own),
        (olga, tokens.revoke_token, gate),
        (olga, tokens.dismiss_program, own),
    ):
        with pytest.raises(NoSuchToken), town.working(account(person)) as ctx:
            act(ctx, ChooseToken(id=id_))


GIVE = "UPDATE core_token SET scope = 'write'"
BACK = "UPDATE core_token SET revoked_at = NULL"


@BOTH
@pytest.mark.parametrize("change", [GIVE, BACK, "UPDATE core_token SET account_id = NULL"])
def test_what_a_token_is_stays_and_what_was_taken_back_too(signed_in, make, town, change):
    make(signed_in())
    with town.sessions.begin() as db:
        db.execute(update(TokenRow).values(revoked_at=town.now()))
    with pytest.raises(IntegrityError, match="core_token_fixed"), town.sessions.begin() as db:
        db.execute(text(change))
    drop_trigger(town, "core_token_fixed", "core_token")
    with town.sessions.begin() as db:
        db.execute(text(change))


@BOTH
def test_no_secret_is_ever_kept(signed_in, make, town):
    make(signed_in())
    copy = (
        "INSERT INTO core_token (public_id, created_at, key_hash, made_by_id, name, scope, ends_at)"
        " SELECT 'X', created_at, :secret, made_by_id, name, scope, ends_at FROM core_token"
    )
    secret = {"secret": bearer.new_token(bearer.PERSONAL)}
    with pytest.raises(IntegrityError, match="ck_core_token_digest"), town.sessions.begin() as db:
        db.execute(text(copy), secret)
    drop_constraint(town, "ck_core_token_digest", "core_token")
    with town.sessions.begin() as db:
        db.execute(text(copy), secret)


def test_a_forgotten_password_takes_tokens_back_and_a_changed_one_does_not(
    maya, make, call, mailed, newest_mail, town
):
    (owner,) = rows(town, select(AccountRow).where(AccountRow.email == "maya@example.org"))
    secret, told = make(owner), "tokens of your programs were taken back"
    maya.sign_in()
    change = {"old": PASSWORD, "password": "nine blue bicycles"}
    assert maya.send("/account/password", change).status_code == 303
    assert call(secret).status_code == 200
    assert told not in newest_mail()
    maya.send("/account/forgotten", {"email": "maya@example.org"})
    assert maya.send(mailed("reset"), {"password": "ten green bicycles"}).status_code == 303
    assert call(secret).status_code == 401
    assert told in newest_mail()

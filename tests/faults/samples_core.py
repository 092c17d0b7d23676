"""A wish for every act of the town itself: accounts, sessions, tokens, messages, jobs, webhooks."""

from dataclasses import replace
from datetime import timedelta

import pyotp

from tests.faults.stage import sample
from tests.kit.passkeys import Device
from townsquare.core.columns import COLUMNS
from townsquare.core.identity.links import SIGNER
from townsquare.core.identity.manifest import ADMINISTRATOR
from townsquare.core.identity.models import AccountRoleRow, AccountRow, SessionRow
from townsquare.core.identity.proposals import by_the_operator
from townsquare.core.identity.sessions import digest
from townsquare.core.identity.steps import role_named
from townsquare.core.ids import new_id
from townsquare.core.jobs.queue import put
from townsquare.core.jobs.rotating import RESEAL, RETIRE, ROTATE  # As above.
from townsquare.core.outbox import Relay
from townsquare.core.pausing import RESUME, stand_still
from townsquare.core.rebuilding import REBUILD  # Its acts are in the registry from here on.
from townsquare.core.usecase import Actor

ROLE = "library.manager"
ADDRESS, KOFI = "olga@sanroque.example", "kofi@sanroque.example"
HERE = "of this browser"
ENTRY = {"kind": REBUILD, "subject": "01J", "title": "Kindling"}
PROGRAM = {"name": "Opening hours", "permissions": ["identity.program.manage"]}
RECEIVER = {"name": "Lamps", "address": "https://lamps.example/"}
PAPER = {"7K2M": "digest of the first", "Q4XW": "digest of the second"}


def account(stage, *, email=ADDRESS, **more):
    """Make an account that may sign in, and let it act as Olga; return it."""
    facts = {"public_id": new_id(), "person": new_id(), "name": "Olga", "password_hash": "old"}
    with stage.town.sessions.begin() as db:
        told = {"created_at": stage.clock(), "confirmed_at": stage.clock(), **facts, **more}
        row = AccountRow(email=email, **told)
        db.add(row)
        db.flush()
        stage.actors["olga"] = Actor(row.id, row.name, person=row.person)
        return row.public_id


def session(stage, key=HERE):
    """Open a session of Olga; return it."""
    now = stage.clock()
    with stage.town.sessions.begin() as db:
        times = {"created_at": now, "last_seen_at": now, "ends_at": now + timedelta(hours=12)}
        row = SessionRow(
            public_id=new_id(), key_hash=key, account_id=stage.actors["olga"].id, **times
        )
        db.add(row)
        return row.public_id


def mailed(stage):
    """Return the token of the link that was just sent."""
    link = stage.one("SELECT public_id FROM core_link")
    return stage.town.engines.at(SIGNER).token(link)


def confirmed(stage):
    """Make an account and let Olga have shown a moment ago that it is still her; return it."""
    made = account(stage)
    stage.actors["olga"] = replace(stage.actors["olga"], confirmed=True)
    return made


def app(stage):
    """Let Olga begin to set up a second step; return what makes its codes."""
    stage.do("identity.factor.begin", by="olga")
    return pyotp.TOTP(stage.do("identity.factor.read", by="olga").secret)


def first_code(stage):
    """Let Olga, in two browsers, read the secret into an app; return it and its first code."""
    confirmed(stage)
    session(stage)
    session(stage, "of another browser")
    made = app(stage)
    return made, {"key_hash": HERE, "code": made.at(stage.clock()), "digests": PAPER}


def second_step(stage):
    """Let Olga, in two browsers, have a second step whose first code is past; return its codes."""
    made, told = first_code(stage)
    stage.do("identity.factor.confirm", by="olga", **told)
    session(stage, "of a third browser")
    stage.clock.advance(minutes=1)
    return made


def half_in(stage):
    """Let the password of Olga, who has a second step, have been right; return that browser."""
    second_step(stage)
    told = {"email": ADDRESS, "checked": "old"}
    return digest(stage.do("identity.session.create", by="guest", **told).key)


def webhook(stage):
    """Name a receiver; return it."""
    return stage.do("operations.webhook.add", **RECEIVER).id


def dead_job(stage):
    """Let a job have failed for good; return it."""
    with stage.town.sessions.begin() as db:
        now = stage.clock()
        job = put(db, "test.bake", {"loaves": 2}, run_at=now, asked=(1, now))
    with stage.town.database.begin() as connection:
        named = f"WHERE public_id = '{job}'"
        connection.exec_driver_sql(
            f"UPDATE core_job SET state = 'dead', ended_at = run_at, reason = 'no flour' {named}"
        )
    return job


@sample("identity.account.create", by="guest")
def _(_stage):
    return {"name": "Olga", "email": ADDRESS, "password_hash": "new"}


@sample("identity.account.confirm", by="guest")
def _(stage):
    told = {"name": "Olga", "email": ADDRESS, "password_hash": "new"}
    stage.do("identity.account.create", by="guest", **told)
    return {"token": mailed(stage)}


@sample("identity.account.invite")
def _(_stage):
    return {"email": ADDRESS, "role": ROLE}


@sample("identity.invitation.accept", by="guest")
def _(stage):
    stage.do("identity.account.invite", email=ADDRESS, role=ROLE)
    return {"token": mailed(stage), "password_hash": "new", "name": "Olga"}


@sample("identity.account.disable")
def _(stage):
    return {"id": account(stage)}


@sample("identity.account.enable")
def _(stage):
    return {"id": account(stage, disabled_at=stage.clock())}


@sample("identity.role.grant")
def _(stage):
    return {"id": account(stage), "role": ROLE}


@sample("identity.role.withdraw")
def _(stage):
    told = {"id": account(stage), "role": ROLE}
    stage.do("identity.role.grant", **told)
    return told


def two_administrators(stage):
    """Let Olga and Ravi be administrators who have shown a moment ago that it is them."""
    for name, email in (("ravi", "ravi@sanroque.example"), ("olga", ADDRESS)):
        account(stage, email=email, name=name.title())
        who = stage.actors[name] = replace(stage.actors["olga"], confirmed=True)
        with stage.town.sessions.begin() as db:
            proposal = by_the_operator(db, stage.clock(), account_id=who.id).id
            role = role_named(db, ADMINISTRATOR).id
            db.add(AccountRoleRow(account_id=who.id, role_id=role, proposal_id=proposal))


def _proposal(stage):
    """Let Olga have proposed that Kofi becomes an administrator; return the wish to decide it."""
    two_administrators(stage)
    olga = stage.actors["olga"]
    account(stage, email=KOFI, name="Kofi")
    stage.actors["olga"] = olga
    return {"id": stage.do("identity.proposal.make", by="olga", email=KOFI, reason="Help").id}


@sample("identity.proposal.make", by="olga")
def _(stage):
    two_administrators(stage)
    return {"email": KOFI, "reason": "Help"}


@sample("identity.proposal.approve", by="ravi")
def _(stage):
    return _proposal(stage)


@sample("identity.proposal.refuse", by="ravi")
def _(stage):
    return {**_proposal(stage), "answer": "Not yet"}


@sample("identity.proposal.withdraw", by="olga")
def _(stage):
    return _proposal(stage)


def _departure(stage):
    """Let Olga have somebody before her whom she could propose to erase."""
    two_administrators(stage)
    olga = stage.actors["olga"]
    about = account(stage, email=KOFI, name="Kofi", person=stage.actors["ben"].person)
    stage.actors["olga"] = olga
    return {"id": about, "reason": "By letter"}


@sample("personal.erasure.propose", by="olga")
def _(stage):
    return _departure(stage)


@sample("personal.erasure.approve", by="ravi")
def _(stage):
    return {"id": stage.do("personal.erasure.propose", by="olga", **_departure(stage)).id}


@sample("identity.password.ask", by="guest")
def _(stage):
    account(stage)
    return {"email": ADDRESS}


@sample("identity.password.reset", by="guest")
def _(stage):
    account(stage)
    stage.do("identity.password.ask", by="guest", email=ADDRESS)
    return {"token": mailed(stage), "password_hash": "new"}


@sample("identity.password.change", by="olga")
def _(stage):
    account(stage)
    return {"checked": "old", "password_hash": "new"}


@sample("identity.session.create", by="guest")
def _(stage):
    account(stage)
    return {"email": ADDRESS, "checked": "old"}


@sample("identity.session.fail", by="guest")
def _(_stage):
    return {"email": ADDRESS, "network": "203.0.113.0/24"}


@sample("identity.demo.enter", by="guest")
def _(stage):
    return {"id": account(stage, demo_sentence="I run the town.")}


@sample("identity.session.end", by="olga")
def _(stage):
    account(stage)
    return {"id": session(stage)}


@sample("identity.session.leave", by="olga")
def _(stage):
    return _this_browser(stage)


@sample("identity.session.end_others", by="olga")
def _(stage):
    _this_browser(stage)
    return {"key_hash": "of another browser"}


@sample("identity.session.end_all", by="olga")
def _(stage):
    _this_browser(stage)
    return {}


def _this_browser(stage):
    account(stage)
    session(stage)
    return {"key_hash": HERE}


@sample("identity.factor.begin", by="olga")
def _(stage):
    confirmed(stage)
    app(stage)  # It never showed a code; the secret that is made now takes its place.
    return {}


@sample("identity.factor.confirm", by="olga")
def _(stage):
    _made, told = first_code(stage)
    return told


@sample("identity.factor.remove", by="olga")
def _(stage):
    second_step(stage)
    return {"key_hash": HERE}


@sample("identity.factor.renew", by="olga")
def _(stage):
    second_step(stage)
    return {"key_hash": HERE, "digests": {"9TBN": "digest of a third"}}


@sample("identity.factor.drop")
def _(stage):
    second_step(stage)
    return {"id": stage.one("SELECT public_id FROM core_account")}


@sample("identity.half.try", by="guest")
def _(stage):
    return {"key_hash": half_in(stage), "name": "7K2M"}


@sample("identity.half.finish", by="guest")
def _(stage):
    here = {"key_hash": half_in(stage)}
    noted = stage.do("identity.half.try", by="guest", name="7K2M", **here)
    return {"attempt": noted.attempt, "checked": noted.code_hash, **here}


@sample("identity.presence.try", by="olga")
def _(stage):
    account(stage)
    return {}


@sample("identity.presence.confirm", by="olga")
def _(stage):
    code = second_step(stage).at(stage.clock())
    noted = stage.do("identity.presence.try", by="olga")
    return {"key_hash": HERE, "attempt": noted.attempt, "code": code}


def _new_passkey(stage, device):
    """Let Olga, in two browsers, have made her first passkey; return the wish to keep it."""
    confirmed(stage)
    session(stage)
    session(stage, "of another browser")
    wish = stage.do("identity.passkey.ask_new", by="olga", key_hash=HERE).options
    return {"key_hash": HERE, "answer": device.make(wish), "name": "Phone", "digests": PAPER}


def _passkey(stage):
    """Let Olga have a passkey; return its device."""
    device = Device()
    stage.do("identity.passkey.add", by="olga", **_new_passkey(stage, device))
    return device


@sample("identity.passkey.add", by="olga")
def _(stage):
    return _new_passkey(stage, Device())


@sample("identity.passkey.remove", by="olga")
def _(stage):
    _passkey(stage)
    return {"key_hash": HERE, "id": stage.one("SELECT public_id FROM core_passkey")}


@sample("identity.passkey.enter", by="guest")
def _(stage):
    device, here = _passkey(stage), "of a browser at the door"
    half = stage.do("identity.session.create", by="guest", email=ADDRESS, checked="old")
    wish = stage.do("identity.passkey.ask", by="guest", browser=here).options
    return {"browser": here, "half": digest(half.key), "answer": device.show(wish)}


@sample("identity.passkey.confirm", by="olga")
def _(stage):
    device = _passkey(stage)
    wish = stage.do("identity.passkey.ask_again", by="olga", key_hash=HERE).options
    return {"key_hash": HERE, "answer": device.show(wish)}


@sample("identity.token.create", by="olga")
def _(stage):
    confirmed(stage)
    return {"name": "Shelf scanner"}


@sample("identity.token.revoke", by="olga")
def _(stage):
    confirmed(stage)
    return {"id": stage.do("identity.token.create", by="olga", name="Shelf scanner").id}


@sample("personal.data.take", by="olga")
def _(stage):
    confirmed(stage)
    return {}


@sample("personal.data.erase", by="olga")
def _(stage):
    account(stage, person=stage.actors["maya"].person)
    stage.actors["olga"] = replace(stage.actors["olga"], confirmed=True)
    return {"email": ADDRESS}


@sample("identity.program.admit", by="olga")
def _(stage):
    confirmed(stage)
    return PROGRAM


@sample("identity.program.dismiss", by="olga")
def _(stage):
    confirmed(stage)
    return {"id": stage.do("identity.program.admit", by="olga", **PROGRAM).id}


@sample("core.notification.read", by="maya")
def _(stage):
    stage.do("library.notice.recalled", loan=stage.lend())
    return {}


@sample("core.search.write")
def _(_stage):
    return {"entries": [ENTRY]}


@sample("core.search.forget")
def _(stage):
    stage.do("core.search.write", entries=[ENTRY])
    return {"kind": ENTRY["kind"], "than": stage.clock() + timedelta(days=1)}


@sample(ROTATE)
def _(stage):
    webhook(stage)
    return {"key": stage.town.engines.at(COLUMNS).make_next()}


@sample(RESEAL)
def _(stage):
    webhook(stage)
    return {"key": stage.town.engines.at(COLUMNS).make_next(), "column": 1}


@sample(RETIRE)
def _(_stage):
    return {"key": 2}


@sample(RESUME)
def _(stage):
    with stage.town.database.begin() as connection:
        stand_still(connection, stage.clock())
    return {}


@sample("core.storage.sweep")
def _(_stage):
    return {}


@sample("operations.job.retry")
def _(stage):
    return {"id": dead_job(stage)}


@sample("operations.invariants.check")
def _(_stage):
    return {}


@sample("operations.job.discard")
def _(stage):
    return {"id": dead_job(stage), "reason": "The bakery is closed"}


@sample("operations.webhook.add")
def _(_stage):
    return RECEIVER


@sample("operations.webhook.switch")
def _(stage):
    return {"id": webhook(stage), "on": False}


@sample("operations.webhook.remove")
def _(stage):
    return {"id": webhook(stage)}


@sample("operations.webhook.repeat")
def _(stage):
    told = webhook(stage)
    Relay(stage.town, "of the stage").step()
    return {"id": told, "position": stage.one("SELECT max(position) FROM core_outbox")}

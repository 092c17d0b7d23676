"""A wish for every act of the town itself: accounts, sessions, messages, jobs."""

from datetime import timedelta

from tests.faults.stage import sample
from townsquare.core.identity.links import SIGNER
from townsquare.core.identity.models import AccountRow, SessionRow
from townsquare.core.ids import new_id
from townsquare.core.jobs.queue import put
from townsquare.core.usecase import Actor

ROLE = "library.manager"
ADDRESS = "olga@sanroque.example"


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


def session(stage, key="of this browser"):
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
    return {"key_hash": "of this browser"}


@sample("core.notification.read", by="maya")
def _(stage):
    stage.do("library.notice.recalled", loan=stage.lend())
    return {}


@sample("core.storage.sweep")
def _(_stage):
    return {}


@sample("operations.job.retry")
def _(stage):
    return {"id": dead_job(stage)}


@sample("operations.job.discard")
def _(stage):
    return {"id": dead_job(stage), "reason": "The bakery is closed"}

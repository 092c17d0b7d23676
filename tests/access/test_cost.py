"""What every address of the house costs: statements at the driver, however much there is.

The services measure their own addresses in the same way, with data of their own; here is the rest.
The look at the session, one statement, is not counted.
"""

import pytest
from sqlalchemy import event, select

from townsquare.core.audit import AuditEntry
from townsquare.core.identity.models import AccountRow, SessionRow, TokenRow
from townsquare.core.identity.proposals import ProposalRow
from townsquare.core.ids import new_id
from townsquare.core.jobs.queue import JobRow
from townsquare.core.notifications.telling import NotificationRow
from townsquare.core.webhooks.models import WebhookRow

LIST, DETAIL = 2, 3
LISTS = {
    *("/account", "/admin/accounts", "/admin/audit", "/admin/jobs", "/admin/webhooks"),
    "/notifications",
}
LISTS |= {"/account/programs", "/admin/programs", "/admin/proposals"}
VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
QUESTIONS = {"/search": "?q=olga", "/admin/accounts": "?words=b"}
SESSION = "core_session.key_hash ="


@pytest.fixture
def statements(town):
    """Every statement that reaches SQLite's driver, without begin and commit."""
    seen = []

    def listen(connection, _record):
        connection.set_trace_callback(lambda text: text.startswith(VERBS) and seen.append(text))

    town.database.dispose()
    event.listen(town.database, "connect", listen)
    return seen


@pytest.fixture
def olga(signed_in):
    """The administrator, who may see everything here."""
    return signed_in("administrator")


def fill(town, person, how_many):
    """Add so many accounts, sessions, tokens, jobs, receivers, messages, lines of the audit."""
    at = town.now()
    with town.sessions.begin() as db:
        own = db.scalars(select(AccountRow).where(AccountRow.person == person)).one()
        for _number in range(how_many):
            one, kept = new_id(), {"public_id": new_id(), "created_at": at}
            db.add(AccountRow(email=f"{one}@b.c", name=one, person=one, **kept))
            seen = {"last_seen_at": at, "ends_at": at.replace(year=2030), "created_at": at}
            db.add(SessionRow(public_id=one, key_hash=one, account_id=own.id, **seen))
            mine = {"made_by_id": own.id, "name": one, "scope": "read", "ends_at": seen["ends_at"]}
            for whose in (own.id, None):
                key = new_id().rjust(64, "0")
                kept = {"public_id": new_id(), "created_at": at}
                db.add(TokenRow(account_id=whose, key_hash=key, **mine, **kept))
            asked = {"actor_id": 0, "enqueued_at": at, "run_at": at, "ended_at": at}
            dead = {"state": "dead", "reason": "", "worker": "", "payload": {}, "name": "n"}
            db.add(JobRow(public_id=one, **asked, **dead))
            told = {"template": "identity/mail/known.txt", "facts": {}, "created_at": at}
            about = {"person": person, "kind": "k", "subject": one, "key": "", "account_id": own.id}
            db.add(NotificationRow(public_id=one, **about, **told))
            who = {"actor_id": own.id, "actor_name": "Olga", "act": "a", "request_id": ""}
            what = {"service": "identity", "event": "identity.AccountMade", "subject": one}
            db.add(AuditEntry(at=at, facts={"account": one}, **who, **what))
            asked = {"email": f"{one}@new.example", "proposed_by_id": own.id}
            kept = {"public_id": new_id(), "created_at": at}
            db.add(ProposalRow(**asked, **kept, expires_at=seen["ends_at"]))
            hook = {"name": one, "address": one, "events": [], "secret": b""}
            kept = {"public_id": new_id(), "created_at": at}
            db.add(WebhookRow(**kept, **hook, state="on", made_by="Olga"))
        job = db.scalars(select(JobRow.public_id)).first()
        hook = db.scalars(select(WebhookRow.public_id)).first()
        asked = db.scalars(select(ProposalRow.public_id).where(ProposalRow.email != "")).first()
        return {
            "/admin/proposals/<id>": asked,
            "/admin/accounts/<id>": own.public_id,
            "/admin/accounts/<id>/erasure": own.public_id,
            "/admin/jobs/<id>/discard": job,
            "/admin/webhooks/<id>": hook,
        }


def addresses(app, ids):
    """Return every address of the house that can be read, with what exists in its places."""
    services = {s.name for s in app.extensions["townsquare"].services if s.menu}
    ours = ("/static", *(part for name in services for part in (f"/{name}", f"/api/v1/{name}")))
    places = {"<token>": "forged", "<code>": "core.busy"}
    places |= {"<operation>": "library.loan.create"}
    found = {}
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.rule.startswith(ours):
            continue
        address = rule.rule.replace("<id>", ids.get(rule.rule, "<id>"))
        address = address.replace(
            "<any(forms, refused, question, states, lists, parts):group>", "lists"
        )
        for place, value in places.items():
            address = address.replace(place, value)
        found[rule.rule] = address + QUESTIONS.get(rule.rule, "")
    return found


def costs(client, addresses, statements):
    """Return the status and the number of statements of each address, asked a second time."""
    found = {}
    for rule, address in addresses.items():
        client.get(address)
        statements.clear()
        status = client.get(address).status_code
        found[rule] = status, len([said for said in statements if SESSION not in said])
    return found


@pytest.mark.engines("sqlite")
def test_every_address_of_the_house_costs_few_statements(app, town, olga, statements):
    ours = addresses(app, fill(town, olga.person, 1))
    assert [address for address in ours.values() if "<" in address] == []  # Say what stands there.
    one = costs(olga.client, ours, statements)
    many = costs(olga.client, addresses(app, fill(town, olga.person, 50)), statements)
    assert {rule for rule, (status, _) in one.items() if status >= 500} == set()
    assert {rule: cost for rule, cost in many.items() if cost != one[rule]} == {}
    most = {rule: LIST if rule in LISTS else DETAIL for rule in one}
    assert {rule: cost for rule, (_, cost) in many.items() if cost > most[rule]} == {}
    assert {rule for rule in LISTS if many[rule] == (200, 0)} == set()
    assert set(one) >= LISTS
    assert one["/admin/operations"] == (200, DETAIL)  # What waits, since when, and the last check.
    assert one["/admin/accounts/<id>"][0] == one["/admin/jobs/<id>/discard"][0] == 200


@pytest.mark.engines("sqlite")
def test_a_proposal_costs_few_statements(app, town, signed_in, statements):
    olga = signed_in("administrator", confirmed=True)
    ours = addresses(app, fill(town, olga.person, 50))
    ours = {rule: place for rule, place in ours.items() if rule.startswith("/admin/proposals/")}
    found = costs(olga.client, ours, statements)
    assert {rule: status for rule, (status, _) in found.items()} == dict.fromkeys(ours, 200)
    assert max(cost for _, cost in found.values()) <= DETAIL


@pytest.mark.engines("sqlite")
def test_an_address_that_asks_once_for_each_row_would_be_noticed(app, town, olga, statements):
    def dear():
        with town.sessions() as db:
            for row in db.scalars(select(AccountRow)).all():
                db.scalars(select(SessionRow).where(SessionRow.account_id == row.id)).all()
        return "dear"

    app.add_url_rule("/dear", "dear", dear)
    fill(town, olga.person, 5)
    status, cost = costs(olga.client, {"/dear": "/dear"}, statements)["/dear"]
    assert status == 200
    assert cost > DETAIL

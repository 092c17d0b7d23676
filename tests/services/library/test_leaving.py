"""Somebody takes everything along, leaves, and is named nowhere; what is counted stays."""

import csv
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError

from tests.faults.samples_core import PAPER, two_administrators
from tests.faults.stage import Stage
from tests.kit.guards import drop_trigger
from tests.kit.sound import complaints
from tests.kit.waiting import until
from townsquare.core import parts
from townsquare.core.db import Model, reading
from townsquare.core.errors import DomainError, NotConfirmed
from townsquare.core.identity.commands import ChangeRole
from townsquare.core.identity.factors import FactorRow, RecoveryCodeRow
from townsquare.core.identity.manifest import APPOINT_ALONE
from townsquare.core.identity.models import AccountRow, LinkRow, SessionRow
from townsquare.core.identity.steps import APPOINT
from townsquare.core.identity.usecases.administration import grant_role
from townsquare.core.ids import new_id
from townsquare.core.invariants import breaches
from townsquare.core.keys import AUDIT_KEYS
from townsquare.core.linking import link_all
from townsquare.core.notifications import notify
from townsquare.core.personal.files import archive
from townsquare.core.storage import FileRow
from townsquare.core.usecase import REGISTRY, Actor
from townsquare.core.verifying import Walk, lines_of

BOTH = pytest.mark.engines("sqlite", "postgresql")
EMAIL, NAME = "zyxwena@quorvik.example", "Zyxwena Quorvik"
CANARIES = ("zyxwena", "quorvik", "OLD-ZQX-1", "LC-ZQX-77", "NUM-ZQX-5", "555-0199", "limps")
# Columns by which a table may refer to a person, whatever it refers to by foreign keys.
PEOPLE = {"core_account", "people_person", "library_patron"}
NAMES = {"person", "party", "owner", "email", "phone", "card", "by", "actor_name", "made_by"}
MEASURES = {"sold_by", "replaced_by"}  # By weight, by another credential; by nobody.


@pytest.fixture
def stage(town, clock):
    return Stage(town, clock)


def zyx(stage):
    """Let somebody have everything that the town keeps about people; return their account."""
    told = {"given": "Zyxwena", "family": "Quorvik", "kind": "student", "number": "NUM-ZQX-5"}
    stage.do("library.patron.register", card="OLD-ZQX-1", branch="central", email=EMAIL, **told)
    named = "FROM people_person WHERE given = 'Zyxwena'"
    person = stage.one(f"SELECT public_id {named}")
    with stage.town.database.begin() as connection:
        connection.execute(
            text("UPDATE people_person SET phone = '555-0199' WHERE given = 'Zyxwena'")
        )
    made = signs_up(stage, person)
    patron = stage.one("SELECT public_id FROM library_patron WHERE card = 'OLD-ZQX-1'")
    told = {"expires_on": date(2030, 1, 1), "state": "active", "note": "limps"}
    stage.do("library.patron.change", id=patron, version=1, **told)
    told = {"card": "LC-ZQX-77", "reason": "It was lost"}
    stage.do("library.patron.replace_card", id=patron, version=2, **told)
    stage.do("library.me.set_wishes", by="zyx", keep_history=True, mails=True)
    borrows(stage)
    serves(stage)
    return made


def signs_up(stage, person):
    now, known = stage.clock(), {"created_at": stage.clock(), "public_id": new_id()}
    with stage.town.sessions.begin() as db:
        row = AccountRow(email=EMAIL, name=NAME, person=person, confirmed_at=now, **known)
        db.add(row)
        db.flush()
        who = Actor(row.id, NAME, person=person, confirmed=True)
        times = {"created_at": now, "last_seen_at": now, "ends_at": now}
        db.add(SessionRow(public_id="S", key_hash="k", account_id=row.id, agent="Zyxwena", **times))
        secret = {"secret": b"x", "created_at": now, "confirmed_at": now}
        db.add(FactorRow(account_id=row.id, **secret))
        db.add(RecoveryCodeRow(account_id=row.id, name="7K2M", code_hash=PAPER["7K2M"]))
        link = {"kind": "reset", "email": EMAIL, "expires_at": now}
        db.add(LinkRow(public_id="L", account_id=row.id, **link))
        file = {"purpose": "test", "mimetype": "text/plain", "size": 1, "sha256": "x"}
        db.add(FileRow(stored="f", owner=person, name="Zyxwena.txt", created_at=now, **file))
    stage.actors["zyx"] = who
    with stage.town.working(who) as ctx:
        facts = {"name": NAME, "url": "/account"}
        told = {"kind": "k", "subject": "s", "template": "identity/mail/token.txt", "facts": facts}
        _noted(ctx, who, told)
    stage.do("identity.token.create", by="zyx", name="Zyxwena at home")
    return known["public_id"]


def _noted(ctx, who, told):
    ctx = replace(ctx, act="tests.tell")
    notify(ctx, account_id=who.id, person=who.person, mail_to=EMAIL, **told)


def borrows(stage):
    """Borrow, bring back late, lose one, pay all of it; something goes back."""
    stage.lend("TS1", "LC-ZQX-77")
    stage.clock.advance(days=40)
    stage.do("library.loan.return", barcode="TS1")
    stage.lend("TS2", "LC-ZQX-77")
    stage.do("library.copy.lose", barcode="TS2")
    owed = stage.one(
        "SELECT sum(amount_minor - credited_minor - allocated_minor) FROM payments_charge"
    )
    stage.do("library.payment.take", card="LC-ZQX-77", amount_minor=int(owed))


def serves(stage):
    """Work at the desk as well, and wait for something that is no longer wanted."""
    stage.do("library.loan.create", by="zyx", barcode="TS1", card="LC-2")
    lost = stage.do("library.copy.lose", by="zyx", barcode="TS1")
    charge = stage.one("SELECT max(public_id) FROM payments_charge")
    told = {"charge": charge, "percent": 50, "reason": "It was in the rain"}
    stage.do("library.charge.waive", by="zyx", **told)
    stage.do("library.payment.take", by="zyx", card="LC-2", amount_minor=10)
    held = {"document": stage.wood, "branch": "central"}
    hold = stage.do("library.hold.place", by="zyx", **held).id
    stage.do("library.hold.cancel", by="zyx", id=hold)
    return lost


def named_in(town, *, words=CANARIES):
    """Return every column of the whole database in which one of these words stands."""
    found = set()
    with reading(town.database) as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings():
                found |= {
                    f"{table}.{column}"
                    for column, value in row.items()
                    if any(word.lower() in _said(value).lower() for word in words)
                }
    return found


def _said(value):
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def sums(town):
    """Return what has to add up, before and after."""
    counted = {
        "money": "SELECT sum(amount_minor), count(*) FROM payments_posting",
        "charges": "SELECT sum(amount_minor), sum(allocated_minor), count(*) FROM payments_charge",
        "loans": "SELECT count(*), count(returned_at) FROM library_loan",
        "readers": "SELECT kind, count(*) FROM library_patron GROUP BY kind",
        "receipts": "SELECT count(*) FROM payments_document",
        "histories": "SELECT count(*) FROM library_state_change",
    }
    with reading(town.database) as connection:
        return {
            name: [tuple(row) for row in connection.execute(text(told))]
            for name, told in counted.items()
        }


def erase(stage):
    return stage.do("personal.data.erase", by="zyx", email=EMAIL.upper())


def propose(stage):
    """Let Olga have proposed to erase the same person; return what Ravi may agree to."""
    two_administrators(stage)
    about = stage.one(f"SELECT public_id FROM core_account WHERE email = '{EMAIL}'")
    wish = {"id": about, "reason": "Zyxwena asked by letter"}
    return stage.do("personal.erasure.propose", by="olga", **wish).id


def erase_by_two(stage):
    return stage.do("personal.erasure.approve", by="ravi", id=propose(stage))


WAYS = pytest.mark.parametrize("leave", [erase, erase_by_two], ids=["alone", "by two"])


def unclaimed(tables, claimed):
    """Return the tables that refer to a person and that no part claims."""
    return {
        name
        for name, table in tables.items()
        if name not in claimed
        and any(
            column.name in NAMES
            or (column.name.endswith(("_by", "_by_id", "actor_id")) and column.name not in MEASURES)
            or any(key.column.table.name in PEOPLE for key in column.foreign_keys)
            for column in table.columns
        )
    }


def claimed():
    return {name for part in parts.PARTS.values() for name in part.tables}


def test_every_table_that_refers_to_a_person_is_claimed_by_a_part(town):
    assert town.services
    assert unclaimed(Model.metadata.tables, claimed()) == set()
    assert claimed() <= set(Model.metadata.tables)


def test_a_table_that_nobody_claims_would_be_noticed():
    but = claimed() - {"library_hold"}
    assert unclaimed(Model.metadata.tables, but) == {"library_hold"}


@BOTH
@WAYS
def test_who_has_left_is_named_nowhere_and_everything_adds_up(stage, leave):
    zyx(stage)
    seen = named_in(stage.town)
    assert {"core_account.email", "payments_document.snapshot", "library_state_change.by"} <= seen
    assert not {column for column in seen if column.startswith(("core_audit", "core_outbox"))}
    before = sums(stage.town)
    leave(stage)
    assert named_in(stage.town) == set()
    assert sums(stage.town) == before
    assert breaches(stage.town) == {}
    link_all(stage.town)
    with reading(stage.town.database) as connection:
        assert Walk(stage.town.engines.at(AUDIT_KEYS)).along(lines_of(connection)).fault is None


@BOTH
@pytest.mark.parametrize(
    ("part", "where"),
    [("people", "people_person.name"), ("payments", "payments_document.snapshot")],
)
def test_a_part_that_forgets_to_forget_is_found(stage, monkeypatch, part, where):
    zyx(stage)
    known = parts.PARTS[part]
    monkeypatch.setitem(parts.PARTS, part, known)  # The next line puts another one there.
    replace(known, forget=lambda _ctx, _who: None)
    erase(stage)
    assert where in named_in(stage.town)


def test_everything_is_given_along_without_secrets(stage):
    zyx(stage)
    stage.do("personal.data.take", by="zyx")
    data = stage.do("personal.data.read", by="zyx")
    with ZipFile(BytesIO(archive(data))) as opened:
        told = json.loads(opened.read("data.json"))
        loans = list(csv.reader(StringIO(opened.read("library/loans.csv").decode("utf-8-sig"))))
        every = b"".join(opened.read(name) for name in opened.namelist()).decode()
    found = told["parts"]
    assert found["account"]["account"][0]["email"] == EMAIL
    assert found["library"]["card"][0]["note"] == "limps"
    assert [loan["barcode"] for loan in found["library"]["loans"]] == ["TS1", "TS2"]
    assert len(loans) == 3
    assert found["payments"]["receipts"][0]["snapshot"]["name"] == NAME
    assert [
        word for word in ("key_hash", "code_hash", "secret", PAPER["7K2M"]) if word in every
    ] == []


@pytest.mark.parametrize("act", ["personal.data.take", "personal.data.read", "personal.data.erase"])
def test_it_is_asked_first_whether_it_is_oneself(stage, act):
    zyx(stage)
    stage.actors["zyx"] = replace(stage.actors["zyx"], confirmed=False)
    with pytest.raises(NotConfirmed):
        stage.do(act, by="zyx", **({"email": EMAIL} if act.endswith("erase") else {}))


def owes(stage):
    stage.lend("TS3", "LC-ZQX-77")
    stage.do("library.copy.lose", barcode="TS3")


def waits(stage):
    told = {"document": stage.wood, "branch": "central", "card": "LC-ZQX-77"}
    stage.lend("TS3")
    stage.do("library.hold.place_for", **told)


def guards(stage):
    own = "(SELECT id FROM people_person WHERE given = 'Zyxwena')"
    with stage.town.database.begin() as connection:
        named = f"UPDATE people_person SET guardian_id = {own} WHERE given = 'Ben'"
        connection.exec_driver_sql(named)


def rules(stage):
    told = {"id": stage.one(f"SELECT public_id FROM core_account WHERE email = '{EMAIL}'")}
    allowed = frozenset({"identity.role.grant", APPOINT, APPOINT_ALONE})
    wish = ChangeRole(role="administrator", **told)
    stage.run(grant_role, wish, Actor(0, "operator olga", allowed))


OPEN = pytest.mark.parametrize(
    ("open_thing", "code"),
    [
        (lambda stage: stage.lend("TS3", "LC-ZQX-77"), "library.still-reading"),
        (waits, "library.still-reading"),
        (owes, "payments.still-owed"),
        (
            lambda stage: stage.do("library.deposit.take", card="LC-ZQX-77", amount_minor=500),
            "payments.deposit-held",
        ),
        (guards, "people.still-guardian"),
        (rules, "personal.is-administrator"),
    ],
)


@OPEN
def test_nobody_leaves_while_something_is_open(stage, open_thing, code):
    zyx(stage)
    open_thing(stage)
    before = named_in(stage.town)
    with pytest.raises(DomainError) as refused:
        erase(stage)
    assert refused.value.code == code
    assert named_in(stage.town) == before


@OPEN
def test_nor_is_anybody_erased_by_two_while_something_is_open(stage, open_thing, code):
    zyx(stage)
    proposal = propose(stage)
    open_thing(stage)
    before = named_in(stage.town)
    with pytest.raises(DomainError) as refused:
        stage.do("personal.erasure.approve", by="ravi", id=proposal)
    assert refused.value.code == code
    assert named_in(stage.town) == before
    assert stage.one("SELECT state FROM core_proposal WHERE kind = 'erasure'") == "waiting"
    stage.do("identity.proposal.withdraw", by="olga", id=proposal)
    about = stage.one(f"SELECT public_id FROM core_account WHERE email = '{EMAIL}'")
    with pytest.raises(DomainError) as again:  # It is not even proposed.
        stage.do("personal.erasure.propose", by="olga", id=about, reason="Still")
    assert again.value.code == code


def test_another_address_erases_nothing(stage):
    zyx(stage)
    with pytest.raises(DomainError) as refused:
        stage.do("personal.data.erase", by="zyx", email="maya@example.org")
    assert refused.value.code == "personal.not-your-address"


def test_the_address_and_the_card_are_free_again(stage):
    made = zyx(stage)
    erase(stage)
    told = {"name": "Another", "email": EMAIL, "password_hash": "new"}
    stage.do("identity.account.create", by="guest", **told)
    with stage.town.sessions() as db:
        row = db.scalars(select(AccountRow).filter_by(public_id=made)).one()
        new = db.scalars(select(AccountRow).filter_by(email=EMAIL)).one()
    assert (row.name, row.password_hash, new.person != row.person) == (parts.LEFT, None, True)
    again = {"given": "An", "kind": "visitor", "number": "NUM-ZQX-5", "branch": "central"}
    assert stage.do("library.patron.register", card="LC-ZQX-77", **again).id


@BOTH
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE library_patron SET state = 'active' WHERE state = 'left'", "is_erased"),
        ("UPDATE core_account SET disabled_at = NULL WHERE erased_at IS NOT NULL", "erased"),
        ("UPDATE people_person SET email = 'x' WHERE erased_at IS NOT NULL", "erased"),
        ("UPDATE payments_document SET snapshot = '{}'", "frozen"),
        ("UPDATE payments_reduction SET amount_minor = 1", "only_grow"),
        ("UPDATE library_state_change SET why = 'x'", "is_kept"),
        ("UPDATE library_state_change SET \"by\" = 'Somebody else'", "is_kept"),
    ],
)
def test_the_database_lets_nobody_come_back_and_nothing_else_change(stage, change, said):
    zyx(stage)
    erase(stage)
    with pytest.raises(IntegrityError, match=said), stage.town.database.begin() as connection:
        connection.exec_driver_sql(change)


@BOTH
def test_without_its_guard_a_reader_would_come_back(stage):
    zyx(stage)
    erase(stage)
    drop_trigger(stage.town, "library_patron_comes_back", "library_patron")
    with stage.town.database.begin() as connection:
        back = "UPDATE library_patron SET state = 'active' WHERE state = 'left'"
        assert connection.exec_driver_sql(back).rowcount == 1


def borrowed_while_leaving(stage):
    """Let somebody leave, and borrow before that is committed; return what the desk was told."""
    zyx(stage)
    act = REGISTRY["personal.data.erase"]
    with ThreadPoolExecutor(1) as pool:
        with stage.town.working(stage.actor("zyx", act)) as ctx:
            act.call(ctx, act.command(email=EMAIL))
            lent = pool.submit(stage.lend, "TS3", "LC-ZQX-77")
            until(lambda: somebody_waits(stage.town))
        return lent.exception(timeout=30)


def somebody_waits(town):
    asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with reading(town.database) as connection:
        here = text(f"{asked} AND datname = current_database()")
        return connection.execute(here).scalar_one() > 0


@pytest.mark.engines("postgresql")  # SQLite lets one write at a time.
def test_who_leaves_while_they_borrow_has_no_loan(stage):
    assert isinstance(borrowed_while_leaving(stage), DomainError)
    assert complaints(stage.town) == []


@pytest.mark.engines("postgresql")
def test_without_its_guard_somebody_who_left_would_have_a_loan(stage):
    drop_trigger(stage.town, "library_loan_left", "library_loan")
    assert borrowed_while_leaving(stage) is None
    assert "who has left has nothing" in str(complaints(stage.town))

"""Whatever is done to the audit without its key is found, and the first wrong place is named."""

import json
import random
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO

import pytest
from sqlalchemy import delete, insert, select, update

from tests.kit.guards import drop_trigger
from townsquare.core import linking, verifying
from townsquare.core.audit import (
    RECORD,
    AuditEntry,
    AuditKeys,
    AuditLink,
    hash_of,
    mac_of,
    record_of,
    unnamed,
)
from townsquare.core.keys import AUDIT_KEYS, make_next_audit_key
from townsquare.core.linking import Head, Linker, heads_of, link_all
from townsquare.core.ports import Engines
from townsquare.core.verifying import (
    BROKEN,
    CHANGED,
    CUT,
    LOST,
    MISSING,
    NO_KEY,
    OLD_KEY,
    OTHER,
    REPEATED,
    UNSIGNED,
    BadHeads,
    Line,
    NotAnExport,
    OtherKey,
    Walk,
    heads_in,
    lines_in,
    lines_of,
    waiting_of,
    write_export,
)

BOTH = pytest.mark.engines("sqlite", "postgresql")
SEED, EDITS = 24, 1000
OLD, EACH = 3, 40  # Entries from before there were macs, and signed ones of each service.
SERVICES = ("bells", "market")


def entry(town, service, number, *, signed=True):
    """Return an entry as the town writes it, or as it wrote it before there were macs."""
    told = dict.fromkeys(("act", "event", "subject", "request_id"), f"{service} {number}")
    told |= {"service": service, "actor_id": number, "actor_name": "Nuñez ☂ \\ \x1f"}
    told |= {"at": town.now(), "facts": {"number": number, "half": 0.5, "none": None}}
    mac = mac_of(town.engines.at(AUDIT_KEYS), record_of(told)) if signed else ""
    return {**told, "mac": mac}


@pytest.fixture
def chained(town):
    """A town with two chains, the first of which began before there were macs."""
    with town.sessions.begin() as db:
        for number in range(OLD):
            db.execute(insert(AuditEntry).values(entry(town, SERVICES[0], number, signed=False)))
        for number in range(2 * EACH):
            db.execute(insert(AuditEntry).values(entry(town, SERVICES[number % 2], number)))
    link_all(town)
    return town


def key_of(town):
    return town.engines.at(AUDIT_KEYS)


def exported(town):
    """Return the lines of an export, the heads of that moment, and the key."""
    file = BytesIO()
    with town.database.connect() as connection:
        write_export(lines_of(connection), key_of(town), file)
        heads = heads_of(connection)
    return file.getvalue().splitlines(keepends=True), heads, key_of(town)


def verified(lines, heads, key):
    return Walk(key, heads).along(lines_in(BytesIO(b"".join(lines)), key))


def renumbered(lines):
    """Give the lines the numbers that a careful forger would give them."""
    told, counts = [json.loads(line) for line in lines], {}
    for line in told:
        counts[line["service"]] = line["seq"] = counts.get(line["service"], 0) + 1
    return [
        json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        for line in told
    ]


def flip(lines, chance):
    place = chance.randrange(len(lines))
    found = bytearray(lines[place])
    found[chance.randrange(len(found))] ^= 1 << chance.randrange(8)
    return [*lines[:place], bytes(found), *lines[place + 1 :]], place


def remove(lines, chance):
    place = chance.randrange(len(lines))
    return lines[:place] + lines[place + 1 :], place


def swap(lines, chance):
    one, other = sorted(chance.sample(range(len(lines)), 2))
    found = list(lines)
    found[one], found[other] = found[other], found[one]
    return found, one


def truncate(lines, chance):
    whole = b"".join(lines)
    left = whole[: chance.randrange(len(whole))]
    return left.splitlines(keepends=True), left.count(b"\n")


def put_in(lines, chance):
    place = chance.randrange(len(lines))
    forged = json.loads(lines[place])
    forged["record"]["facts"]["number"] += 1
    return [*lines[:place], json.dumps(forged).encode() + b"\n", *lines[place:]], place


def replay(lines, chance):
    one, place = sorted(chance.sample(range(len(lines) + 1), 2))
    return [*lines[:place], lines[one], *lines[place:]], place


PLAIN = (flip, remove, swap, truncate, put_in, replay)
CAREFUL = (remove, swap, put_in, replay)


def edits(lines, how_many=EDITS):
    """Return edited exports and the index of the first line that is wrong in each."""
    chance = random.Random(SEED)  # noqa: S311 (the same edits in every run)
    for number in range(how_many):
        careful = number % 2 and number % 4 == 1
        edit = chance.choice(CAREFUL if careful else PLAIN)
        edited, place = edit(lines[1:], chance)
        yield [lines[0], *(renumbered(edited) if careful else edited)], place


def missed(lines, heads, key):
    """Return the edits that were not found, or not where they are."""
    found = []
    for number, (edited, place) in enumerate(edits(lines)):
        verdict = verified(edited, heads, key)
        if verdict.fault is None or verdict.linked != place:
            found.append((number, place, verdict))
    return found


def test_what_nobody_has_touched_is_whole(chained):
    lines, heads, key = exported(chained)
    verdict = verified(lines, heads, key)
    assert (verdict.fault, verdict.linked, verdict.unsigned) == (None, OLD + 2 * EACH, OLD)
    assert len(lines) == 1 + OLD + 2 * EACH
    assert renumbered(lines[1:]) == lines[1:]  # Any JSON can write these lines.


def test_each_of_a_thousand_edits_is_found_where_it_is(chained, measured):
    assert missed(*exported(chained)) == []
    measured(edits=EDITS)


def test_without_the_hash_before_some_edits_would_not_be_found(town, monkeypatch, request):
    for module in (linking, verifying):
        monkeypatch.setattr(module, "hash_of", lambda key, told, _before: hash_of(key, told, ""))
    chained = request.getfixturevalue("chained")
    assert len(missed(*exported(chained))) > EDITS // 100


def test_a_lost_end_is_found_with_the_head_alone(chained):
    lines, heads, key = exported(chained)
    assert verified(lines[:-1], (), key).fault is None
    fault = verified(lines[:-1], heads, key).fault
    assert (fault.service, fault.seq, fault.what) == ("market", EACH, CUT)


def test_a_lost_chain_is_found_with_the_head(chained):
    lines, heads, key = exported(chained)
    bells = [line for line in lines if b'"service":"market"' not in line]
    assert verified(bells, heads, key).fault.seq == 1
    market = [line for line in lines if b'"service":"bells"' not in line]
    assert str(verified(market, heads, key).fault).startswith("bells, position 1: the chain ends")
    assert verified(lines[:1], heads, key).fault.service == "bells"


def test_a_chain_that_was_written_anew_with_the_key_is_found_with_the_head(chained):
    lines, heads, key = exported(chained)
    kept = [Head(head.service, head.seq, "0" * 64) for head in heads]
    fault = verified(lines, kept, key).fault
    assert (fault.service, fault.seq, fault.what) == ("bells", OLD + EACH, OTHER)


def test_a_link_whose_entry_is_lost_is_named(chained):
    key = key_of(chained)
    fault = Walk(key).along([Line("bells", 1, "", 7, "", None)]).fault
    assert (fault.seq, fault.entry, fault.what) == (1, 7, LOST)


def test_only_an_export_made_with_this_key_is_read(chained):
    lines, heads, key = exported(chained)
    with pytest.raises(OtherKey):
        verified(lines, heads, AuditKeys(b"other key"))
    for first in (b"", b"{}\n", b"[]\n", b"no JSON\n"):
        with pytest.raises(NotAnExport):
            verified([first, *lines[1:]], heads, key)


def write(town, keys, number, *, named=True):
    """Write one more entry into the first chain with these keys, also as before keys had names."""
    told = entry(town, SERVICES[0], number)
    mac = mac_of(keys, record_of(told))
    with town.sessions.begin() as db:
        told["mac"] = mac if named else unnamed(mac)
        return db.execute(insert(AuditEntry).values(told).returning(AuditEntry.id)).scalar_one()


@pytest.fixture
def rotated(chained):
    """A chained town whose last entry before another key took over names none, and waited."""
    write(chained, key_of(chained), 900, named=False)
    make_next_audit_key(chained.settings)
    again = replace(chained, engines=Engines(chained.settings))  # As it is started again.
    write(again, key_of(again), 901)
    link_all(again)
    return again


@BOTH
def test_after_a_rotation_each_entry_is_verified_with_its_own_key(rotated):
    lines, heads, keys = exported(rotated)
    assert verified(lines, heads, keys).fault is None
    with rotated.database.connect() as connection:
        assert looked_at(rotated, connection, heads).fault is None
    # As an export from before keys had names, which says so in its first line.
    first = {"format": 1, "key": keys.ids[0]}
    old = [json.dumps(first, separators=(",", ":")).encode() + b"\n", *lines[1:]]
    assert verified(old, heads, keys).fault is None


def test_a_key_that_is_not_known_is_told_with_its_place(rotated):
    lines, _heads, keys = exported(rotated)
    with pytest.raises(OtherKey):  # The one that signs now is none of these.
        verified(lines, (), AuditKeys(keys.of("")))
    with rotated.database.connect() as connection:
        fault = Walk(AuditKeys(keys.of(""))).along(lines_of(connection)).fault
    assert (fault.service, fault.seq, fault.what) == ("bells", OLD + EACH + 2, NO_KEY)
    late = write(rotated, AuditKeys(b"of somebody else"), 902)
    with rotated.database.connect() as connection:
        fault = looked_at(rotated, connection).fault
    assert (fault.service, fault.entry, fault.what) == ("", late, NO_KEY)
    link_all(rotated)  # It gets no link, which nobody could verify, and holds up no other.
    with rotated.database.connect() as connection:
        assert looked_at(rotated, connection).fault == fault


def test_a_key_that_was_replaced_signs_nothing_any_more(rotated):
    keys = key_of(rotated)
    late = write(rotated, AuditKeys(keys.of("")), 902)
    link_all(rotated)
    with rotated.database.connect() as connection:
        fault = looked_at(rotated, connection).fault
    assert (fault.service, fault.entry, fault.what) == ("bells", late, OLD_KEY)


def test_a_copy_that_was_given_the_name_of_its_key_is_a_copy(rotated):
    keys = key_of(rotated)
    with rotated.sessions.begin() as db:
        old = db.scalars(select(AuditEntry).where(~AuditEntry.mac.contains(":"))).all()[-1]
        told = {name: getattr(old, name) for name in RECORD}
        db.execute(insert(AuditEntry).values(**told, mac=f"{keys.ids[0]}:{old.mac}"))
    with rotated.database.connect() as connection:
        assert looked_at(rotated, connection).fault.what == REPEATED


def test_heads_are_read_as_they_were_printed(chained):
    with chained.database.connect() as connection:
        heads = heads_of(connection)
    printed = "".join(f"{head.service} {head.seq} {head.hash}\n" for head in heads)
    assert heads_in(printed) == heads
    with pytest.raises(BadHeads, match="Line 2"):
        heads_in(f"{printed.splitlines()[0]}\nbells 7\n")


@pytest.fixture
def unguarded(chained):
    """A chained town whose triggers somebody has dropped, who has not the key."""
    for table in ("core_audit", "core_audit_link"):
        for deed in ("update", "delete"):
            drop_trigger(chained, f"{table}_no_{deed}", table)
    drop_trigger(chained, "core_audit_link_gap", "core_audit_link")
    return chained


@contextmanager
def forging(town):
    """Lend a connection whose changes are taken back at the end."""
    with town.database.connect() as connection:
        yield connection
        connection.rollback()


def looked_at(town, connection, heads=()):
    return Walk(key_of(town), heads).along(lines_of(connection), waiting_of(connection))


def places(connection):
    """Return service, position and entry of every link, in the order of the walk."""
    links = select(AuditLink.service, AuditLink.seq, AuditLink.audit_id)
    return sorted(tuple(row) for row in connection.execute(links))


def change_a_column(connection, chance):
    service, seq, number = chance.choice(places(connection))
    column = chance.choice([name for name in RECORD if name not in {"at", "facts"}])
    other = 99 if column == "actor_id" else "other"
    connection.execute(update(AuditEntry).where(AuditEntry.id == number).values({column: other}))
    return service, seq


def forget_an_entry(connection, chance):
    service, seq, number = chance.choice(places(connection))
    connection.execute(delete(AuditLink).where(AuditLink.audit_id == number))
    connection.execute(delete(AuditEntry).where(AuditEntry.id == number))
    return service, seq


def forget_an_entry_and_number_anew(connection, chance):
    service, seq = forget_an_entry(connection, chance)
    later = [place for place in places(connection) if place[0] == service and place[1] > seq]
    for _service, number, entry in later:
        one = update(AuditLink).where(AuditLink.audit_id == entry)
        connection.execute(one.values(seq=number - 1))
    return service, seq


def exchange_two_entries(connection, chance):
    one, other = sorted(chance.sample(places(connection), 2))
    rows = {}
    for _service, _seq, number in (one, other):
        chosen = select(*linking.COLUMNS).where(AuditEntry.id == number)
        rows[number] = connection.execute(chosen).one()._asdict()
    for mine, theirs in ((one[2], other[2]), (other[2], one[2])):
        values = {**rows[theirs], "id": mine}
        connection.execute(update(AuditEntry).where(AuditEntry.id == mine).values(values))
    return one[:2]


def cut_off_the_end(connection, chance):
    service = chance.choice(SERVICES)
    mine = [place for place in places(connection) if place[0] == service]
    seq = chance.randint(1, len(mine))
    for _service, _seq, number in mine[seq - 1 :]:
        connection.execute(delete(AuditLink).where(AuditLink.audit_id == number))
        connection.execute(delete(AuditEntry).where(AuditEntry.id == number))
    return service, seq


def change_a_link(connection, chance):
    service, seq, number = chance.choice(places(connection))
    one = update(AuditLink).where(AuditLink.audit_id == number)
    connection.execute(one.values(hash="0" * 64))
    return service, seq


FORGERIES = (
    change_a_column,
    forget_an_entry,
    forget_an_entry_and_number_anew,
    exchange_two_entries,
    cut_off_the_end,
    change_a_link,
)


@BOTH
@pytest.mark.parametrize("forge", FORGERIES)
def test_edits_of_the_database_are_found_where_they_are(unguarded, forge):
    chance = random.Random(SEED)  # noqa: S311 (the same edits in every run)
    with unguarded.database.connect() as connection:
        heads = heads_of(connection)
    for _time in range(10):
        with forging(unguarded) as connection:
            place = forge(connection, chance)
            fault = looked_at(unguarded, connection, heads).fault
            assert (fault.service, fault.seq) == place
    with forging(unguarded) as connection:
        assert looked_at(unguarded, connection, heads).fault is None


@BOTH
def test_what_waits_for_its_link_is_checked_too(unguarded):
    values = entry(unguarded, "market", 500)
    with forging(unguarded) as connection:
        connection.execute(insert(AuditEntry).values(values))
        verdict = looked_at(unguarded, connection)
        assert (verdict.fault, verdict.waiting) == (None, 1)
        connection.execute(update(AuditEntry).values(act="x").where(AuditEntry.actor_id == 500))
        fault = looked_at(unguarded, connection).fault
        assert fault.what == CHANGED
        assert str(fault).startswith("Not linked yet, entry ")


def copy_of_the_last(connection):
    """Put in a true copy of the newest entry."""
    chosen = select(*linking.COLUMNS).order_by(AuditEntry.id.desc()).limit(1)
    row = connection.execute(chosen).one()._asdict()
    connection.execute(insert(AuditEntry).values({**row, "id": row["id"] + 1000}))


def unsigned(connection):
    """Put in an entry as an older town would have written it."""
    made = insert(AuditEntry).values(
        **dict.fromkeys(("act", "event", "subject", "request_id", "actor_name"), "x"),
        service="aaa",
        actor_id=1,
        facts={},
        at=connection.scalar(select(AuditEntry.at).limit(1)),
        id=5000,
    )
    connection.execute(made)


def signed_by_nobody(connection):
    """Put in an entry with a mac that nobody has made."""
    unsigned(connection)
    connection.execute(update(AuditEntry).where(AuditEntry.id == 5000).values(mac="ab" * 40))


@pytest.mark.parametrize(
    ("put", "what"),
    [(copy_of_the_last, REPEATED), (unsigned, UNSIGNED), (signed_by_nobody, CHANGED)],
)
def test_what_was_put_in_is_found_before_it_is_linked_and_after(unguarded, put, what):
    with unguarded.database.begin() as connection:
        put(connection)
    with forging(unguarded) as connection:
        before = looked_at(unguarded, connection).fault
    link_all(unguarded)
    with forging(unguarded) as connection:
        after = looked_at(unguarded, connection).fault
    assert (before.what, before.seq) == (what, 0)
    assert after.what == what
    assert after.seq > 0


@pytest.mark.engines("sqlite")
def test_what_cannot_even_be_read_is_a_change(unguarded):
    for told in ("facts = 'no JSON'", "at = 'never'", "act = CAST(x'ff' AS TEXT)"):
        with forging(unguarded) as connection:
            connection.exec_driver_sql(f"UPDATE core_audit SET {told} WHERE id = 5")
            fault = looked_at(unguarded, connection).fault
            assert (fault.entry, fault.what) == (5, LOST)


def test_a_lost_link_alone_is_found_and_made_again(unguarded):
    with unguarded.database.begin() as connection:
        last = places(connection)[-1]
        connection.execute(delete(AuditLink).where(AuditLink.audit_id == last[2]))
        heads = [Head("market", EACH, "0" * 64)]
        assert looked_at(unguarded, connection).waiting == 1
        assert looked_at(unguarded, connection, heads).fault.what == CUT
    assert Linker(unguarded).step()
    with forging(unguarded) as connection:
        assert looked_at(unguarded, connection).fault is None


def test_the_words_for_a_gap_and_for_a_broken_link_differ(chained):
    lines, heads, key = exported(chained)
    without = [line for number, line in enumerate(lines) if number != 5]
    assert verified(without, heads, key).fault.what == MISSING
    again = [lines[0], *renumbered(without[1:])]
    assert verified(again, heads, key).fault.what == BROKEN

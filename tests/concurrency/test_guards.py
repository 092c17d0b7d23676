"""What the races prove: with its guard each promise holds, and without it the races say so.

Careless desks look in one unit and act in another, all at the same moment. Nothing but the guard
of the schema stands between them and two readers with one copy.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest
from sqlalchemy import bindparam, text, update

from tests.concurrency.conftest import borrowing
from tests.concurrency.test_races import came_to, lose
from tests.kit import racing
from tests.kit.guards import drop_constraint, drop_index, drop_trigger
from tests.kit.racing import Call, careless
from tests.kit.sound import complaints, unsound
from townsquare.core.prepared import Prepared
from townsquare.services.library.models.catalogue import CopyRow
from townsquare.services.library.models.circulating import Changed
from townsquare.services.library.usecases import desk

pytestmark = pytest.mark.engines("sqlite", "postgresql")
DESKS = 6
NOW = "'2026-03-02 02:00:00+00:00'"
LEND = (
    "INSERT INTO library_loan (public_id, created_at, version, copy_id, patron_id, kind, out_at,"
    " out_branch_id, due_at, approved_by, lifted, renewals, recalled, edition, priority,"
    f" limit_group, policy) SELECT :desk, {NOW}, 1, 1, :number, 'home', {NOW}, id, {NOW}, '',"
    " false, 0, false, 0, 30, '30', '{}' FROM library_branch"
)
QUEUE = (
    "INSERT INTO library_hold (public_id, created_at, version, document_id, patron_id, branch_id,"
    f" seq, state, copy_id, recall) SELECT :desk, {NOW}, 1, 1, :reader, id, :place, :state, :copy,"
    " false FROM library_branch"
)
PAY = (
    "INSERT INTO payments_payment (public_id, created_at, version, shop, party, method, key,"
    " number, currency, amount_minor, allocated_minor, refunded_minor, credited_minor)"
    f" SELECT :desk, {NOW}, 1, 'library', party, 'cash', :key, :desk, 'PHP', 1000, 0, 0, 0"
    " FROM payments_charge WHERE reason = 'lost'"
)
ALLOCATE = (
    "INSERT INTO payments_allocation (payment_id, charge_id, amount_minor, at)"
    f" SELECT id, (SELECT id FROM payments_charge WHERE reason = 'lost'), 600, {NOW}"
    " FROM payments_payment WHERE public_id = :desk"
)
REFUND = (
    "INSERT INTO payments_refund (payment_id, amount_minor, reason, at)"
    f" SELECT id, 1000, :desk, {NOW} FROM payments_payment"
)
PRICE = (
    "INSERT INTO library_tariff (public_id, created_at, version, code, name, amount_minor,"
    f" valid_from, set_by) VALUES (:desk, {NOW}, 1, 'card', 'A card', :number, '2026-03-02', '')"
)
PROPOSE = (
    "INSERT INTO library_refund_proposal (public_id, created_at, version, payment, amount_minor,"
    " reason, drop_charges, state, proposed_by, proposed_by_id, decided_by)"
    f" VALUES (:desk, {NOW}, 1, 'paid', 1000, 'A mistake', false, 'proposed', 'Dina', 1, '')"
)
APPROVE = (
    "UPDATE library_refund_proposal SET state = 'approved', decided_by = :desk,"
    " decided_by_id = :by, version = version + 1"
)
APPROVED = "SELECT count(*) FROM library_refund_proposal WHERE state = 'approved'"
OPEN_LOANS = "SELECT count(*) FROM library_loan WHERE closed_reason IS NULL"
HOLDS = "SELECT count(*) FROM library_hold"
Act = Callable[[object, object, int], None]


@dataclass(frozen=True)
class Promise:
    """What is promised, by which guard, and what desks that do not care would do."""

    rule: str
    guard: str
    drop: Callable[..., None]
    before: tuple[str, ...]
    look: str
    act: Act
    kept: int = 1

    def broken(self, town):
        """Take the guard away."""
        self.drop(town, self.guard)


def _desk(number, **more):
    return {"desk": f"desk {number}", "number": number, **more}


def _lend(db, seen, number):
    if seen == 0:
        db.execute(text(LEND), _desk(number))


def _queue(db, seen, number, *, state="waiting", copy=None, one_reader=False, one_place=False):
    told = {"reader": 1 if one_reader else number, "place": seen + 1 if one_place else number}
    if seen == 0:
        db.execute(text(QUEUE), _desk(number, state=state, copy=copy, **told))


def _ask_for_another(db, seen, number):
    if seen == 0:
        asked = QUEUE.replace("copy_id,", "copy_id, wanted_copy_id,").replace(":copy,", ":copy, 2,")
        told = {"reader": number, "place": number, "state": "waiting", "copy": 1}
        db.execute(text(asked), _desk(number, **told))


def _keep_back(db, seen, _number):
    if seen == 0:
        db.execute(text("UPDATE library_hold SET state = 'ready', copy_id = 1"))


def _count(db, seen, _number):
    if seen < 5:
        db.execute(text("UPDATE library_patron_load SET open_loans = open_loans + 1"))


def _pay(db, seen, number):
    if seen == 0:
        db.execute(text(PAY), _desk(number, key="the counter's own"))


def _settle(db, seen, number):
    if seen == 0:
        db.execute(text(PAY), _desk(number, key=f"key {number}"))
        db.execute(text(ALLOCATE), _desk(number))


def _price(db, seen, number):
    if seen == 0:
        db.execute(text(PRICE), _desk(number))


def _propose(db, seen, number):
    if seen == 0:
        db.execute(text(PROPOSE), _desk(number))


def _approve(db, seen, number, *, by=None):
    if seen == 0:
        db.execute(text(APPROVE), _desk(number, by=by or number + 1))


def _refund(db, seen, number):
    if seen == 0:
        db.execute(text(REFUND), _desk(number))


GIVEN_OUT = "UPDATE library_copy SET state = 'on_loan'"
KEPT_BACK = (
    "INSERT INTO library_hold (public_id, created_at, version, document_id, patron_id, branch_id,"
    f" seq, state, copy_id, recall) SELECT 'first', {NOW}, 1, 1, 9, id, 1, 'ready', 1, false"
    " FROM library_branch"
)
LENT = (GIVEN_OUT, LEND.replace(":desk", "'lent'").replace(":number", "9"))
WAITS = KEPT_BACK.replace("9, id, 1, 'ready', 1", "8, id, 1, 'waiting', NULL")
PAID = PAY.replace(":desk", "'paid'").replace(":key", "'paid'")
FOUR_LOANS = (
    "INSERT INTO library_patron_load (patron_id, limit_group, open_loans, loan_limit, lifted)"
    " VALUES (1, '30', 4, 5, 0)"
)
PROMISES = (
    Promise(
        "a copy is lent once",
        "uq_library_loan_open_copy",
        drop_index,
        (GIVEN_OUT,),
        OPEN_LOANS,
        _lend,
    ),
    Promise(
        "what is on loan has a loan",
        "library_loan_state",
        partial(drop_trigger, table="library_loan"),
        (),
        OPEN_LOANS,
        _lend,
        kept=0,
    ),
    Promise(
        "a copy that waits is not with somebody else",
        "library_loan_held",
        partial(drop_trigger, table="library_loan"),
        (GIVEN_OUT, KEPT_BACK),
        OPEN_LOANS,
        _lend,
        kept=0,
    ),
    *(
        Promise(
            "a copy that waits is not with somebody else",
            guard,
            partial(drop_trigger, table="library_hold"),
            before,
            f"{HOLDS} WHERE state = 'ready'",
            act,
            kept=0,
        )
        for guard, before, act in (
            ("library_hold_lent", LENT, partial(_queue, state="ready", copy=1)),
            ("library_hold_found_lent", (*LENT, WAITS), _keep_back),
        )
    ),
    Promise(
        "nobody has more than the limit",
        "ck_library_patron_load_limit",
        partial(drop_constraint, table="library_patron_load"),
        (FOUR_LOANS,),
        "SELECT open_loans FROM library_patron_load",
        _count,
    ),
    Promise(
        "a copy waits for one reader",
        "uq_library_hold_ready_copy",
        drop_index,
        (),
        HOLDS,
        partial(_queue, state="ready", copy=1),
    ),
    Promise(
        "a reader waits once",
        "uq_library_hold_live",
        drop_index,
        (),
        HOLDS,
        partial(_queue, one_reader=True),
    ),
    Promise(
        "who has left has nothing",
        "library_loan_left",
        partial(drop_trigger, table="library_loan"),
        (GIVEN_OUT, "UPDATE library_patron SET state = 'left'"),
        OPEN_LOANS,
        _lend,
        kept=0,
    ),
    Promise(
        "who has left has nothing",
        "library_hold_left",
        partial(drop_trigger, table="library_hold"),
        ("UPDATE library_patron SET state = 'left'",),
        HOLDS,
        _queue,
        kept=0,
    ),
    Promise(
        "a hold for one copy gets that copy",
        "library_hold_wanted",
        partial(drop_trigger, table="library_hold"),
        (),
        HOLDS,
        _ask_for_another,
        kept=0,
    ),
    Promise(
        "places are different",
        "uq_library_hold_seq",
        partial(drop_constraint, table="library_hold"),
        (),
        "SELECT coalesce(max(seq), 0) FROM library_hold",
        partial(_queue, one_place=True),
    ),
    Promise(
        "nobody pays more than is owed",
        "ck_payments_charge_charge",
        partial(drop_constraint, table="payments_charge"),
        (),
        "SELECT allocated_minor FROM payments_charge WHERE reason = 'lost'",
        _settle,
    ),
    Promise(
        "nobody gets back more than was paid",
        "ck_payments_payment_spread",
        partial(drop_constraint, table="payments_payment"),
        (PAID,),
        "SELECT coalesce(sum(amount_minor), 0) FROM payments_refund",
        _refund,
    ),
    Promise(
        "a tariff has one amount on a day",
        "library_tariff_alone",
        partial(drop_trigger, table="library_tariff"),
        (),
        "SELECT count(*) FROM library_tariff WHERE code = 'card'",
        _price,
    ),
    Promise(
        "two people approve a refund above the limit",
        "ck_library_refund_proposal_two_people",
        partial(drop_constraint, table="library_refund_proposal"),
        (PROPOSE.replace(":desk", "'asked'"),),
        APPROVED,
        partial(_approve, by=1),
        kept=0,
    ),
    Promise(
        "a proposed refund is decided once",
        "library_refund_proposal_stays",
        partial(drop_trigger, table="library_refund_proposal"),
        (PROPOSE.replace(":desk", "'asked'"),),
        APPROVED,
        _approve,
    ),
    Promise(
        "of a payment one refund waits",
        "uq_library_refund_proposal_waiting",
        drop_index,
        (),
        "SELECT count(*) FROM library_refund_proposal",
        _propose,
    ),
    Promise(
        "a key pays once",
        "uq_payments_payment_key",
        drop_index,
        (),
        "SELECT count(*) FROM payments_payment",
        _pay,
    ),
)


@pytest.fixture(params=PROMISES, ids=lambda promise: promise.guard)
def promise(request, library):
    """A promise, in a library whose books are as its desks would find them."""
    library.copies(1)
    (owing, *_others) = library.readers(9)
    lose(library, library.copies_named("TS-LOST"), owing)
    library.run("DELETE FROM library_patron_load")
    for statement in request.param.before:
        library.run(statement)
    return request.param


def careless_desks(town, promise):
    """Let six desks act without care; return how many had their way."""
    acts = [partial(_at, promise.act, number) for number in range(1, DESKS + 1)]
    return careless(town, acts, promise.look).count("done")


def _at(act, number, db, seen):
    act(db, seen, number)


def test_the_database_stops_careless_desks(town, promise):
    assert careless_desks(town, promise) == promise.kept
    assert promise.rule not in unsound(town)


def test_without_its_guard_the_breach_is_found(town, promise):
    promise.broken(town)
    assert careless_desks(town, promise) > promise.kept
    assert promise.rule in unsound(town)


@pytest.fixture
def race(app, door):
    """Make calls at once, by threads: what a guard would have stopped needs no processes."""
    return partial(racing.race, door, app=app)


def test_thirty_check_outs_without_the_limit_are_found(town, library, race):
    copies, (card,) = library.copies(30), library.readers(1)
    drop_constraint(town, "ck_library_patron_load_limit", "library_patron_load")
    answers = race([borrowing(copy, card) for copy in copies])
    assert came_to(answers) == {"done": 30}
    assert "nobody has more than the limit" in unsound(town)
    assert complaints(town) != unsound(town)  # The product's own invariants see it as well.


def test_fifty_deposits_without_the_index_of_keys_are_found(town, library, race):
    (card,) = library.readers(1)
    drop_index(town, "uq_core_once_key")
    answers = race([Call("/deposits", {"card": card, "amount_minor": 500})] * 50)
    assert came_to(answers) == {"done": 50}
    # Who was busy and came again may find an answer; most are told of a deposit of their own.
    assert len({str(answer.body) for answer in answers}) > 1
    assert "a key has one answer" in unsound(town)


@pytest.fixture
def blind(monkeypatch):
    """A desk that moves a copy without looking whether somebody else has moved it meanwhile."""
    moving = update(CopyRow).where(CopyRow.id == bindparam("copy"))
    moved = moving.values(state=bindparam("to_state")).returning(CopyRow.id)
    monkeypatch.setattr(desk, "MOVE_COPY", Blind(Prepared(moved, Changed)))


@dataclass(frozen=True)
class Blind:
    """A statement that is not told what was seen."""

    statement: Prepared

    def first(self, db, *, copy, to_state, **_seen):
        return self.statement.first(db, copy=copy, to_state=to_state)


@pytest.fixture(params=["threads", "processes"])
def crowd(request, app, door):
    """Let everybody meet between the look and the act."""
    if request.param == "threads":
        return partial(racing.race, door, app=app, meet_at="library.loan.checked")
    return partial(racing.race_of_processes, door, meet_at="library.loan.checked")


def test_desks_that_meet_after_the_check_lend_once(library, crowd, town):
    (copy,), cards = library.copies(1), library.readers(8)
    answers = crowd([borrowing(copy, card) for card in cards])
    assert came_to(answers) == {"done": 1, "library.copy-on-loan": 7}
    assert complaints(town) == []


@pytest.mark.usefixtures("blind")
def test_blind_desks_that_meet_after_the_check_are_stopped_by_the_index(town, library, race):
    (copy,), cards = library.copies(1), library.readers(8)
    answers = race([borrowing(copy, c) for c in cards], meet_at="library.loan.checked")
    assert came_to(answers) == {"done": 1, "library.copy-on-loan": 7}
    assert complaints(town) == []


@pytest.mark.usefixtures("blind")
@pytest.mark.engines("postgresql")  # SQLite's one writer lets nobody else look meanwhile.
def test_blind_desks_that_meet_without_the_index_are_found(town, library, race):
    (copy,), cards = library.copies(1), library.readers(8)
    drop_index(town, "uq_library_loan_open_copy")
    answers = race([borrowing(copy, c) for c in cards], meet_at="library.loan.checked")
    assert came_to(answers) == {"done": 8}
    assert "a copy is lent once" in unsound(town)


def test_two_returns_that_do_not_hold_the_queue_are_found(town, library):
    copies, cards = library.copies(2), library.readers(4)
    for copy, card in zip(copies, cards, strict=False):
        library.lend(copy, card)
    for card in cards[2:]:
        library.wait(card)
    library.run("UPDATE library_loan SET closed_reason = 'returned', returned_at = out_at")
    library.run("UPDATE library_patron_load SET open_loans = 0")
    head = "SELECT id FROM library_hold WHERE state = 'waiting' ORDER BY seq LIMIT 1"
    assert careless(town, [partial(_give, copy) for copy in (1, 2)], head) == ["done", "done"]
    assert unsound(town) == ["what waits on the shelf waits for a reader"]


def test_a_loan_and_a_hold_of_one_copy_take_turns(town, library):
    library.copies(1)
    library.readers(2)
    library.run(GIVEN_OUT)
    acts = [
        partial(_at, _lend, 1),
        partial(_at, partial(_queue, state="ready", copy=1), 2),
    ]
    assert sorted(careless(town, acts, OPEN_LOANS)) == ["done", "refused"]
    assert "a copy that waits is not with somebody else" not in unsound(town)


def _give(copy, db, hold):
    told = {"copy": copy, "hold": hold}
    giving = "UPDATE library_hold SET state = 'ready', copy_id = :copy WHERE id = :hold"
    db.execute(text(giving), told)
    db.execute(text("UPDATE library_copy SET state = 'hold_shelf' WHERE id = :copy"), told)

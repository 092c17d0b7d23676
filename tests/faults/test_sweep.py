"""Every act of the town with every call to its database failing in turn: all of it or nothing."""

from contextlib import suppress
from functools import partial
from importlib import import_module

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.concurrency.conftest import borrowing, returning
from tests.faults import (
    samples_baskets,
    samples_board,
    samples_catalogue,
    samples_core,
    samples_coupons,
    samples_customers,
    samples_deciding,
    samples_delivery,
    samples_elections,
    samples_founding,
    samples_grocery,
    samples_hours,
    samples_keeping,
    samples_lending,
    samples_nominations,
    samples_orders,
    samples_paying,
    samples_picking,
    samples_recall,
    samples_returns,
    samples_rolls,
    samples_staff,
    samples_supply,
)
from tests.faults.stage import SAMPLES, Stage
from tests.kit.breaking import MOST, breakable, every_failure, unanswered
from tests.kit.racing import Answer
from tests.kit.sound import complaints
from townsquare.app import services_of
from townsquare.core.db import Unanswered
from townsquare.core.once import Once, answered, keep
from townsquare.core.settings import Settings
from townsquare.core.usecase import REGISTRY

services_of(Settings())  # Their acts are in the registry from here on.
import_module("townsquare.services.grocery.cli")  # Those that only the shell offers as well.
# What only furnishes a demonstration is no act of a town.
TOWN = ("townsquare.core.", "townsquare.blocks.", "townsquare.services.")
WISHES = (
    samples_baskets,
    samples_board,
    samples_catalogue,
    samples_core,
    samples_coupons,
    samples_customers,
    samples_deciding,
    samples_delivery,
    samples_elections,
    samples_founding,
    samples_grocery,
    samples_hours,
    samples_keeping,
    samples_lending,
    samples_nominations,
    samples_orders,
    samples_paying,
    samples_staff,
    samples_supply,
    samples_recall,
    samples_returns,
    samples_rolls,
    samples_picking,
)  # Imported, they fill SAMPLES.
CHANGING = sorted(
    name for name, act in REGISTRY.items() if not act.reads and act.call.__module__.startswith(TOWN)
)
ADD = REGISTRY["library.branch.add"]
AFTER = pytest.mark.parametrize("after", [False, True], ids=["undone", "unanswered"])
KEY, NOTE = Once("of the tests", "a key"), (200, "", "{}")
BOTH = pytest.mark.engines("sqlite", "postgresql")
NO_ROWS = {"core.storage.sweep"}  # It removes files that no row names.


@pytest.fixture
def stage(town, clock):
    return Stage(town, clock)


@pytest.fixture
def sweep(stage):
    """Sweep over a step that stands where an act would stand, by somebody who may add branches."""

    def run(step):
        actor = stage.actor("dina", ADD)
        act = partial(stage.run, step, None, actor)
        return every_failure(stage.town.database, breakable(stage.town.database), act)

    return run


def add(ctx, code):
    ADD.call(ctx, ADD.command(code=code, name=code, zone="Europe/London"))


def add_two(ctx, _wish):
    add(ctx, "east")
    add(ctx, "west")


def commit_between(ctx, _wish):
    add(ctx, "east")
    driver = ctx._db.connection().connection.dbapi_connection  # noqa: SLF001 (the planted fault)
    driver.commit()
    if ctx._db.get_bind().dialect.name == "sqlite":  # noqa: SLF001 (as above)
        driver.execute("BEGIN IMMEDIATE")  # Else it would be told that its unit was ended.
    add(ctx, "west")


def swallow(ctx, _wish):
    add(ctx, "east")
    with suppress(DBAPIError):
        ctx._db.execute(text("DELETE FROM library_branch WHERE code = 'none'"))  # noqa: SLF001 (as above)


def swallow_a_flush(ctx, _wish):
    add(ctx, "east")
    with suppress(DBAPIError):
        add(ctx, "west")


def disguise(ctx, _wish):
    try:
        add(ctx, "east")
    except DBAPIError:
        raise KeyError from None


def keyed(stage, act, wish, actor):
    """Return a try of this act as a surface makes it: with a note of its key in the same unit."""

    prepared = stage.town.ahead(act, actor, wish)  # Its unit keeps nothing.

    def ask():
        with stage.town.working(actor) as ctx:
            act.call(ctx, prepared)
            ctx.keep(KEY, NOTE)

    return ask


def without_a_key(stage, actor):
    codes = iter(("east", "west"))
    return lambda: stage.run(add, next(codes), actor)


def with_a_key_kept_later(stage, actor):
    done = without_a_key(stage, actor)

    def ask():
        done()
        with stage.town.sessions.begin() as db:
            keep(db, KEY, NOTE, now=stage.town.now())

    return ask


def without_a_word(stage, actor):
    wish = ADD.command(code="east", name="East", zone="Europe/London")
    ask = keyed(stage, ADD, wish, actor)

    def say_nothing():
        with suppress(Unanswered):
            ask()

    return say_nothing


def test_every_act_that_changes_something_has_a_sample():
    assert sorted(SAMPLES) == CHANGING


@BOTH
@pytest.mark.parametrize("name", CHANGING)
def test_an_act_is_done_whole_or_not_at_all(stage, name, measured):
    declared, how = REGISTRY[name], SAMPLES[name]
    wish = declared.command(**how.make(stage))
    ask = keyed(stage, declared, wish, stage.actor(how.by, declared))
    breakdown = breakable(stage.town.database)
    swept = every_failure(stage.town.database, breakdown, ask, keyed=True)
    assert swept.wrong == []
    # The note of the key and the commit at least; to a file, a question is a call like another one.
    assert swept.calls >= (3 if stage.town.database.dialect.name == "sqlite" else 2)
    assert bool(swept.changed - {"core_once"}) == (name not in NO_ROWS)
    # What an act of one service changes no other one holds anything against: they share no table
    # but those of the blocks, whose rules each of them has.
    ours = name.partition(".")[0]
    asked = ours if ours in {one.name for one in stage.town.services if one.invariants} else ""
    assert complaints(stage.town, asked) == []
    with stage.town.sessions() as db:  # Who asks with the key learns what nobody knew.
        assert answered(db, KEY).status == NOTE[0]
    measured(acts=1, calls=swept.calls, unanswered=1)


@pytest.mark.parametrize(
    ("surface", "found"),
    [
        (without_a_key, "done once more"),
        (with_a_key_kept_later, "second try has changed core_audit"),
        (without_a_word, "came out as None"),
    ],
)
def test_a_careless_surface_would_be_found(stage, surface, found):
    act = surface(stage, stage.actor("dina", ADD))
    swept = unanswered(stage.town.database, breakable(stage.town.database), act)
    assert [said for said in swept.wrong if found in said] != []


@pytest.mark.parametrize(
    ("step", "found"),
    [
        (commit_between, "left library_branch"),
        (swallow, "nobody was told"),
        (disguise, "came out as KeyError()"),
    ],
)
def test_a_careless_act_would_be_found(sweep, step, found):
    assert [said for said in sweep(step).wrong if found in said] != []


def test_who_swallows_that_a_row_was_lost_is_told(sweep):
    assert sweep(swallow_a_flush).wrong == []


def test_a_careful_act_is_not_found(sweep, stage):
    swept = sweep(add_two)
    # Two rows, the commit, and what is told: here by one statement, there by two after a begin.
    calls = {"postgresql": 4, "sqlite": 6}[stage.town.database.dialect.name]
    assert (swept.wrong, swept.calls) == ([], calls)
    assert {"core_audit", "core_outbox", "library_branch"} <= swept.changed


def disturbed(breakdown, ask, *, after):
    """Ask with the first, the second, the third call failing; at last without any failure."""
    for nth in range(1, MOST):
        breakdown.plan(nth, after=after)
        answer = ask()
        struck = breakdown.struck
        breakdown.plan(0)
        yield answer
        if not struck:
            return


@BOTH
@AFTER
def test_a_wish_with_a_key_is_done_once_wherever_a_call_breaks_down(door, library, app, after):
    breakdown, statuses = breakable(library.town.database), []
    (copy,), (card,) = library.copies(1), library.readers(1)
    calls = [borrowing(copy, card) for _ in range(MOST)]
    asking = iter(calls)
    ask = lambda: door.call(app, next(asking))  # noqa: E731 (shorter than its place elsewhere)
    for place, first in enumerate(disturbed(breakdown, ask, after=after)):
        again = door.call(app, calls[place])
        assert again.status == 201
        assert first in (again, Answer(500, first.body))
        assert door.call(app, returning(copy)).status == 200
        statuses.append(first.status)
    assert library.rows("SELECT count(*) FROM library_loan") == [(len(statuses),)]
    assert statuses[-2:] == [201, 201]  # Of a commit, the record knows whether it was done.
    assert set(statuses[:-2]) == {500}
    assert complaints(library.town) == []


@BOTH
@AFTER
def test_nobody_claims_to_know_whether_a_failed_commit_was_done(door, library, app, after):
    breakdown = breakable(library.town.database)
    (copy,), (card,) = library.copies(1), library.readers(1)
    headers = {"Cookie": door.cookie, "X-CSRF-Token": door.token}
    client, answers = app.test_client(use_cookies=False), []

    def ask():
        return client.post("/api/v1/library/returns", json={"barcode": copy}, headers=headers)

    library.lend(copy, card)
    for answer in disturbed(breakdown, ask, after=after):
        answers.append(answer)
        kept = library.rows("SELECT count(*) FROM library_loan WHERE closed_reason IS NULL")
        if kept == [(0,)]:
            library.lend(copy, card)
    told = [(answer.status_code, answer.json.get("code")) for answer in answers]
    assert set(told[:-2]) == {(500, "core.unforeseen")}
    assert told[-2:] == [(503, "core.outcome-unknown"), (200, None)]
    assert answers[-2].headers["Retry-After"] == "1"
    assert "nothing was changed" not in answers[-2].text
    assert library.rows("SELECT count(*) FROM library_loan") == [(3 if after else 2,)]

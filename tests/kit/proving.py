"""Run the harnesses and print what they measured as one table: ./townsquare prove.

Named measures are tried alone. --cycles says how often a server is killed (and stopped, at most 100
times), --calls how many calls are made up; --long kills 500 times, stops 100 times, makes up
100,000 calls, in slices below ten minutes, and lets 1,000 people vote.
--keep FILE writes down each slice that is over; the same again goes on with what has not passed.
--read FILE runs nothing and reads the figures of a whole run of the tests (its --junitxml).
"""

import argparse
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from tests.kit.kept import lines_of, run_of
from tests.kit.measuring import CALLS
from tests.kit.trying import tried

RUN = (sys.executable, "-m", "pytest", "-v", "--engines", "sqlite,postgresql")
LONG, LONG_CALLS = 500, 100_000
HEADS = ("measure", "what", "figure", "bound", "holds")


@dataclass(frozen=True)
class Measure:
    """What is claimed, which tests try it, and which of their figures say how hard they tried."""

    id: str
    what: str
    bound: str
    places: tuple[str, ...]
    figures: tuple[str, ...]
    least: int = 0  # Of each figure: a harness that hardly tries proves nothing.


KILL = "tests/concurrency/test_kill.py"
MEASURES = (
    Measure(
        "T1",
        "generated calls of every operation, by three people",
        "10,000: 0 unforeseen, undocumented, open",
        ("tests/fuzz/test_api.py",),
        ("calls",),
        least=10_000,
    ),
    Measure(
        "graph",
        "requests made up by the grammar of GraphQL, by three people",
        "1,000: 0 unforeseen, open, without bounds",
        ("tests/fuzz/test_graph.py",),
        ("requests",),
        least=1_000,
    ),
    Measure(
        "T2",
        "every way in is tried by everybody, every field is sent to every call",
        "as the reviewed tables say",
        tuple(
            f"tests/access/test_{name}.py" for name in ("matrix", "other_doors", "graph", "fields")
        ),
        ("knocks", "other doors", "fields", "fields refused"),
    ),
    Measure(
        "T3",
        "strangers ask for what belongs to somebody else",
        "as if nobody had it, byte for byte",
        ("tests/access/test_foreign_objects.py",),
        ("foreign ids",),
    ),
    Measure(
        "T5",
        "headers of every answer of every door and error",
        "those of its kind, nothing else",
        ("tests/access/test_headers.py",),
        ("answers",),
        least=500,
    ),
    Measure(
        "forgery",
        "every change, sent by another site or browser",
        "refused, and nothing changed",
        ("tests/access/test_forgery.py",),
        ("doors", "forgeries"),
        least=100,
    ),
    Measure(
        "looking",
        "every address is looked at twice",
        "nothing changed",
        ("tests/access/test_looking.py",),
        ("looks",),
        least=100,
    ),
    Measure(
        "T7",
        "a server is killed while desks lend",
        "0 lost, 0 doubled, sound",
        (KILL,),
        ("kills", "acknowledged", "asked again"),
    ),
    Measure(
        "T7 shop",
        "a server is killed while counters receive, sell, pick, hand over, refund",
        "0 lost, 0 doubled, sound",
        ("tests/concurrency/test_killed_shop.py",),
        ("kills", "acknowledged", "asked again"),
    ),
    Measure(
        "T7 points",
        "a process is killed at each named point of the shop: between the provider and us, too",
        "whole or not at all, taken and given back once",
        ("tests/concurrency/test_killed_at_points.py",),
        ("kills",),
        least=25,
    ),
    Measure(
        "T9 shop",
        "many want the last goods, a cart, a card, a coupon, an hour, in threads and processes",
        "once, the others told why",
        ("tests/concurrency/test_shop_races.py", "tests/concurrency/test_shop_crowds.py"),
        ("races", "contestants"),
    ),
    Measure(
        "T9 card",
        "fifty spend one whole gift card at once",
        "one does, the others are told that it is empty",
        ("tests/blocks/test_cards.py",),
        ("redemptions",),
    ),
    Measure(
        "T9 slot",
        "a hundred checkouts want one hour with twelve places",
        "twelve get in, the others choose another one",
        ("tests/blocks/test_delivery.py",),
        ("checkouts",),
    ),
    Measure(
        "T9 coupon",
        "five hundred use a coupon for fifty",
        "fifty do",
        ("tests/services/grocery/test_coupons.py",),
        ("uses",),
    ),
    Measure(
        "T9 numbers",
        "two hundred invoices at once, one of five rolled back",
        "no gap, no twin",
        ("tests/blocks/test_documents.py",),
        ("invoices",),
    ),
    Measure(
        "T9 planted",
        "the guard of each race of the shop is taken away",
        "each race comes out otherwise",
        ("tests/blocks/test_planted_races.py", "tests/services/grocery/test_planted_races.py"),
        (),
    ),
    Measure(
        "T7 votes",
        "a server is killed while voters vote, and who closes and counts; --long: 1,000 voters",
        "0 lost, 0 doubled, trackers on the board, tally as the board",
        ("tests/services/elections/test_killed_voting.py",),
        ("voters", "kills", "acknowledged", "asked again"),
    ),
    Measure(
        "closing",
        "people vote across the closing second at two servers with wrong clocks",
        "what the clock of PostgreSQL allows; nothing behind a closing",
        ("tests/services/elections/test_closing_second.py",),
        ("votes",),
    ),
    Measure(
        "live",
        "a thousand results come to many at once, to who is slow, to who comes back",
        "each once and in order, the slow one is told",
        ("tests/services/elections/test_live_elections.py",),
        ("events", "worst ms for a thousand"),
    ),
    Measure(
        "T7 sync",
        "a loan is on the disk when it is acknowledged (both databases)",
        "0 answers without a sync",
        ("tests/faults/test_syncs.py",),
        ("answers",),
    ),
    Measure(
        "T9",
        "many want the same at once, in threads and processes",
        "once, the others told why",
        (
            "tests/concurrency/test_races.py",
            "tests/concurrency/test_guards.py",
            "tests/concurrency/test_shared_limits.py",
        ),
        ("races", "contestants"),
    ),
    Measure(
        "T12",
        "each call of each act to the database fails; the answer of its commit is lost",
        "all of it or nothing; by its key, done once",
        ("tests/faults/test_sweep.py",),
        ("acts", "calls", "unanswered"),
    ),
    Measure(
        "T13",
        "the server answers again after a kill",
        "always",
        (KILL,),
        ("worst ms until it answers",),
    ),
    Measure(
        "T14",
        "a worker and an import are killed",
        "each mail, event and row once",
        ("tests/concurrency/test_killed_worker.py", "tests/concurrency/test_killed_import.py"),
        ("kills", "mails", "loans"),
    ),
    Measure(
        "T14 inbox",
        "a worker is killed between what it did and the note that it has",
        "each effect once",
        ("tests/faults/test_points.py",),
        ("kills", "effects"),
    ),
    Measure(
        "T15",
        "the disk of a living town is full, and then is not",
        "507, reading goes on, sound, well again by itself",
        ("tests/faults/test_full_disk.py", "tests/faults/test_full_tables.py"),
        ("refused", "worst ms until it is ready"),
    ),
    Measure(
        "T15 sync",
        "each third sync of a thread fails (SQLite)",
        "told as unknown, 0 lost, 0 doubled",
        ("tests/faults/test_broken_disk.py",),
        ("broken", "acknowledged"),
    ),
    Measure(
        "T16",
        "the clock jumps, also that of a running server",
        "nobody stays longer, each schedule once",
        ("tests/faults/test_clock.py",),
        ("jumps",),
    ),
    Measure(
        "T17",
        "the line to PostgreSQL is slow, silent, cut, shut",
        "503 and when, 0 lost, well again",
        ("tests/faults/test_network.py",),
        ("acknowledged", "asked again"),
    ),
    Measure(
        "T17 Redis",
        "the line to Redis is slow, silent, cut, shut; it is killed",
        "limits go on, one waits, well again",
        ("tests/faults/test_redis.py",),
        ("answers", "waits"),
    ),
    Measure(
        "T20",
        "unknown, wrong and disabled sign in, by turns",
        "the quick answers within 15 ms",
        ("tests/core/identity/test_timing.py",),
        ("rounds", "worst ms between quick ones"),
    ),
    Measure(
        "T21",
        "one account is guessed at for an hour",
        "50 checked, the owner gets in",
        ("tests/core/identity/test_guessing.py",),
        ("guesses", "evaluated"),
    ),
    Measure(
        "T18",
        "hostile files come to every address that takes one",
        "0 wrongly taken, 0 broken, nothing left",
        ("tests/uploads/test_uploads.py",),
        ("hostile", "harmless"),
    ),
    Measure(
        "T18 memory",
        "the hostile files come to a living server, four at once",
        "below 700 MiB, the same process, and well",
        ("tests/uploads/test_memory.py",),
        ("sent", "worst MiB of the server"),
    ),
    Measure(
        "T22",
        "a backup is made under load and restored",
        "what was acknowledged, sound",
        ("tests/concurrency/test_living_backup.py", "tests/core/test_backup.py"),
        (),
    ),
    Measure(
        "T23",
        "the schema goes up with data, down and up",
        "the same schema",
        ("tests/migrations/test_schema.py",),
        (),
    ),
    Measure(
        "T24",
        "the audit is edited without its key",
        "each edit found where it is",
        ("tests/core/test_verifying.py",),
        ("edits",),
    ),
    Measure(
        "T25",
        "all keys are changed under traffic, with a kill",
        "0 failed, 0 signed out, old key dead",
        ("tests/concurrency/test_rotation.py", "tests/core/test_rotating.py"),
        ("sign ins", "reads", "webhooks"),
    ),
    Measure(
        "T29",
        "five times as many come as a server can serve",
        "70 % for the same work (--long: 80 % by the clock), alive",
        ("tests/faults/test_overload.py",),
        (
            "served",
            "sent away",
            "pulses",
            "worst ms of a pulse",
            "worst ms beyond a bare server",
            "worst percent lost",
            "worst percent more work",
        ),
    ),
    Measure(
        "T30",
        "a server stops while every desk waits for it",
        "all are answered, within 15 s",
        ("tests/faults/test_stops.py",),
        ("stops", "in flight", "worst ms to stop"),
    ),
    Measure(
        "servers",
        "one town under seven servers, by the documented commands",
        "the same answers, 0 dropped by a stop",
        ("tests/servers/test_conformance.py",),
        ("requests", "finished", "streams"),
    ),
    Measure(
        "recipe",
        "nginx, two web processes, streams, jobs and PostgreSQL by deploy/",
        "journeys go through, 0 failed by a restart, 0 changes twice",
        ("tests/servers/test_recipe.py", "tests/servers/test_edge.py"),
        ("requests", "journeys", "events", "restarts", "exchanges", "changes", "asked meanwhile"),
    ),
    Measure(
        "T33",
        "a canary text stands in every field, and Chromium shows the pages",
        "0 run, 0 become an element",
        ("tests/access/test_canary.py",),
        ("fields", "taken", "pages"),
    ),
    Measure(
        "T33 statements",
        "quotes and conditions stand behind what each field says",
        "no error of ours, no condition is heard",
        ("tests/access/test_injection.py",),
        ("texts", "taken"),
    ),
)


@dataclass(frozen=True)
class Case:
    """What became of one test, and the figures that it told."""

    place: str
    passed: bool
    figures: tuple[tuple[str, int], ...] = ()


def cases_of(report: Path) -> list[Case]:
    """Return what became of each test of a run."""
    found = ET.parse(report).iter("testcase")  # noqa: S314 (our own run has written it)
    return [
        Case(
            f"{case.get('classname', '').replace('.', '/')}.py",
            all(case.find(sign) is None for sign in ("failure", "error", "skipped")),
            tuple(
                (told.get("name", ""), int(told.get("value", "0")))
                for told in case.iter("property")
            ),
        )
        for case in found
    ]


def row_of(measure: Measure, cases: Iterable[Case]) -> tuple[str, ...]:
    """Return a measure as one row; it holds if it was tried, and nothing of it failed."""
    mine = [case for case in cases if case.place in measure.places]
    tried = {case.place for case in mine} == {*measure.places}
    told = [figure for case in mine for figure in case.figures]
    values = {name: [value for said, value in told if said == name] for name in measure.figures}
    figures = [_figure(name, found) for name, found in values.items()]
    enough = all(sum(found) >= measure.least for found in values.values())
    holds = tried and all(case.passed for case in mine) and all(figures) and enough
    shown = [f"{len(mine)} tests", *(figure or "nothing told" for figure in figures)]
    return (measure.id, measure.what, ", ".join(shown), measure.bound, "yes" if holds else "NO")


def table_of(rows: Sequence[Sequence[str]]) -> str:
    """Return rows under their heads, column below column."""
    lines = [HEADS, *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(HEADS))]
    padded = ("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
    return "\n".join(padded)


def _figure(name: str, values: list[int]) -> str:
    if not values:
        return ""
    return f"{max(values) if name.startswith('worst') else sum(values):,} {name}"


def main(arguments: Sequence[str]) -> int:
    """Prove what is named, or everything; return 0 if all of it holds."""
    parser = argparse.ArgumentParser(prog="./townsquare prove", description=__doc__)
    known = sorted({measure.id for measure in MEASURES})
    parser.add_argument("measures", nargs="*", help=", ".join(known))
    parser.add_argument("--cycles", type=int, help="kill and stop a server so often")
    parser.add_argument("--calls", type=int, help="make up so many calls")
    long = f"kill each server {LONG} times, stop it 100 times, make up {LONG_CALLS:,} calls"
    parser.add_argument("--long", action="store_true", help=long)
    parser.add_argument("--keep", type=Path, metavar="FILE", help="go on where it was broken off")
    parser.add_argument("--read", type=Path, metavar="FILE", help="the report of a run")
    asked = parser.parse_args(arguments)
    if unknown := {*asked.measures} - {*known}:
        parser.error(f"there is no measure {', '.join(sorted(unknown))}")
    chosen = [m for m in MEASURES if not asked.measures or m.id in asked.measures]
    cycles = asked.cycles or (LONG if asked.long else None)
    effort = Effort(cycles, asked.calls or (LONG_CALLS if asked.long else CALLS), asked.long)
    cases = cases_of(asked.read) if asked.read else _run(chosen, effort, asked.keep)
    rows = [row_of(measure, cases) for measure in chosen]
    print(table_of(rows))  # noqa: T201 (what it is for)
    return 0 if all(row[-1] == "yes" for row in rows) else 1


@dataclass(frozen=True)
class Effort:
    """How hard is tried."""

    cycles: int | None
    calls: int
    long: bool

    @property
    def options(self) -> list[str]:
        """Return it as options of pytest."""
        cycles = [f"--cycles={self.cycles}"] if self.cycles else []
        return [*cycles, f"--calls={self.calls}", *(["--long"] if self.long else [])]


def _run(chosen: Sequence[Measure], effort: Effort, keep: Path | None) -> list[Case]:
    places = sorted({place for measure in chosen for place in measure.places})
    with tempfile.TemporaryDirectory() as folder:
        kept = keep.resolve() if keep else Path(folder, "kept")
        if not tried([*RUN, *effort.options, f"--kept={kept}", *places]):
            print("\nBroken off: what is not over does not hold.")  # noqa: T201
        told = lines_of(kept, run_of(effort.cycles, effort.calls, effort.long))
    return cases_kept(told)


def cases_kept(told: dict[str, dict[str, Any]]) -> list[Case]:
    """Return what became of each test whose line was kept."""
    return [
        Case(name.partition("::")[0], line["passed"], tuple(map(tuple, line["figures"])))
        for name, line in told.items()
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The bench: every goal beside its reference, interleaved, printed as ratios of one run."""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from math import isinf
from pathlib import Path

from bench import ballots, booths, counts, orders, polls, products, scenarios
from bench.measure import InvalidRound, spread
from bench.scenarios import Bench, Goal, Measure, Measured
from tests.kit.servers import NotInstalled

FEW, MIDDLE, MANY = 5_000, 50_000, 1_000_000
RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Line:
    """One printed line: the goal, what was measured, the verdict."""

    goal: Goal
    measured: Measured

    @property
    def holds(self) -> bool:
        """Tell whether the median is on the right side of the bound."""
        middle = statistics.median(self.measured.values)
        return middle >= self.goal.bound if self.goal.at_least else middle <= self.goal.bound

    def told(self) -> str:
        """Return the line as people read it."""
        values = self.measured.values
        middle = statistics.median(values)
        sign = ">=" if self.goal.at_least else "<="
        bound = "none" if isinf(self.goal.bound) else f"{sign} {self.goal.shown(self.goal.bound)}"
        verdict = "holds" if self.holds else "BELOW"
        return (
            f"{self.goal.title:58} {self.goal.shown(middle):>9} {bound:>10}"
            f" {spread(values):>6.0%}  {verdict}  {self.measured.note}"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the goals and print them; 0 when all hold, 1 when one does not."""
    chosen = _options(arguments)
    folder = Path(chosen.data or tempfile.mkdtemp(prefix="townsquare-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    print(_heading(), flush=True)
    bench = Bench(folder, chosen.rounds, FEW, MIDDLE if chosen.quick else MANY)
    parts = (scenarios, orders, products, polls, counts, ballots, booths)
    every = [line for part in parts for line in part.all_of(bench)]
    goals = [(goal, measure) for goal, measure in every if chosen.goal in goal.title]
    lines = measured(goals)
    missed = [line for line in lines if not line.holds]
    left_out = len(goals) - len(lines)
    print(
        f"{len(goals)} goals: {len(lines) - len(missed)} hold, {len(missed)} do not,"
        f" {left_out} could not be measured."
    )
    print(
        f"The raw figures are in {keep(bench, lines, RESULTS).relative_to(RESULTS.parent.parent)}."
    )
    if not chosen.data:
        shutil.rmtree(folder)
    return 1 if missed or left_out else 0


def measured(goals: Sequence[tuple[Goal, Measure]]) -> list[Line]:
    """Measure and print one goal after the other; say of which one what was not there, or wrong."""
    lines = []
    for goal, measure in goals:
        try:
            lines.append(Line(goal, measure()))
        except (NotInstalled, InvalidRound) as missing:
            said = str(missing).replace("\n", " ")
            print(f"{goal.title:58} NOT MEASURED  {said}", flush=True)
        else:
            print(lines[-1].told(), flush=True)
    return lines


def keep(bench: Bench, lines: Sequence[Line], folder: Path) -> Path:
    """Write what was measured, slice by slice, and return where it is."""
    folder.mkdir(exist_ok=True)
    target = folder / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}.json"
    goals = [{**asdict(line.goal), **asdict(line.measured), "holds": line.holds} for line in lines]
    slices = [
        {"contestant": name, "documents": size, **asdict(found)}
        for (name, size), every in bench.slices.items()
        for found in every
    ]
    target.write_text(json.dumps({"goals": goals, "slices": slices}, indent=1))
    return target


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="townsquare bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds of each pair")
    parser.add_argument("--quick", action="store_true", help="50,000 documents or products at most")
    parser.add_argument("--goal", default="", help="only goals whose title contains this")
    parser.add_argument("--data", default="", help="folder that keeps the generated databases")
    return parser.parse_args(arguments)


def _heading() -> str:
    version = ".".join(map(str, sys.version_info[:3]))
    head = f"Townsquare bench: 2 cores pinned, CPython {version}, granian WSGI, SQLite FULL.\n"
    columns = f"{'goal':58} {'measured':>9} {'bound':>10} {'spread':>6}"
    return (
        head
        + "Ratios are medians over interleaved rounds, by CPU of the whole process tree.\n"
        + columns
    )


if __name__ == "__main__":
    sys.exit(main())

"""What operators do with lending on the command line, by the true clock."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from townsquare.core.clock import clock
from townsquare.core.invariants import breaches
from townsquare.core.worker import Worker
from townsquare.services.library.cli import library


@pytest.fixture
def operator(settings, monkeypatch):
    """Call a verb of the library as the operator of this town; return its exit code and words."""
    monkeypatch.setenv("TOWNSQUARE_DATA", settings.data)
    monkeypatch.setenv("TOWNSQUARE_DATABASE", settings.database)

    def run(*words):
        done = CliRunner().invoke(library, words)
        return done.exit_code, done.output

    return run


def test_holds_that_nobody_came_for_end(operator, lend, take_back, wait, queue):
    lend()
    wait("LC-2001")
    wait("LC-3001")
    take_back()
    assert operator("expire-holds") == (0, "Holds that nobody came for: 1 ended.\n")
    assert queue() == [("LC-3001", "ready")]
    assert operator("expire-holds") == (0, "Holds that nobody came for: 0 ended.\n")


def test_what_is_too_late_is_given_up_and_charged_by_the_worker(
    operator, town, wood, lend, owed, readers
):
    lend()
    given = operator("charge-overdue")
    assert given == (0, "Loans beyond their last day: 1 go to the worker.\n")
    assert operator("charge-overdue") == given  # Asked for twice, done once.
    Worker(replace(town, now=clock)).drain()
    assert [line[0] for line in owed(readers.Maya)] == ["overdue", "lost", "processing"]
    assert operator("charge-overdue") == (0, "Loans beyond their last day: 0 go to the worker.\n")
    assert breaches(town) == {}


@pytest.fixture
def check(operator, tmp_path):
    """Check rules, given as what stands in their file."""

    def run(written):
        file = tmp_path / "rules.json"
        file.write_text(written)
        return operator("rules", "check", str(file))

    return run


def test_rules_are_tried_before_they_are_published(check, town, copies, lend):
    lend()
    code, said = check(json.dumps({"rules": [{"priority": 99, "policy": {"days": 3}}]}))
    assert code == 0
    assert "  student, book: line 30 -> 99, days 14 -> 3, " in said
    assert ", for 1 loans that are out" in said
    assert breaches(town) == {}


def test_rules_that_change_nothing_say_so(check, api, houses):
    lines = [
        {n: line[n] for n in ("priority", "conditions", "policy")}
        for line in api("GET /rules").json["lines"]
    ]
    code, said = check(json.dumps({"rules": lines}))
    assert (code, said.splitlines()[1:]) == (
        0,
        ["  nothing for loans that are out", "  nothing for copies"],
    )


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("no JSON", "rules.json: Invalid JSON"),
        ('{"rules": [{"priority": "first"}]}', "rules.0.priority: "),
        ('{"rules": [{"priority": 9}], "extra": 1}', "extra: Extra inputs are not permitted."),
    ],
)
def test_a_file_that_holds_no_rules_says_where(check, written, why):
    code, said = check(written)
    assert code == 2
    assert why in " ".join(said.split())

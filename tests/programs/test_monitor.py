"""The monitor: a board may grow, and nothing else."""

import pytest
from click.testing import CliRunner

from tests.tsv1.boards import OTHER, archive, chained, checkpoint, published
from townsquare_monitor.cli import main


@pytest.fixture
def watched(tmp_path, vectors):
    return Watched(tmp_path, chained(published(vectors)), published(vectors))


class Watched:
    """A folder in which one downloads archives and runs the monitor."""

    def __init__(self, folder, entries, bodies):
        self.kept, self.file = folder / "kept.jsonl", folder / "archive.jsonl"
        self.entries, self.bodies = entries, bodies

    def look(self, entries, *checkpoints, options=()):
        self.file.write_bytes(archive(entries, *checkpoints))
        return CliRunner().invoke(main, [str(self.kept), str(self.file), *options])

    def forked(self, at):
        """Return the board as it would be without one of its ballots."""
        return chained([body for place, body in enumerate(self.bodies) if place != at])


def test_a_board_that_grows_is_good(watched):
    first = watched.look(watched.entries[:5], checkpoint(watched.entries[3]))
    assert first.exit_code == 0, first.output
    assert "new heads   2" in first.output
    second = watched.look(watched.entries, checkpoint(watched.entries[3]))
    assert second.exit_code == 0, second.output
    assert "new heads   1" in second.output
    assert f"head        12 {watched.entries[-1]['hash']}" in second.output
    again = watched.look(watched.entries, checkpoint(watched.entries[3]))
    assert "new heads   0" in again.output
    assert len(watched.kept.read_text().splitlines()) == 3


@pytest.mark.parametrize("signed", [True, False])
def test_a_board_that_loses_a_ballot_is_an_alarm(watched, signed):
    told = [checkpoint(watched.entries[6])] if signed else []
    assert watched.look(watched.entries[:7], *told).exit_code == 0
    before = watched.kept.read_text()
    ended = watched.look(watched.forked(5))
    assert ended.exit_code == 1
    assert "ALARM. Entry 6 was" in ended.stderr
    assert ("signed as" in ended.stderr) is signed
    assert watched.kept.read_text() == before


def test_a_board_that_shrinks_is_an_alarm(watched):
    assert watched.look(watched.entries[:7]).exit_code == 0
    ended = watched.look(watched.entries[:6])
    assert ended.exit_code == 1
    assert ended.stderr.endswith("is now gone.\n")


def test_a_broken_chain_is_an_alarm(watched):
    entries = [*watched.entries[:5], *watched.entries[6:]]
    ended = watched.look(entries)
    assert (ended.exit_code, ended.stderr) == (
        1,
        "Error: ALARM. This board is not good: C02 entry 5.\n",
    )


def test_another_log_key_is_an_alarm(watched):
    assert watched.look(watched.entries[:7], checkpoint(watched.entries[6])).exit_code == 0
    ended = watched.look(watched.entries, checkpoint(watched.entries[7], OTHER))
    assert ended.stderr == "Error: ALARM. This board is not good: C04 checkpoint 1.\n"
    key = checkpoint(watched.entries[7], OTHER)["key"]
    told = watched.look(watched.entries, checkpoint(watched.entries[6]), options=["--log-key", key])
    assert "C04" in told.stderr


def test_boards_of_other_elections_are_left_alone(watched):
    assert watched.look(watched.entries).exit_code == 0
    other = "01JZX5W0QS4D8M2V7K3T9RYB6D"
    bodies = [("setup", {**watched.bodies[0][1], "election": other}), *watched.bodies[1:]]
    assert watched.look(chained(bodies, other)).exit_code == 0
    assert len(watched.kept.read_text().splitlines()) == 2
    assert watched.look(watched.entries).exit_code == 0


def test_another_file_is_not_overwritten(watched):
    watched.kept.write_text('{"seq":1}\n')
    ended = watched.look(watched.entries)
    assert "is no file of this program" in ended.stderr
    assert watched.kept.read_text() == '{"seq":1}\n'

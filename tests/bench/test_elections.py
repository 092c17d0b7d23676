"""What the bench does with elections is what the town does, and it notices where it is not."""

import pytest

from bench import ballots, booths, polls
from bench.scenarios import Bench


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """Return a bench of few voters."""
    monkeypatch.setattr(polls, "PAPERS", 60)
    monkeypatch.setattr(ballots, "VOTERS", 5)
    return Bench(tmp_path, 1, 10, 10)


def measured(bench, part, title):
    """Return what the goals of a part measure whose title holds these words."""
    return [measure() for goal, measure in part.all_of(bench) if title in goal.title]


def test_a_full_box_is_counted_as_in_the_town(bench):
    (told,) = measured(bench, polls, "tally and check")
    assert len(told.values) == 1


def test_a_box_that_is_summed_up_otherwise_is_not_measured(bench, monkeypatch):
    monkeypatch.setattr(polls, "tipped_out", lambda _poll, _slots: [])
    with pytest.raises(polls.OtherVote):
        measured(bench, polls, "tally and check")


def test_the_group_is_asked_the_same_by_the_town_and_alone(bench):
    (told,) = measured(bench, ballots, "its group work of all")
    assert len(told.values) == 3


def test_other_work_in_the_group_is_not_measured(bench, monkeypatch):
    asked = ballots.check
    monkeypatch.setattr(ballots, "check", lambda *told: asked(*told) or asked(*told))
    with pytest.raises(ballots.OtherWork):
        measured(bench, ballots, "its group work of all")


def test_a_ballot_that_is_sent_is_kept_alike(bench):
    sent = measured(bench, booths, "encrypted ballot sent")
    assert [len(told.values) for told in sent] == [2, 2, 2]

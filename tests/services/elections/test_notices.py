"""Mails of elections: who gets which, once, and nothing in them that a vote could be read from."""

from email import message_from_bytes
from email.policy import SMTP

import pytest
from sqlalchemy import event

from tests.services.elections.founding import founding
from tests.services.elections.polling import CHAIR, INES, drafted, numbers, opened
from tests.services.elections.sealing import journey, published
from townsquare.core.usecase import Actor
from townsquare.core.worker import Worker
from townsquare.services.elections.commands.fields import Nothing
from townsquare.services.elections.commands.notices import TellVoters
from townsquare.services.elections.commands.voting import ImportRoll
from townsquare.services.elections.usecases.notices import SEND, tell_due, tell_voters
from townsquare.services.elections.usecases.rolls import import_roll

CLOCK = Actor(0, "clock", frozenset({SEND}))
PLACES, JOBS = "SELECT id FROM elections_roll_entry", "SELECT count(*) FROM core_job WHERE name"
PART = 12  # Statements for a part of a roll, however many are told.
LONG = {"opens": "2026-03-02T11:00", "closes": "2026-03-09T20:00"}


def due(town, clock):
    """Let the clock of the town ask for mails, and all of them leave."""
    with town.working(CLOCK) as ctx:
        tell_due(ctx, Nothing())
    Worker(town).drain()


def mails(town):
    """Return the mails of now, as address and subject and text, and take them away."""
    found = []
    for path in sorted((town.settings.folder / "mail").glob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=SMTP)
        text = mail.get_content().replace("\r\n", "\n")
        found.append((mail["To"], mail["Subject"], text))
        path.unlink()
    return sorted(found)


def told(poll, kind, **more):
    with poll.town.working(CLOCK) as ctx:
        return tell_voters(ctx, TellVoters(id=poll.id, kind=kind, **more))


def about(town):
    return [(to, subject) for to, subject, _text in mails(town)]


def test_who_is_on_a_frozen_roll_hears_of_it_once_and_who_is_on_a_draft_does_not(town, clock):
    poll = drafted(town, clock)
    poll.enrol("V-1", "V-2")
    Worker(town).drain()
    assert mails(town) == []
    poll.freeze()
    Worker(town).drain()
    first, second = mails(town)
    assert [first[0], second[0]] == ["v-1@b.example", "v-2@b.example"]
    assert first[1] == "Allotment board 2026: you are on the roll"
    assert "from March 2, 2026, 11:00 to March 2, 2026, 20:00 (Asia/Manila)" in first[2]
    assert f"{town.settings.public_url}/elections/{poll.id}\n" in first[2]
    with town.working(CLOCK) as ctx:
        assert tell_voters(ctx, TellVoters(id=poll.id, kind="registered")) == 0
    Worker(town).drain()
    assert mails(town) == []


def test_the_opening_is_told_once_however_often_the_clock_looks(town, clock):
    poll, _voters = opened(town, clock, "V-1", "V-2")
    clock.set(2026, 3, 2, 2, 59)
    due(town, clock)
    assert all("on the roll" in subject for _to, subject in about(town))
    poll.open()
    due(town, clock)
    assert about(town) == [
        ("v-1@b.example", "Allotment board 2026 is open"),
        ("v-2@b.example", "Allotment board 2026 is open"),
    ]
    due(town, clock)
    poll.run("DELETE FROM core_job")  # As if the jobs of then were cleared away.
    due(town, clock)
    assert mails(town) == []


@pytest.mark.engines("sqlite", "postgresql")
def test_who_has_not_taken_part_is_reminded_a_day_before_the_end_at_least(town, clock):
    poll, (maya, _ben, _sofia) = opened(town, clock, "V-1", "V-2", "V-3", **LONG)
    due(town, clock)
    poll.vote(maya, chair=["1"], works=["1"])
    mails(town)
    clock.set(2026, 3, 7, 11, 59)  # It closes on the 9th at 12:00 by UTC.
    due(town, clock)
    assert mails(town) == []
    clock.set(2026, 3, 7, 12, 0)
    due(town, clock)
    due(town, clock)
    told = mails(town)
    assert [to for to, _subject, _text in told] == ["v-2@b.example", "v-3@b.example"]
    assert told[0][1] == "Allotment board 2026 closes on March 9, 2026"
    assert "until March 9, 2026, 20:00 (Asia/Manila)" in told[0][2]


def test_the_last_day_has_no_reminder(town, clock):
    opened(town, clock, "V-1", **LONG)
    due(town, clock)
    mails(town)
    clock.set(2026, 3, 8, 12, 1)
    due(town, clock)
    assert mails(town) == []


def test_a_short_poll_has_no_reminder(town, clock):
    poll, _voters = opened(town, clock, "V-1")
    due(town, clock)
    assert {"Allotment board 2026 is open"} < {subject for _to, subject in about(town)}
    poll.close()
    due(town, clock)
    assert about(town) == [("v-1@b.example", "Allotment board 2026 is counted")]


def test_what_has_not_come_or_is_over_is_told_to_nobody(town, clock):
    poll, _voters = opened(town, clock, "V-1")
    kinds = {"reminder": 1, "opened": 1, "registered": 1, "closed": 0, "counted": 0}
    assert {kind: told(poll, kind) for kind in kinds} == kinds
    poll.close()
    assert {kind: told(poll, kind) for kind in kinds} == {**dict.fromkeys(kinds, 0), "counted": 1}


def test_the_result_is_told_to_the_whole_roll_and_nothing_of_what_it_is(voting):
    poll, (maya, _ben, _sofia) = voting
    poll.vote(maya, chair=["2"], works=["1"])
    Worker(poll.town).drain()
    mails(poll.town)
    poll.close()
    Worker(poll.town).drain()
    told = mails(poll.town)
    assert [to for to, _subject, _text in told] == [f"v-{one}@b.example" for one in (1, 2, 3)]
    assert len({text for _to, _subject, text in told}) == 1
    assert f"/elections/{poll.id}/results\n" in told[0][2]
    assert not {"Ada", "Bo", "path", "well", "V-1"} & set(told[0][2].split())


def test_a_rehearsal_says_so_in_each_mail(town, clock):
    poll, _voters = opened(town, clock, "V-1", rehearsal=True)
    due(town, clock)
    poll.close()
    Worker(town).drain()
    told = mails(town)
    assert len(told) == 3
    assert all(subject.startswith("Rehearsal: ") for _to, subject, _text in told)


def test_who_has_left_the_town_is_told_nothing(town, clock):
    poll, _voters = opened(town, clock, "V-1", "V-2")
    Worker(town).drain()
    mails(town)
    gone = "person = NULL, address = NULL, number = 'left-' || public_id"
    poll.run(f"UPDATE elections_voter SET {gone} WHERE number = 'V-1'")
    due(town, clock)
    assert about(town) == [("v-2@b.example", "Allotment board 2026 is open")]


@pytest.fixture
def statements(town):
    """Every statement that reaches the driver."""
    seen = []

    def listen(_connection, _cursor, statement, *_more):
        seen.append(statement)

    event.listen(town.database, "before_cursor_execute", listen)
    yield seen
    event.remove(town.database, "before_cursor_execute", listen)


@pytest.mark.engines("sqlite", "postgresql")
def test_a_roll_of_two_thousand_is_told_in_parts_each_by_few_statements(town, clock, statements):
    many, part = 2000, 200
    poll = drafted(town, clock, contests=[CHAIR], **LONG)
    rows = "\n".join(f"{one},Voter,{one}@b.example" for one in numbers(many))
    poll.do(INES, import_roll, ImportRoll, rows=f"number,name,email\n{rows}")
    poll.freeze()
    clock.set(2026, 3, 7, 13, 0)
    after, costs = 0, []
    for _number in range(many // part):
        statements.clear()
        assert told(poll, "reminder", after=after, limit=part) == part
        costs.append(len(statements))
        (after,) = poll.rows(f"{PLACES} WHERE id > {after} ORDER BY id LIMIT 1 OFFSET {part - 1}")[
            0
        ]
    assert max(costs) <= PART
    assert told(poll, "reminder", after=after) == 0
    assert told(poll, "reminder", limit=part) == 0  # Once more tells nobody anew.
    assert poll.rows("SELECT count(*) FROM core_notification") == [(many,)]
    assert poll.rows(f"{JOBS} = 'core.send-mail'") == [(many,)]
    assert poll.rows(f"{JOBS} = 'elections.tell-voters'") == [(many // part,)]


def test_everybody_with_a_part_hears_of_each_step_when_it_is_theirs(town, clock):
    made = founding(town, clock)
    made.name_all()
    Worker(town).drain()
    asked = [(to, text) for to, subject, text in mails(town) if "asked of you" in subject]
    assert sorted(to for to, _text in asked) == sorted(
        f"{name}@b.example" for name in ("lena", "tomas", "kofi", "omar", "lena", "tomas")
    )
    assert sum("commit to them" in text for _to, text in asked) == 3
    assert sum("You hold a seed" in text for _to, text in asked) == 2
    made.commit_all()
    Worker(town).drain()
    told = mails(town)
    assert [to for to, _subject, _text in told] == [
        f"{name}@b.example" for name in ("kofi", "lena", "tomas")
    ]
    assert all("show what you have committed to" in text for _to, _subject, text in told)
    made.reveal_all()
    made.share_all()
    Worker(town).drain()
    assert len(mails(town)) in (3, 6)  # Who is asked for a share may have given it by now.
    made.confirm_all()
    made.issue()
    made.commit_seeds()
    Worker(town).drain()
    assert mails(town) == []


def test_an_encrypted_election_reminds_by_claims_and_asks_for_seeds_and_parts(town, clock):
    made = published(town, clock)
    made.open()
    due(town, clock)
    opening = [one for one in mails(town) if one[1].endswith("is open")]
    assert all("Have the token at hand" in text for _to, _subject, text in opening)
    for who, body in journey():
        made.cast(who, body)
    made.over()
    made.step()
    Worker(town).drain()
    closed = mails(town)
    assert sum(one[1].endswith("has closed") for one in closed) == len(opening)
    asked = [text for _to, subject, text in closed if "asked of you" in subject]
    assert all("Show your seed" in text for text in asked)
    made.show_seeds()
    Worker(town).drain()
    told = [text for _to, _subject, text in mails(town)]
    assert all("decrypt the sums" in text for text in told)

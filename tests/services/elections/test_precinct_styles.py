"""Styles of precincts: said once, for who is on the roll and who comes; one for each precinct."""

from threading import Barrier, Thread

import pytest
from sqlalchemy.exc import IntegrityError

from tests.services.elections.polling import INES, PRIYA, Poll, drafted
from tests.services.elections.test_pages import Browser
from tests.services.elections.test_rolls import enrolled, entry, looked
from townsquare.core.errors import DomainError, NotAllowed, StaleVersion
from townsquare.core.invariants import breaches
from townsquare.services.elections import errors
from townsquare.services.elections.commands.fields import ChosenVersion
from townsquare.services.elections.commands.rolls import (
    DefinePrecinctStyle,
    DefineStyle,
    MoveVoters,
    RevisePlace,
    RevisePrecinctStyle,
)
from townsquare.services.elections.commands.voting import EnrolVoter, ImportRoll
from townsquare.services.elections.errors import rolls as roll_errors
from townsquare.services.elections.queries.registration import (
    read_precinct_style,
    read_roll_work,
)
from townsquare.services.elections.usecases import moving, precinct_styles, rolls, styling
from townsquare.services.elections.usecases.copying import clone_election, rehearse_election

pytestmark = pytest.mark.engines("sqlite", "postgresql")
NORTH = {"code": "north", "title": "The north", "contests": "works"}
SOUTH = {"code": "south", "title": "The south", "contests": "chair"}
RULE = "elections_precinct_style"
LIST = "number,name,email,precinct,style\nC,Cy,c@b.example,7,\nD,Di,d@b.example,7,south\n"
OF = "(SELECT id FROM elections_election WHERE public_id = '{}')"
PLACES = (
    "SELECT v.number, coalesce(s.code, ''), r.style_by_precinct FROM elections_roll_entry r"
    " JOIN elections_voter v ON v.id = r.voter_id LEFT JOIN elections_style s ON s.id = r.style_id"
    " WHERE r.election_id = {} ORDER BY 1"
)
SAYS = (
    f"INSERT INTO {RULE} (public_id, created_at, election_id, precinct, style_id)"
    " SELECT '{id}', created_at, {election}, '{precinct}', {style} FROM elections_election LIMIT 1"
)


@pytest.fixture
def poll(town, clock):
    """A draft with two styles."""
    made = drafted(town, clock)
    for style in (NORTH, SOUTH):
        made.do(INES, styling.define_style, DefineStyle, **style)
    return made


def say(poll, precinct="7", style="north", who=INES):
    told = {"precinct": precinct, "style": style}
    return poll.do(who, precinct_styles.define_precinct_style, DefinePrecinctStyle, **told)


def revise(poll, said, style, who=INES):
    """Give a precinct another style than the one that was read."""
    told = {"id": said.id, "style": style, "version": said.version}
    return poll.do(who, precinct_styles.revise_precinct_style, RevisePrecinctStyle, **told)


def drop(poll, said):
    told = {"id": said.id, "version": said.version}
    return poll.do(INES, precinct_styles.drop_precinct_style, ChosenVersion, **told)


def places(poll):
    """Return who votes on what: the style of each number, with a star if it is their precinct's."""
    rows = poll.rows(PLACES.format(OF.format(poll.id)))
    return {number: style + ("*" if by_precinct else "") for number, style, by_precinct in rows}


def test_it_is_for_those_on_the_roll_and_for_those_who_come(poll):
    enrolled(poll, "A", precinct="7")
    enrolled(poll, "B", precinct="7", style="south")
    enrolled(poll, "X", precinct="8")
    said = say(poll)
    assert (said.precinct, said.style, said.voters) == ("7", "north", 1)
    assert poll.do(INES, rolls.import_roll, ImportRoll, rows=LIST).good == 2
    enrolled(poll, "E", precinct="7")
    by_it = dict.fromkeys(("A", "C", "E"), "north*")
    assert places(poll) == {**by_it, "B": "south", "D": "south", "X": ""}
    (seven, eight) = looked(poll, read_roll_work).precincts
    assert (seven.voters, seven.style, seven.styled, seven.precinct_style) == (
        *(5, "north", 3),
        said.id,
    )
    assert (eight.voters, eight.style, eight.styled, eight.precinct_style) == (1, "", 0, "")
    assert looked(poll, read_precinct_style, id=said.id).voters == 3
    assert breaches(poll.town) == {}


def test_who_lives_there_by_another_roll_has_it_too(poll, town, clock):
    other = drafted(town, clock)
    enrolled(other, "A", precinct="7")
    say(poll)
    told = {"number": "A", "name": "Voter A", "email": "A@b.example"}
    poll.do(INES, rolls.enrol_voter, EnrolVoter, **told)
    assert places(poll) == {"A": "north*"}
    assert places(other) == {"A": ""}


def test_it_is_changed_and_taken_away_with_all_who_have_it(poll):
    enrolled(poll, "A", precinct="7")
    enrolled(poll, "B", precinct="7", style="north")
    said = say(poll)
    told = revise(poll, said, "south")
    assert (told.style, told.voters, told.version) == ("south", 1, 2)
    assert places(poll) == {"A": "south*", "B": "north"}
    again = revise(poll, told, "south")
    assert again.voters == 0
    gone = drop(poll, again)
    assert (gone.style, gone.voters) == ("", 1)
    assert places(poll) == {"A": "", "B": "north"}
    for act in (lambda: drop(poll, again), lambda: revise(poll, again, "south")):
        with pytest.raises(roll_errors.NoSuchPrecinctStyle):
            act()
    with pytest.raises(roll_errors.NoSuchPrecinctStyle):
        looked(poll, read_precinct_style, id=said.id)


def test_of_two_officers_the_second_hears_that_the_first_was_there(poll):
    enrolled(poll, "A", precinct="7")
    poll.do(INES, styling.define_style, DefineStyle, code="west", title="W", contests="works")
    said = say(poll)
    (seen,) = looked(poll, read_roll_work).precincts
    assert (seen.precinct_style, seen.version) == (said.id, 1)
    now = revise(poll, said, "south")
    for act in (lambda: revise(poll, said, "west"), lambda: drop(poll, said)):
        with pytest.raises(StaleVersion):
            act()
    assert places(poll) == {"A": "south*"}
    assert looked(poll, read_precinct_style, id=said.id).version == now.version
    became = race(poll, [lambda: revise(poll, now, "west"), lambda: drop(poll, now)])
    became.remove("done")
    assert became in (["core.stale-version"], ["elections.no-such-precinct-style"])


def test_precincts_come_page_by_page(poll):
    said = {precinct: say(poll, precinct) for precinct in ("1", "3", "5")}
    enrolled(poll, "A", precinct="2")
    found, after = [], ""
    for _page in range(3):
        page = looked(poll, read_roll_work, after=after, limit=2)
        found.append([(one.precinct, one.precinct_style) for one in page.precincts])
        after = page.after
        if not after:
            break
    assert found == [[("1", said["1"].id), ("2", "")], [("3", said["3"].id), ("5", said["5"].id)]]
    with pytest.raises(roll_errors.PrecinctStyled) as told:
        say(poll, "3")
    assert told.value.facts == {"precinct": "3", "precinct_style": said["3"].id}


@pytest.mark.engines("sqlite")
def test_the_page_of_a_roll_leads_to_more_precincts(poll, signed_in, monkeypatch):
    ines = Browser(signed_in("elections.officer", name="Ines Moreau", confirmed=True))

    def one(ctx, wish):
        return read_roll_work(ctx, wish.model_copy(update={"limit": 1}))

    monkeypatch.setattr("townsquare.services.elections.pages.roll_work.read_roll_work", one)
    for precinct in ("1", "7&8"):
        say(poll, precinct)
    here = f"/elections/office/{poll.id}/roll/work"
    ines.get(here)
    assert f'href="{here}?after=1"' in ines.text
    assert "7&8" not in ines.text
    ines.get(f"{here}?after=1")
    assert "7&8" in ines.text
    assert f'href="{here}"' in ines.text


def test_who_moves_has_the_style_of_where_they_go(poll):
    for number, precinct in (("A", "7"), ("C", "9")):
        enrolled(poll, number, precinct=precinct)
    enrolled(poll, "B", precinct="7", style="south")
    say(poll)
    say(poll, "8", "south")
    poll.do(INES, moving.move_precinct_voters, MoveVoters, precinct="7", to="8")
    poll.do(INES, moving.move_precinct_voters, MoveVoters, precinct="9", to="7")
    assert places(poll) == {"A": "south*", "B": "south", "C": "north*"}
    poll.do(INES, moving.move_precinct_voters, MoveVoters, precinct="8", to="9")
    assert places(poll) == {"A": "", "B": "south", "C": "north*"}
    place = {"id": entry(poll, "A"), "precinct": "7"}
    poll.do(INES, styling.revise_place, RevisePlace, **place)
    assert places(poll)["A"] == "north*"
    poll.do(INES, styling.revise_place, RevisePlace, **place, style="north")
    assert places(poll)["A"] == "north"
    assert breaches(poll.town) == {}


def test_refusals_say_what_to_do(poll, town, clock):
    said = say(poll)
    refused = {
        roll_errors.PrecinctStyled: lambda: say(poll, style="south"),
        roll_errors.UnknownStyle: lambda: say(poll, "8", "west"),
        NotAllowed: lambda: say(poll, "8", who=PRIYA),
    }
    for kind, act in refused.items():
        with pytest.raises(kind):
            act()
    other = drafted(town, clock)
    with pytest.raises(roll_errors.UnknownStyle):
        say(other)
    (north, _south) = looked(poll, read_roll_work).styles
    with pytest.raises(roll_errors.StyleOfPrecincts) as told:
        poll.do(INES, styling.drop_style, id=north.id)
    assert told.value.facts == {"precinct": "7", "style": "north"}
    drop(poll, said)
    poll.do(INES, styling.drop_style, id=north.id)


def test_copies_and_rehearsals_take_it_along(poll):
    say(poll)
    say(poll, "8", "south")
    rehearsal = Poll(poll.town, poll.clock, poll.do(INES, rehearse_election).id)
    copy = Poll(poll.town, poll.clock, rehearsal.do(INES, clone_election).id)
    found = [(one.precinct, one.style) for one in looked(copy, read_roll_work).precincts]
    assert found == [("7", "north"), ("8", "south")]
    enrolled(copy, "A", precinct="8")
    assert places(copy) == {"A": "south*"}
    assert len({one.precinct_style for one in looked(poll, read_roll_work).precincts}) == 2


def race(poll, acts):
    """Let these acts begin at the same time; return what became of each, sorted."""
    found, begin = [], Barrier(len(acts))

    def do(act):
        begin.wait()
        try:
            act()
        except DomainError as error:
            found.append(error.code)
        else:
            found.append("done")

    both = [Thread(target=do, args=(act,)) for act in acts]
    for one in both:
        one.start()
    for one in both:
        one.join()
    return sorted(found)


def test_of_two_who_say_it_at_once_one_does(poll):
    enrolled(poll, "A", precinct="7")
    acts = [lambda: say(poll), lambda: say(poll, style="south")]
    assert race(poll, acts) == ["done", "elections.precinct-styled"]
    ((kept,),) = poll.rows(f"SELECT s.code FROM {RULE} p JOIN elections_style s ON s.id = style_id")
    assert places(poll) == {"A": f"{kept}*"}


def test_who_comes_while_it_is_said_has_it(poll):
    acts = [lambda: say(poll), lambda: enrolled(poll, "A", precinct="7")]
    assert race(poll, acts) == ["done", "done"]
    assert places(poll) == {"A": "north*"}
    assert breaches(poll.town) == {}


def style_of(poll, code="north"):
    mine = f"election_id = {OF.format(poll.id)} AND code = '{code}'"
    return f"(SELECT id FROM elections_style WHERE {mine})"


def by_sql(poll, precinct, of):
    told = {"election": OF.format(poll.id), "precinct": precinct, "style": style_of(of)}
    poll.run(SAYS.format(id=f"P-{precinct}", **told))


def test_the_database_takes_one_style_for_a_precinct(poll):
    say(poll)
    with pytest.raises(IntegrityError, match=r"UNIQUE|uq_elections_precinct_style"):
        by_sql(poll, "7", poll)
    poll.run("DROP INDEX uq_elections_precinct_style")
    by_sql(poll, "7", poll)  # Nothing else would have refused it.
    assert poll.rows(f"SELECT count(*) FROM {RULE} WHERE precinct = '7'") == [(2,)]


def test_the_database_takes_no_style_of_another_election(poll, town, clock):
    other = drafted(town, clock)
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        by_sql(other, "7", poll)
    other.do(INES, styling.define_style, DefineStyle, **NORTH)
    by_sql(other, "7", other)
    with pytest.raises(IntegrityError, match="ck_elections_precinct_style_precinct"):
        by_sql(other, "", other)


def test_the_database_takes_no_style_by_precinct_that_is_none(poll):
    enrolled(poll, "A", precinct="7")
    with pytest.raises(IntegrityError, match="ck_elections_roll_entry_style_by_precinct"):
        poll.run("UPDATE elections_roll_entry SET style_by_precinct = (1 = 1)")


def test_a_roll_that_does_not_follow_is_found(poll):
    enrolled(poll, "A", precinct="7")
    by_sql(poll, "7", poll)
    assert [len(found) for found in breaches(poll.town).values()] == [1]


@pytest.mark.parametrize(
    ("guard", "statement"),
    [
        ("insert", None),
        ("update", f"UPDATE {RULE} SET precinct = '9'"),
        ("delete", f"DELETE FROM {RULE}"),
    ],
)
def test_after_the_freezing_no_act_and_no_statement_changes_it(poll, guard, statement):
    enrolled(poll, "A", precinct="7")
    said = say(poll)
    poll.freeze()
    for act in (
        lambda: say(poll, "8"),
        lambda: drop(poll, said),
        lambda: revise(poll, said, "south"),
    ):
        with pytest.raises(errors.Frozen):
            act()

    def tried():
        poll.run(statement) if statement else by_sql(poll, "8", poll)

    with pytest.raises(IntegrityError, match="elections_frozen"):
        tried()
    of = "" if poll.town.database.dialect.name == "sqlite" else f" ON {RULE}"
    poll.run(f"DROP TRIGGER {RULE}_{guard}{of}")
    tried()


@pytest.mark.parametrize("table", ["elections_style", RULE])
def test_no_row_of_a_draft_takes_the_place_of_a_frozen_one(poll, town, clock, table):
    enrolled(poll, "A", precinct="7")
    say(poll)
    poll.freeze()
    other = drafted(town, clock)
    other.do(INES, styling.define_style, DefineStyle, **NORTH)
    say(other)
    lite = town.database.dialect.name == "sqlite"
    (frozen, *_more), (*_others, mine) = (poll.rows(f"SELECT id FROM {table} ORDER BY id"),) * 2
    takes = f"UPDATE {'OR REPLACE ' if lite else ''}{table} SET {{}} WHERE id = {mine[0]}"
    for told in (f"id = {frozen[0]}", "id = 999", "public_id = 'x'"):
        with pytest.raises(IntegrityError, match="elections_frozen"):
            poll.run(takes.format(told))
    assert poll.rows(f"SELECT id FROM {table} WHERE id = {frozen[0]}") == [frozen]
    poll.run(f"DROP TRIGGER {table}_named{'' if lite else f' ON {table}'}")
    poll.run(takes.format("public_id = 'x'"))  # Nothing else would have refused it.


@pytest.mark.engines("sqlite")
def test_pages_say_it_change_it_and_take_it_away(poll, signed_in, town, clock):
    ines = Browser(signed_in("elections.officer", name="Ines Moreau", confirmed=True))
    here = f"/elections/office/{poll.id}/roll"
    enrolled(poll, "A", precinct="7")
    ines.get(f"{here}/work")
    assert f"{here}/precinct-styles?precinct=7" in ines.text
    ines.get(f"{here}/precinct-styles?precinct=7")
    assert "The north (north)" in ines.text
    assert 'value="7"' in ines.text
    told = {"precinct": "7", "style": "north"}
    ines.post(f"{here}/precinct-styles", 422, **{**told, "style": "west"})
    ines.post(f"{here}/precinct-styles", **told)
    ines.get(f"{here}/work")
    assert "The precinct 7 has the style north: 1 voters got it." in ines.text
    assert "1 voters by it" in ines.text
    ines.get(here)
    assert "as their precinct" in ines.text
    ines.get(f"{here}/precinct-styles")
    ines.post(f"{here}/precinct-styles", 409, **told)
    assert "has a style already" in ines.text
    ((said,),) = poll.rows(f"SELECT public_id FROM {RULE}")
    way = f"{here}/precinct-styles/{said}"
    ines.get(way)
    assert "1 voters have their style by this" in ines.text
    other = drafted(town, clock)
    for act in ("", "/removal"):
        ines.post(way.replace(poll.id, other.id) + act, 404)
    ines.post(way, style="south", version=1)
    assert places(poll) == {"A": "south*"}
    ines.post(way, 412, style="north", version=1)
    assert "Somebody has changed this since you opened it." in ines.text
    ines.post(f"{way}/removal", version=1)
    ines.get(f"{here}/work")
    assert places(poll) == {"A": "south*"}
    assert 'name="version" value="2"' in ines.text
    ines.post(f"{way}/removal", version=2)
    ines.get(f"{here}/work")
    assert "1 voters vote on all again" in ines.text
    assert places(poll) == {"A": ""}


@pytest.mark.engines("sqlite")
def test_programs_say_it_change_it_and_take_it_away(poll, signed_in):
    ines = signed_in("elections.officer", name="Ines Moreau", confirmed=True)
    enrolled(poll, "A", precinct="7")
    api, heads = "/api/v1/elections", {"X-CSRF-Token": ines.token}

    def call(verb, path, read=None, **told):
        seen = {**heads, "If-Match": f'"{read}"'} if read else heads
        answer = ines.client.open(f"{api}/{path}", method=verb, json=told or None, headers=seen)
        return answer.status_code, answer.get_json()

    new = f"office/{poll.id}/precinct-styles"
    status, made = call("POST", new, precinct="7", style="north")
    assert (status, made["style"], made["voters"]) == (201, "north", 1)
    refused = call("POST", new, precinct="7", style="south")[1]
    assert refused["code"] == "elections.precinct-styled"
    assert refused["facts"]["precinct_style"] == made["id"]
    assert call("POST", new, precinct="8", style="west")[0] == 422
    one = f"precinct-styles/{made['id']}"
    assert call("GET", one) == (200, made)
    assert call("PATCH", one, style="south")[0] == 428
    assert call("DELETE", one)[0] == 428
    status, changed = call("PATCH", one, 1, style="south")
    assert call("PATCH", one, 1, style="north")[0] == 412
    assert call("DELETE", one, 1)[0] == 412
    assert (status, changed["style"], changed["voters"]) == (200, "south", 1)
    (line,) = call("GET", f"office/{poll.id}/roll")[1]["lines"]
    assert (line["style"], line["by_precinct"]) == ("south", True)
    assert call("DELETE", one, 2)[1]["voters"] == 1
    assert call("GET", one)[0] == 404

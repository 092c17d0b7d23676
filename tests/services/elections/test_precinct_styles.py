"""Styles of precincts: said once, for who is on the roll and who comes; one for each precinct."""

from threading import Barrier, Thread

import pytest
from sqlalchemy.exc import IntegrityError

from tests.services.elections.polling import INES, PRIYA, Poll, drafted
from tests.services.elections.test_pages import Browser
from tests.services.elections.test_rolls import enrolled, entry, looked
from townsquare.core.errors import DomainError, NotAllowed
from townsquare.core.invariants import breaches
from townsquare.services.elections import errors
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
    changed = {"id": said.id, "style": "south"}
    told = poll.do(INES, precinct_styles.revise_precinct_style, RevisePrecinctStyle, **changed)
    assert (told.style, told.voters) == ("south", 1)
    assert places(poll) == {"A": "south*", "B": "north"}
    again = poll.do(INES, precinct_styles.revise_precinct_style, RevisePrecinctStyle, **changed)
    assert again.voters == 0
    gone = poll.do(INES, precinct_styles.drop_precinct_style, id=said.id)
    assert (gone.style, gone.voters) == ("", 1)
    assert places(poll) == {"A": "", "B": "north"}
    for act, wish, told in (
        (precinct_styles.drop_precinct_style, None, {"id": said.id}),
        (precinct_styles.revise_precinct_style, RevisePrecinctStyle, changed),
    ):
        with pytest.raises(roll_errors.NoSuchPrecinctStyle):
            poll.do(INES, act, *([wish] if wish else []), **told)
    with pytest.raises(roll_errors.NoSuchPrecinctStyle):
        looked(poll, read_precinct_style, id=said.id)


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
    poll.do(INES, precinct_styles.drop_precinct_style, id=said.id)
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
        lambda: poll.do(INES, precinct_styles.drop_precinct_style, id=said.id),
        lambda: poll.do(
            INES,
            precinct_styles.revise_precinct_style,
            RevisePrecinctStyle,
            id=said.id,
            style="south",
        ),
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
    ines.post(way, style="south")
    assert places(poll) == {"A": "south*"}
    ines.get(f"{here}/work")
    ines.post(f"{way}/removal")
    ines.get(f"{here}/work")
    assert "1 voters vote on all again" in ines.text
    assert places(poll) == {"A": ""}


@pytest.mark.engines("sqlite")
def test_programs_say_it_change_it_and_take_it_away(poll, signed_in):
    ines = signed_in("elections.officer", name="Ines Moreau", confirmed=True)
    enrolled(poll, "A", precinct="7")
    api, heads = "/api/v1/elections", {"X-CSRF-Token": ines.token}

    def call(verb, path, **told):
        answer = ines.client.open(f"{api}/{path}", method=verb, json=told or None, headers=heads)
        return answer.status_code, answer.get_json()

    new = f"office/{poll.id}/precinct-styles"
    status, made = call("POST", new, precinct="7", style="north")
    assert (status, made["style"], made["voters"]) == (201, "north", 1)
    assert call("POST", new, precinct="7", style="south")[1]["code"] == "elections.precinct-styled"
    assert call("POST", new, precinct="8", style="west")[0] == 422
    one = f"precinct-styles/{made['id']}"
    assert call("GET", one) == (200, made)
    status, changed = call("PATCH", one, style="south")
    assert (status, changed["style"], changed["voters"]) == (200, "south", 1)
    (line,) = call("GET", f"office/{poll.id}/roll")[1]["lines"]
    assert (line["style"], line["by_precinct"]) == ("south", True)
    assert call("DELETE", one)[1]["voters"] == 1
    assert call("GET", one)[0] == 404

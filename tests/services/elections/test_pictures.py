"""Photos of candidates and symbols of parties: who sends, sees and removes them, until when."""

from base64 import b64decode, b64encode
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from tests.services.elections.nominating import (
    AGENT,
    BEN,
    GUEST,
    MAYA,
    decide,
    listed,
    nominating,
    seen,
    slate,
    stand,
)
from tests.services.elections.picturing import (
    drawing,
    looked_at,
    marked,
    photograph,
    unphotograph,
)
from tests.services.elections.polling import INES, PRIYA
from townsquare.core.errors import NotAllowed
from townsquare.core.invariants import breaches
from townsquare.core.parts import Somebody
from townsquare.core.pictures import NotAPicture
from townsquare.services.elections.commands.fields import Chosen, ChosenVersion
from townsquare.services.elections.commands.nominations import (
    KeepParty,
    OfParty,
    SetPhoto,
    SetSymbol,
)
from townsquare.services.elections.errors import Frozen
from townsquare.services.elections.errors.nominations import (
    AlreadyDecided,
    NoSuchParty,
    PartyShown,
    UnknownCandidate,
    UnknownPicture,
)
from townsquare.services.elections.models.standing_down import candidacies_of, forget_candidacies
from townsquare.services.elections.usecases.candidacies import withdraw_candidacy
from townsquare.services.elections.usecases.copying import clone_election
from townsquare.services.elections.usecases.freezing import propose_freeze
from townsquare.services.elections.usecases.nominating import close_nominations, keep_party
from townsquare.services.elections.usecases.picturing import (
    examine_photo,
    examine_symbol,
    remove_symbol,
    set_photo,
)

pytestmark = pytest.mark.engines("sqlite", "postgresql")
PHOTOS = "SELECT count(*) FROM elections_candidate WHERE photo IS NOT NULL"
KEPT = "SELECT photo_hash, photo_type, length(photo) FROM elections_candidate ORDER BY id"
PROPOSED = "SELECT proposed_by_id FROM elections_election WHERE public_id = '{}'"


@pytest.fixture
def poll(town, clock):
    return nominating(town, clock)


def somebody(who):
    return Somebody(who.id, "", who.person, who.name, "")


def frozen(poll):
    """Freeze an election in which Maya stands with a photo, and one of the list of a party."""
    maya = stand(poll, MAYA).id
    slate(poll, listed(2))
    for (candidate,) in poll.rows("SELECT public_id FROM elections_candidate ORDER BY id"):
        decide(poll, candidate)
    photograph(poll.town, maya, MAYA)
    poll.do(INES, close_nominations)
    poll.enrol("V-1")
    return maya


def test_candidates_agents_and_officers_send_a_photo_and_nobody_else(poll, town):
    maya = stand(poll, MAYA).id
    slate(poll, listed(1))
    ((theirs,),) = poll.rows("SELECT public_id FROM elections_candidate WHERE slate_id > 0")
    first = photograph(town, maya, MAYA, "teal")
    assert photograph(town, maya, INES, "navy") != first
    photograph(town, theirs, AGENT, "olive")
    assert [(len(digest), media) for digest, media, _size in poll.rows(KEPT)] == [
        (64, "image/webp"),
        (64, "image/webp"),
    ]
    for who, candidate in ((BEN, maya), (AGENT, maya), (MAYA, theirs)):
        with pytest.raises(UnknownCandidate):
            photograph(town, candidate, who)
        with pytest.raises(UnknownCandidate):
            unphotograph(town, candidate, who)
    unphotograph(town, maya, INES)
    unphotograph(town, theirs, AGENT)
    assert poll.rows(PHOTOS) == [(0,)]


def test_a_photo_is_shown_to_everybody_from_the_admission_on(poll, town):
    maya = stand(poll, MAYA).id
    digest = photograph(town, maya, MAYA)
    for who in (MAYA, INES):
        assert looked_at(town, digest, who).public is False
    for who in (GUEST, BEN, AGENT):
        with pytest.raises(UnknownPicture):
            looked_at(town, digest, who)
    decide(poll, maya)
    assert looked_at(town, digest, GUEST).public
    assert [one.photo for one in seen(poll).candidates] == [digest]
    other = photograph(town, maya, MAYA, "navy")
    assert looked_at(town, other, GUEST).media == "image/webp"
    with pytest.raises(UnknownPicture):
        looked_at(town, digest, MAYA)
    unphotograph(town, maya, MAYA)
    assert [one.photo for one in seen(poll).candidates] == [""]


def test_the_same_photo_of_two_is_shown_if_one_of_them_was_admitted(poll, town):
    digest = photograph(town, stand(poll, MAYA).id, MAYA)
    ben = stand(poll, BEN, code="ben").id
    assert photograph(town, ben, BEN) == digest
    decide(poll, ben)
    assert looked_at(town, digest, GUEST).public
    unphotograph(town, ben, BEN)
    with pytest.raises(UnknownPicture):
        looked_at(town, digest, GUEST)


def test_who_stands_no_more_changes_no_photo_and_may_remove_theirs(poll, town):
    maya, ben = stand(poll, MAYA).id, stand(poll, BEN, code="ben").id
    photograph(town, maya, MAYA)
    photograph(town, ben, BEN, "navy")
    with town.working(MAYA) as ctx:
        withdraw_candidacy(ctx, Chosen(id=maya))
    assert poll.rows(PHOTOS) == [(1,)]  # Who withdraws takes theirs along.
    decide(poll, ben, "rejected", "Too late.")
    for candidate, who in ((maya, MAYA), (ben, BEN), (ben, INES)):
        with pytest.raises(AlreadyDecided):
            photograph(town, candidate, who)
    with pytest.raises(UnknownCandidate):
        unphotograph(town, ben, MAYA)
    assert unphotograph(town, ben, BEN).state == "rejected"
    assert poll.rows(PHOTOS) == [(0,)]


def test_nothing_is_decoded_for_who_may_not_set_it(poll, town, monkeypatch):
    def never(_content):
        raise AssertionError

    maya = stand(poll, MAYA).id
    ben = stand(poll, BEN, code="ben").id
    with town.working(BEN) as ctx:
        withdraw_candidacy(ctx, Chosen(id=ben))
    monkeypatch.setattr("townsquare.services.elections.usecases.picturing.small", never)
    sent = b64encode(drawing())
    refused = [(GUEST, NotAllowed, maya), (BEN, UnknownCandidate, maya)]
    refused += [(MAYA, UnknownCandidate, "nobody"), (BEN, AlreadyDecided, ben)]
    for who, kind, candidate in refused:
        with pytest.raises(kind), town.working(who, reads=True) as ctx:
            examine_photo(ctx, SetPhoto(id=candidate, content=sent))
    with pytest.raises(NoSuchParty), town.working(INES, reads=True) as ctx:
        examine_symbol(ctx, SetSymbol(party="nobody", content=sent))
    with pytest.raises(AssertionError), town.working(MAYA, reads=True) as ctx:
        examine_photo(ctx, SetPhoto(id=maya, content=sent))


def test_whoever_found_the_draft_ready_looks_again_at_another_photo(poll, town):
    maya = frozen(poll)
    with town.working(INES) as ctx:
        propose_freeze(ctx, ChosenVersion(id=poll.id, version=poll.version))
    assert poll.rows(PROPOSED.format(poll.id)) == [(INES.id,)]
    photograph(town, maya, MAYA, "navy")
    assert poll.rows(PROPOSED.format(poll.id)) == [(None,)]


def test_whoever_found_drafts_ready_looks_again_at_another_look_of_a_party(poll, town):
    frozen(poll)

    def proposed(act):
        with town.working(INES) as ctx:
            propose_freeze(ctx, ChosenVersion(id=poll.id, version=poll.version))
        act()
        return poll.rows(PROPOSED.format(poll.id)) == [(INES.id,)]

    def kept(**more):
        with town.working(INES) as ctx:
            keep_party(ctx, KeepParty(code="green", **{**about, **more}))

    about = {"name": "Green", "colour": "#2f9e44"}
    assert proposed(kept)  # Another agent, or none, is nobody's look.
    poll.run("UPDATE elections_election SET proposed_by = '', proposed_by_id = NULL")
    for act in (
        lambda: kept(name="Greens"),
        lambda: kept(name="Greens", colour="#2f9e45"),
        lambda: marked(poll),
    ):
        assert not proposed(act)
    assert proposed(lambda: marked(poll))  # The same again.
    poll.run("UPDATE elections_election SET proposed_by = '', proposed_by_id = NULL")
    poll.run("UPDATE elections_candidate SET party_id = NULL")
    assert proposed(lambda: marked(poll, colour="navy"))


def test_what_is_no_picture_changes_nothing(poll, town):
    maya = stand(poll, MAYA).id
    photograph(town, maya, MAYA)
    before = poll.rows(KEPT)
    with pytest.raises(NotAPicture), town.working(MAYA) as ctx:
        set_photo(ctx, SetPhoto(id=maya, content=b64encode(drawing("GIF"))))
    assert poll.rows(KEPT) == before


def test_a_photo_of_a_frozen_election_stays(poll, town):
    maya = frozen(poll)
    marked(poll)
    poll.freeze()
    before = poll.rows(KEPT)
    for who in (MAYA, INES):
        with pytest.raises(Frozen):
            photograph(town, maya, who, "navy")
        with pytest.raises(Frozen):
            unphotograph(town, maya, who)
    with pytest.raises(PartyShown):
        marked(poll, colour="navy")
    with pytest.raises(PartyShown), town.working(INES) as ctx:
        remove_symbol(ctx, OfParty(party="green"))
    assert poll.rows(KEPT) == before


OTHER = "a" * 64
CHANGES = (
    "UPDATE elections_candidate SET photo = NULL, photo_type = '', photo_hash = ''",
    f"UPDATE elections_candidate SET photo_hash = '{OTHER}' WHERE photo_hash <> ''",
    "UPDATE elections_candidate SET photo_type = 'image/png' WHERE photo_hash <> ''",
)


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_keeps_a_frozen_photo_and_nothing_else_does(poll, town, change):
    frozen(poll)
    poll.freeze()
    before = poll.rows(KEPT)
    with pytest.raises(IntegrityError, match="elections_frozen"):
        poll.run(change)
    of = "" if town.database.dialect.name == "sqlite" else " ON elections_candidate"
    poll.run(f"DROP TRIGGER elections_candidate_pictured{of}")
    poll.run(change)
    assert poll.rows(KEPT) != before


@pytest.mark.parametrize("table", ["candidate", "party"])
def test_a_picture_is_kept_with_its_type_and_digest_or_not_at_all(poll, table):
    stand(poll, MAYA)
    column = {"candidate": "photo", "party": "symbol"}[table]
    made = {"sqlite": "zeroblob(262145)", "postgresql": "decode(repeat('00', 262145), 'hex')"}
    large = f"{column} = {made[poll.town.database.dialect.name]}, {column}_type = 'image/webp'"
    for half in (
        f"{column} = NULL, {column}_hash = '{OTHER}'",
        f"{column}_type = 'image/webp'",
        f"{large}, {column}_hash = '{OTHER}'",
    ):
        with pytest.raises(IntegrityError, match=f"ck_elections_{table}_{column}"):
            poll.run(f"UPDATE elections_{table} SET {half}")


def test_a_party_has_a_symbol_that_everybody_sees(poll, town):
    slate(poll, listed(1))
    ((candidate,),) = poll.rows("SELECT public_id FROM elections_candidate")
    decide(poll, candidate)
    digest = marked(poll)
    assert looked_at(town, digest, GUEST).public
    assert [(one.symbol, one.photo) for one in seen(poll).candidates] == [(digest, "")]
    with town.working(INES) as ctx:
        assert remove_symbol(ctx, OfParty(party="green")).symbol == ""
    with pytest.raises(UnknownPicture):
        looked_at(town, digest, GUEST)
    with pytest.raises(NoSuchParty):
        marked(poll, party="nobody")


@pytest.mark.parametrize("is_frozen", [False, True], ids=["draft", "frozen"])
def test_a_photo_goes_with_who_leaves_the_town(poll, town, is_frozen):
    frozen(poll)
    if is_frozen:
        poll.freeze()
    ((digest, media, size),) = poll.rows(f"{KEPT} LIMIT 1")
    with town.working(INES, reads=True) as ctx:
        (own, photos, *_others) = candidacies_of(replace(ctx, act="test"), somebody(MAYA))
    assert digest in own.rows[0]
    ((named, kind, body),) = photos.rows
    assert (named, kind, len(b64decode(body))) == (digest, media, size)
    with town.working(INES) as ctx:
        forget_candidacies(replace(ctx, act="test"), somebody(MAYA))
    assert poll.rows(PHOTOS) == [(0,)]
    with pytest.raises(UnknownPicture):
        looked_at(town, digest, INES)


def test_a_copy_of_an_election_takes_no_photo(poll, town):
    frozen(poll)
    poll.freeze(second=PRIYA)
    with town.working(INES) as ctx:
        clone_election(ctx, Chosen(id=poll.id))
    assert poll.rows(PHOTOS) == [(1,)]


def test_a_picture_that_is_not_what_its_digest_says_is_found(poll, town):
    photograph(town, stand(poll, MAYA).id, MAYA)
    marked(poll)
    assert breaches(town) == {}
    for table, column in (("candidate", "photo"), ("party", "symbol")):
        poll.run(f"UPDATE elections_{table} SET {column}_hash = '{'a' * 64}'")
    ((found,),) = breaches(town).values()
    assert len(found.rows) == 2

"""Who plays several trustees or holders of seeds in a rehearsal finds what is asked of each."""

import pytest
from sqlalchemy import select, update

from tests.kit.guards import drop_trigger
from tests.services.elections.founding import PARTS, Trustee, founding, lines
from tests.services.elections.polling import INES
from tests.services.elections.sealing import LENA, SEEDS, published
from tests.services.elections.test_certifying_boards import closed_board, hand_in
from tests.services.elections.test_pages import Browser
from townsquare.core.identity.models import AccountRow
from townsquare.core.usecase import Actor
from townsquare.services.elections.commands.ceremony import NameHolders, NameTrustees
from townsquare.services.elections.models.ceremony import TieSeedRow, TrusteeRow
from townsquare.services.elections.queries.ceremony import read_duty
from townsquare.services.elections.usecases.naming import name_holders, name_trustees
from tsv1.ceremony import Place
from tsv1.ties import seed_commitment

pytestmark = pytest.mark.shown


def at_browser(town, signed_in):
    """Return Lena, signed in now."""
    browser = Browser(signed_in("elections.trustee", "elections.seed-holder", name="Lena Twice"))
    with town.database.begin() as db:
        mine = update(AccountRow).where(AccountRow.name == "Lena Twice")
        db.execute(mine.values(email="twice@b.example", confirmed_at=town.now()))
    return browser


@pytest.fixture
def lena(town, signed_in):
    return at_browser(town, signed_in)


def account(town):
    with town.sessions() as db:
        return db.scalars(select(AccountRow).filter_by(name="Lena Twice")).one()


@pytest.fixture
def made(town, clock, lena):
    """Return a rehearsal whose trustees are all Lena."""
    made = founding(town, clock, rehearsal=True)
    told = {"mode": "threshold", "threshold": 2, "emails": made.addresses("twice", "twice")}
    made.do(INES, name_trustees, NameTrustees, **told)
    row = account(town)
    made.people["Lena"] = Actor(row.id, row.name, PARTS, row.person, confirmed=True)
    made.trustees[:] = [Trustee(Place(made.id, number), 2) for number in (1, 2)]
    return made


def test_each_round_asks_for_the_files_of_all_numbers(made, lena):
    at, (one, two) = f"/elections/{made.id}/duty", made.trustees
    steps = (
        ("make its keys", lambda mine: [mine.commit()]),
        ("show your key", lambda mine: [mine.reveal()]),
        ("with the shares", lambda mine: [mine.share(made.rounds(), 3 - mine.place.index)]),
        ("confirm the key", lambda mine: [mine.confirm(made.rounds())]),
    )
    for words, say in steps:
        for mine in (one, two):
            lena.get(at)
            assert f"You are trustee {mine.place.index}<" in lena.text
            assert words in lena.text
            assert f'action="{at}/messages"' in lena.text
            lena.post(f"{at}/messages", messages__messages=lines(*say(mine)))
    lena.get(at)
    assert "You have done all of it" in lena.text
    assert f'action="{at}/messages"' not in lena.text


def test_a_program_makes_the_keys_of_the_next_number(made):
    asked = []
    for mine in made.trustees:
        asked.append(made.look(made.people["Lena"]).you)
        told = made.say("Lena", mine.commit())
    assert asked == [1, 2]
    assert (told.state, told.asked) == ("committed", "reveal")


def test_each_number_hands_a_part_of_the_decryption_in(town, clock, signed_in):
    board, lena = closed_board(town, clock), at_browser(town, signed_in)
    drop_trigger(town, "elections_trustee_update", "elections_trustee")
    row = account(town)
    who = Actor(row.id, row.name, LENA.permissions, row.person)
    with town.database.begin() as db:
        db.execute(update(TrusteeRow).where(TrusteeRow.number < 3).values(account=row.id))
    at = f"/elections/{board.id}/duty"
    for number in (1, 2):
        found = board.do(who, read_duty, reads=True)
        assert (found.trustee, found.handed) == (number, [])
        lena.get(at)
        assert f'action="{at}/partial"' in lena.text
        hand_in(board, who, number)
    assert [one.what for one in board.do(who, read_duty, reads=True).handed] == ["partial"]
    lena.get(at)
    assert f'action="{at}/partial"' not in lena.text


def seeds_of(made):
    """Return each seed of the election: its commitment, and whether it was shown."""
    asked = "SELECT commitment, seed IS NOT NULL FROM elections_tie_seed ORDER BY number"
    return [(commitment, bool(shown)) for commitment, shown in made.rows(asked)]


def test_each_seed_has_a_form_for_its_commitment(made, lena):
    made.do(INES, name_holders, NameHolders, emails=made.addresses("twice", "twice"))
    at = f"/elections/{made.id}/duty"
    one, two = (seed_commitment(made.id, number, bytes(32)).hex() for number in (1, 2))
    lena.get(at)
    for number, part in ((1, "commitment"), (2, "commitment2")):
        assert f"You hold seed {number}<" in lena.text
        assert f'action="{at}/{part}"' in lena.text
    lena.post(f"{at}/commitment2", 422, commitment2__commitment="abc")
    assert lena.text.count('href="#f-commitment2-commitment"') == 1
    lena.post(f"{at}/commitment2", commitment2__commitment=two)
    assert seeds_of(made) == [("", False), (two, False)]
    lena.post(f"{at}/commitment", commitment__commitment=one)
    assert seeds_of(made) == [(one, False), (two, False)]
    lena.get(at)
    assert lena.text.count("You have committed.") == 2
    lena.post(f"{at}/commitment3", 403, commitment3__commitment=two)
    for part in ("commitment22", "keys2", "2"):
        lena.post(f"{at}/{part}", 404)


def test_each_seed_has_a_form_to_show_it(town, clock, signed_in):
    board = published(town, clock)
    board.open()
    board.over()
    board.step()
    lena = at_browser(town, signed_in)
    drop_trigger(town, "elections_tie_seed_update", "elections_tie_seed")
    mine = update(TieSeedRow).values(account=account(town).id)
    with town.database.begin() as db:
        db.execute(mine)
    at = f"/elections/{board.id}/duty"
    lena.get(at)
    assert f'action="{at}/seed"' in lena.text
    lena.post(f"{at}/seed2", 422, seed2__seed=SEEDS[0].hex())
    assert "The check Z01 refuses this" in lena.text
    lena.post(f"{at}/seed2", seed2__seed=SEEDS[1].hex())
    assert [shown for _commitment, shown in seeds_of(board)] == [False, True]
    lena.get(at)
    assert f'action="{at}/seed"' in lena.text
    assert f'action="{at}/seed2"' not in lena.text
    lena.post(f"{at}/seed", seed__seed=SEEDS[0].hex())
    assert [shown for _commitment, shown in seeds_of(board)] == [True, True]

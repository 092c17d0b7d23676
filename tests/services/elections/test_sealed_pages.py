"""The board on its pages and for programs, from the cast to the archive."""

import json

import pytest

from tests.services.elections.polling import drafted
from tests.services.elections.sealing import VECTORS, exported, journey, published
from townsquare.services.elections.commands.ballots import LARGEST_BALLOT
from tsv1.canonical import write

pytestmark = pytest.mark.engines("sqlite")
JSON = {"Content-Type": "application/json"}
CHOICE = {"chair": [1, 0, 0, 0], "works": [1, 0]}


@pytest.fixture
def maya(signed_in, clock):
    """Maya, who has signed in when the election has opened."""
    clock.set(2026, 5, 4, 7, 0)
    return signed_in(name="Maya Santos")


@pytest.fixture
def sealed(town, clock, maya):
    """The published election, open, with Maya on its roll as somebody who can sign in."""
    made = published(town, clock, (maya,), at=(2026, 5, 4, 6, 59))
    made.open()
    return made


def post(maya, sealed, raw, **more):
    headers = {"X-CSRF-Token": maya.token, **JSON, **more}
    address = f"/api/v1/elections/{sealed.id}/ballots"
    return maya.client.post(address, data=raw, headers=headers)


def test_a_ballot_is_cast_by_programs_and_repeated(maya, sealed):
    raw = write(journey()[0][1])
    first, again = post(maya, sealed, raw), post(maya, sealed, raw)
    assert (first.status_code, again.status_code) == (201, 200)
    told = first.get_json()
    assert told["tracker"].replace("-", "") == VECTORS["ballots"][0]["tracker"]
    assert (told["seq"], told["board_hash"]) == (4, VECTORS["board"][4]["hash"])
    assert {**again.get_json(), "repeated": False} == told


@pytest.mark.parametrize(
    ("raw", "status", "check"),
    [
        (b"{", 422, "B01"),
        (b'{"v":1.5}', 422, "B01"),
        (b'{"v":1,"v":1}', 422, "B01"),
        (b"\xff", 422, "B01"),
        (b"", 422, "B01"),
        (b" " * (LARGEST_BALLOT + 1), 413, None),
    ],
)
def test_what_is_no_ballot_is_refused(maya, sealed, raw, status, check):
    said = post(maya, sealed, raw)
    assert said.status_code == status
    assert said.get_json()["facts"].get("check") == check


def test_another_kind_of_body_is_refused(maya, sealed):
    raw = write(journey()[0][1])
    assert post(maya, sealed, raw, **{"Content-Type": "text/plain"}).status_code == 415


def test_a_guest_casts_nothing(client, sealed):
    address = f"/api/v1/elections/{sealed.id}/ballots"
    said = client.post(address, data=write(journey()[0][1]), headers=JSON)
    assert said.status_code in {401, 403}


def test_everybody_reads_the_board(client, maya, sealed):
    post(maya, sealed, write(journey()[0][1]))
    here = f"/api/v1/elections/{sealed.id}"
    assert client.get(f"{here}/setup").get_json()["hash"] == VECTORS["setup"]["hash"]
    page = client.get(f"{here}/board?from=3&limit=1").get_json()
    assert [entry["kind"] for entry in page["entries"]] == ["open"]
    assert (page["next"], page["head"]["seq"]) == (4, 4)
    assert client.get(f"{here}/checkpoints").get_json()["checkpoints"] == []
    assert client.get(f"{here}/ballots/{VECTORS['ballots'][0]['tracker']}").status_code == 200
    assert client.get(f"{here}/ballots/ABCD").get_json()["code"] == "elections.unknown-tracker"
    told = client.get(f"{here}/archive")
    assert told.data == exported(sealed)
    assert [json.loads(line)["seq"] for line in told.data.splitlines()] == [0, 1, 2, 3, 4]


def test_the_pages_show_board_ballot_and_how_to_examine_it(client, maya, sealed):
    post(maya, sealed, write(journey()[0][1]))
    here = f"/elections/{sealed.id}"
    assert VECTORS["board"][4]["hash"] in client.get(f"{here}/board").text
    assert client.get(f"{here}/board?from=9").status_code == 200
    found = client.get(f"{here}/tracker?tracker={VECTORS['ballots'][0]['tracker']}")
    assert "it is the one that counts" in found.text
    missing = client.get(f"{here}/tracker?tracker=ABCD")
    assert (missing.status_code, "compare it with your note" in missing.text) == (404, True)
    assert client.get(f"{here}/tracker").status_code == 200
    verify = client.get(f"{here}/verify").text
    assert VECTORS["setup"]["hash"] in verify
    assert f"/townsquare-verify ~/Downloads/{sealed.id}.jsonl" in verify


def test_an_officer_goes_on_without_waiting_for_the_clock(sealed, signed_in):
    sealed.over()
    ines = signed_in("elections.officer")
    here = f"/elections/office/{sealed.id}"

    def press():
        sent = ines.client.post(f"{here}/step", data={"csrf_token": ines.token})
        assert sent.status_code == 303
        return ines.client.get(here).text

    assert "Each holder of a seed shows it now" in press()
    assert "Each holder of a seed shows it now" in press()  # Still the same people are waited for.
    sealed.show_seeds()
    assert "The trustees decrypt them now" in press()
    assert sealed.kinds()[-3:] == ["seed-reveal", "seed-reveal", "tally"]


def test_an_election_without_a_board_is_not_found(client, town, clock):
    poll = drafted(town, clock)
    for page in ("board", "tracker", "verify"):
        assert client.get(f"/elections/{poll.id}/{page}").status_code == 404

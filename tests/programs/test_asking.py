"""What a person is asked at the terminal: passphrases are not shown, and no is no."""

import json

import pytest
from click.testing import CliRunner

from tests.programs.boards import ID
from tests.programs.hands import WORDS
from townsquare_trustee.cli import main

TERMS = ["--election", ID, "--number", "1", "--trustees", "1"]
pytestmark = pytest.mark.usefixtures("quick")


def run(*asked, typed=""):
    return CliRunner().invoke(main, [str(part) for part in asked], input=typed)


def test_a_new_passphrase_is_typed_twice_and_never_shown(tmp_path):
    file = tmp_path / "me.sealed"
    wrong = run("new", file, *TERMS, typed=f"{WORDS}\nanother one\n{WORDS}\n{WORDS}\n")
    assert wrong.exit_code == 0, wrong.output
    assert wrong.output.count("Passphrase") == 2
    assert "do not match" in wrong.output
    assert WORDS not in wrong.output
    opened = run("show", file, typed=f"{WORDS}\n")
    assert opened.exit_code == 0
    assert opened.output.count("Passphrase") == 1
    assert "trustee      1 of 1" in opened.stdout


def test_nothing_is_drawn_without_a_passphrase(tmp_path):
    file = tmp_path / "me.sealed"
    assert run("new", file, *TERMS).exit_code == 1
    assert run("new", file, *TERMS, typed="short\nshort\n").stderr.endswith(
        "five words are good.\n"
    )
    assert not file.exists()


def test_who_says_no_confirms_nothing(tmp_path):
    file, copy = tmp_path / "me.sealed", tmp_path / "copy.sealed"
    said, output = tmp_path / "said.jsonl", tmp_path / "out.jsonl"
    run("new", file, *TERMS, typed=f"{WORDS}\n{WORDS}\n")
    run("commit", file, "-o", said, typed=f"{WORDS}\n")
    run("reveal", file, said, "-o", output, typed=f"{WORDS}\n")
    said.write_bytes(said.read_bytes() + output.read_bytes())
    run("check-shares", file, said, "-o", tmp_path / "none", typed=f"{WORDS}\n")
    run("copy", file, copy, typed=f"{WORDS}\n")
    options = (file, said, "--copy", copy, "-o", tmp_path / "confirm.jsonl")
    told = run("confirm", *options, typed=f"{WORDS}\nn\n")
    assert told.exit_code == 1
    assert "Do the other trustees see the same joint key?" in told.stderr
    assert "Nothing was done." in told.stderr
    assert not (tmp_path / "confirm.jsonl").exists()
    assert run("confirm", *options, typed=f"{WORDS}\ny\n").exit_code == 0
    assert (tmp_path / "confirm.jsonl").exists()


@pytest.mark.parametrize(
    "command",
    ["new", "commit", "reveal", "share", "check-shares", "answer", "copy", "confirm", "decrypt"],
)
def test_every_command_tells_what_it_does(command):
    told = run(command, "--help")
    assert told.exit_code == 0
    assert "--passphrase-file" in told.output


CEREMONY = {
    "v": 1,
    "election": ID,
    "title": "Board",
    "mode": "threshold",
    "threshold": 2,
    "attempt": 1,
    "you": 2,
    "messages": [],
    "trustees": [{"index": at, "name": "A", "state": "invited"} for at in (1, 2, 3)],
}


def invited(folder, **other):
    """Let somebody begin with the file that they have saved from their page."""
    page = folder / "ceremony.json"
    page.write_text(json.dumps({**CEREMONY, **other}))
    return run("new", folder / "me.sealed", "--ceremony", page, typed=f"{WORDS}\n{WORDS}\n")


def test_the_file_of_the_page_says_who_one_is(tmp_path):
    told = invited(tmp_path).stdout
    assert f"election     {ID}" in told
    assert "trustee      2 of 3" in told
    assert "needed       2 (mode threshold)" in told


def test_all_are_needed_where_the_page_says_so(tmp_path):
    assert "needed       3 (mode all)" in invited(tmp_path, mode="all", threshold=3).stdout


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"you": 0}, "is no trustee"),
        ({"you": 4}, "is no trustee"),
        ({"you": "2"}, "is no trustee"),
        ({"mode": "some"}, "no file of a ceremony"),
        ({"mode": []}, "no file of a ceremony"),
        ({"threshold": "2"}, "no file of a ceremony"),
        ({"threshold": 4}, "fewer trustees than that"),
        ({"threshold": 0}, "fewer trustees than that"),
        ({"trustees": []}, "no file of a ceremony"),
        ({"trustees": [1]}, "no file of a ceremony"),
        ({"trustees": [{"index": 2}]}, "no file of a ceremony"),
        ({"election": 7}, "no id of an election"),
        ({"more": None}, "no file of a ceremony"),
    ],
)
def test_another_file_invites_nobody(tmp_path, other, why):
    told = invited(tmp_path, **other)
    assert told.exit_code == 1, told.output
    assert why in told.stderr
    assert not (tmp_path / "me.sealed").exists()

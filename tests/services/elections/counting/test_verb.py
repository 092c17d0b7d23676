"""`townsquare elections count`."""

import json

import pytest
from click.testing import CliRunner

from tests.kit.elections import FILES
from townsquare.cli import main
from townsquare.core.errors import Invalid
from townsquare.services.elections.cli import elections

WARD = str(FILES / "scotland_2017_ballots" / "inverclyde_2017_ward1.csv")


def run(*words):
    return CliRunner().invoke(elections, ["count", *words])


def test_a_ward_is_counted_on_the_command_line():
    done = run(WARD, "--rules", "scottish-2011")
    assert (done.exit_code, done.stdout.splitlines()[0]) == (
        *(0, "Inverclyde East: 4,420 papers, 3 to elect"),
    )
    assert "661 above the quota 1,106; papers move at 0.37408" in done.stdout
    assert "1128.06944        175.06944  Stephen Mccabe (3)" in done.stdout
    assert "Elected: David Wilson (5), Christopher Curley (2), Stephen Mccabe (3)" in done.stdout


def test_the_table_is_printed_in_its_canonical_form():
    deck = str(FILES / "irv_small_test_deck_99_ballots_")
    table = json.loads(run(f"{deck}cvr.xlsx", "--rules", f"{deck}rules.json", "--json").stdout)
    assert (table["elected"], len(table["stages"]), table["ballots"]) == (["11"], 14, 99)


TIED = '2 1\n1 1 0\n1 2 0\n0\n"Ada"\n"Bo"\n"Chair"\n'


def test_a_lot_or_an_order_that_was_drawn_decides_a_tie(tmp_path):
    file = tmp_path / "tied.blt"
    file.write_text(TIED)
    refused = run(str(file), "--rules", "irv")
    assert (refused.exit_code, refused.stderr) == (1, "Error: no lot has been drawn for 1, 2\n")
    done = run(str(file), "--rules", "irv", "--lot", "2, 1")
    assert "lot decides for Bo among Ada, Bo (to elect)" in done.stdout
    assert "Elected: Bo (2)" in done.stdout


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([WARD, "--rules", "coin"], "no such rules: coin; there are approval"),
        ([str(FILES / "README.md"), "--rules", "irv"], "no such kind of file: .md"),
        ([WARD], "Missing option '--rules'"),
    ],
)
def test_what_cannot_be_counted_is_told(words, why):
    done = run(*words)
    assert done.exit_code != 0
    assert why in done.stderr


def told_by(monkeypatch, capsys, *words):
    monkeypatch.setattr("sys.argv", ["townsquare", "elections", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code, capsys.readouterr().err


def test_a_wish_that_cannot_be_read_says_its_fields(tmp_path, monkeypatch, capsys):
    file = tmp_path / "tied.blt"
    file.write_text(TIED)
    words = ("import-ballots", str(file), "nowhere", "Chair One!", "--set-up")
    code, said = told_by(monkeypatch, capsys, *words)
    assert (code, said) == (1, "code: String should match pattern '^[a-z0-9_]+$'.\n")


def test_a_refusal_says_its_fields(monkeypatch, capsys):
    def refuse(**_words):
        raise Invalid(fields={"zone": "Enter a time zone such as Asia/Manila."})

    monkeypatch.setattr(elections.commands["close-due"], "callback", refuse)
    code, said = told_by(monkeypatch, capsys, "close-due")
    assert (code, said.splitlines()[1:]) == (1, ["  zone: Enter a time zone such as Asia/Manila."])

"""What operators ask of a town at the shell."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from townsquare.cli import townsquare
from townsquare.core.manual import chosen, manual
from townsquare.core.settings import Settings

COMMAND = (sys.executable, "-c", "from townsquare.cli import main; main()")
MANUAL = Path(__file__).parents[2] / "docs" / "operate" / "settings.md"


@pytest.fixture
def shell(settings, town):
    here = {
        "TOWNSQUARE_DATA": settings.data,
        "TOWNSQUARE_DATABASE": settings.database,
        "TOWNSQUARE_SECRET_KEY": settings.secret_key,
    }

    def run(*words):
        return CliRunner().invoke(townsquare, list(words), env=here)

    return run


def break_a_rule(town):
    with town.database.begin() as db:
        db.execute(
            text(
                "INSERT INTO core_file (public_id, created_at, stored, owner, purpose, name,"
                " mimetype, sha256, size) VALUES ('F', '2026-03-02', 'x', '', '', '', '', '', 0)"
            )
        )
        db.execute(
            text(
                "INSERT INTO core_import (public_id, created_at, service, kind, digest, state,"
                ' reason, file_id, mapping, dry_run, total, next_row, new, changed, "same",'
                " refused, warned, actor_id) SELECT 'R', '2026-03-02', '', '', '', 'applied', '',"
                " id, '{}', false, 1, 1, 1, 0, 0, 0, 0, 0 FROM core_file"
            )
        )


def test_the_manual_names_every_setting_as_it_is():
    assert MANUAL.read_text() == manual()


def test_no_secret_is_shown():
    shown = chosen(Settings(secret_key="hidden", mail_password="hidden", database="x:hidden@y"))
    assert "hidden" not in shown
    assert "TOWNSQUARE_ZONE=Asia/Manila" in shown


def test_a_sound_town_has_no_breaches(shell):
    answer = shell("check-invariants")
    assert (answer.exit_code, answer.output) == (0, "Everything that must hold holds.\n")


def test_a_planted_breach_is_named_and_the_exit_code_says_so(shell, town):
    break_a_rule(town)
    answer = shell("check-invariants", "--service", "core", "--json")
    assert answer.exit_code == 1
    assert json.loads(answer.output) == {"core": [{"rule": "core.import-rows", "rows": ["R"]}]}
    assert "core: core.import-rows: R" in shell("check-invariants").output


def test_an_unknown_service_is_refused(shell):
    assert shell("check-invariants", "--service", "nothing").exit_code == 2


def test_a_database_without_tables_says_what_to_do_first(settings, tmp_path):
    empty = f"sqlite:///{tmp_path}/empty.db"
    if settings.database.startswith("postgresql"):
        empty = settings.database.rpartition("/")[0] + "/postgres"
    here = {**os.environ, "TOWNSQUARE_DATA": str(tmp_path), "TOWNSQUARE_DATABASE": empty}
    told = subprocess.run([*COMMAND, "users", "list"], env=here, capture_output=True, check=False)
    assert told.returncode == 1
    assert b"run ./townsquare migrate" in told.stderr


def test_a_backup_is_made_at_the_shell(shell, tmp_path):
    answer = shell("backup", str(tmp_path / "copy"))
    assert answer.exit_code == 0
    assert (tmp_path / "copy" / "manifest.json").exists()


def test_the_search_is_rebuilt_at_the_shell(shell):
    assert shell("search", "rebuild").exit_code == 0

"""What operators ask of a town at the shell."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from tests.core.test_audit import RingBell, ring_bell
from townsquare.cli import townsquare
from townsquare.cli.audit import ExportInUse
from townsquare.core.health import newest_schema
from townsquare.core.keys import NoAuditKey
from townsquare.core.manual import chosen, manual
from townsquare.core.restoring import OtherInstallation
from townsquare.core.settings import Settings
from townsquare.core.usecase import Actor

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


@pytest.fixture
def told(town, shell):
    """A town with three entries of the audit, whose key is made."""
    with town.working(Actor(0, "operator", frozenset({"public"}))) as ctx:
        for tower in ("north", "south", "west"):
            ring_bell(ctx, RingBell(tower=tower))
    return town


@pytest.mark.engines("sqlite")
def test_a_restore_says_what_is_left_to_do(told, shell, settings, tmp_path):
    target, older = tmp_path / "copy", "2026_11_01_core_events"
    shell("backup", str(target))
    said = (target / "manifest.json").read_text()
    (target / "manifest.json").write_text(said.replace(newest_schema(), older))
    empty = tmp_path / "empty"
    here = {"TOWNSQUARE_DATA": str(empty), "TOWNSQUARE_SECRET_KEY": settings.secret_key}
    answer = CliRunner().invoke(townsquare, ["restore", str(target)], env=here)
    first, *left = answer.output.splitlines()
    assert first.startswith("As counted at 20")
    assert left == [
        "The schema is older than this release: run townsquare migrate.",
        "The audit was not verified: put its key back before the first start.",
        "It stands still: no mail and no webhook leaves it before townsquare resume.",
    ]


def test_the_audit_is_verified_at_the_shell(told, shell, tmp_path):
    assert "0 entries in their chains, 3 wait for their link" in shell("audit", "verify").output
    kept, export = tmp_path / "heads", tmp_path / "export"
    kept.write_text(shell("audit", "head").output)
    assert shell("audit", "export", str(export)).output == f"3 entries are in {export}.\n"
    for where in ([], [str(export)]):
        answer = shell("audit", "verify", "--head", str(kept), *where)
        assert (answer.exit_code, answer.output[:33]) == (0, "The audit is whole: 3 entries in ")


def test_the_first_fault_of_an_export_is_named_and_the_exit_code_says_so(told, shell, tmp_path):
    export = tmp_path / "export"
    shell("audit", "export", str(export))
    export.write_bytes(export.read_bytes().replace(b"south", b"north"))
    answer = shell("audit", "verify", str(export))
    assert answer.exit_code == 1
    assert answer.output.startswith("core, position 2, entry 2: the entry is not the one")


def test_after_a_rotation_at_the_shell_everything_verifies(told, shell, settings, tmp_path):
    before, after = tmp_path / "before", tmp_path / "after"
    shell("audit", "export", str(before))
    said = shell("audit", "rotate-key").output
    assert (str(settings.folder / "keys" / "audit-2") in said, "from the next start" in said) == (
        True,
        True,
    )
    assert shell("audit", "export", str(after)).exit_code == 0
    for export in (before, after):
        assert shell("audit", "verify", str(export)).exit_code == 0
    (settings.folder / "keys" / "audit").unlink()
    lost = shell("audit", "verify", str(after))
    assert lost.output == (
        "core, position 1, entry 1: the entry is signed with a key that is not known here.\n"
    )


@pytest.mark.engines("sqlite")
def test_another_installation_is_adopted_at_the_shell(told, shell, settings, tmp_path):
    shell("backup", str(tmp_path / "copy"))
    here = {"TOWNSQUARE_DATA": str(tmp_path / "empty"), "TOWNSQUARE_AUDIT_KEY": "cd" * 32}
    here |= {"TOWNSQUARE_SECRET_KEY": settings.secret_key}

    def restore(*words):
        return CliRunner().invoke(townsquare, ["restore", *words, str(tmp_path / "copy")], env=here)

    assert isinstance(restore().exception, OtherInstallation)
    answer = restore("--adopt")
    assert (answer.exit_code, "Another installation was taken over" in answer.output) == (0, True)


def test_an_export_writes_over_nothing_and_is_for_its_owner(told, shell, tmp_path):
    export = tmp_path / "export"
    assert shell("audit", "export", str(export)).exit_code == 0
    assert export.stat().st_mode & 0o077 == 0
    assert isinstance(shell("audit", "export", str(export)).exception, ExportInUse)


def test_without_its_key_nothing_is_said_about_an_audit(told, shell, settings):
    (settings.folder / "keys" / "audit").unlink()
    for verb in (["verify"], ["head"], ["export", "anything"]):
        assert isinstance(shell("audit", *verb).exception, NoAuditKey)
    assert not (settings.folder / "keys" / "audit").exists()


def test_the_search_is_rebuilt_at_the_shell(shell):
    assert shell("search", "rebuild").exit_code == 0

"""Keys are made once, whoever comes first, and nobody overwrites them."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from townsquare.core.console import settings_here
from townsquare.core.keys import (
    AuditKeyGiven,
    NoAuditKey,
    audit_keys,
    kept,
    known_audit_keys,
    make_next_audit_key,
)
from townsquare.core.settings import BadSettings, Settings, settings_from

AT_ONCE = 8


def test_who_starts_at_the_same_time_reads_the_same_key(tmp_path):
    ready, made = Barrier(AT_ONCE), iter(range(AT_ONCE))

    def slowly():
        ready.wait(60)  # All of them have seen that there is none.
        return f"key {next(made)}"

    with ThreadPoolExecutor(AT_ONCE) as threads:
        asked = [threads.submit(kept, tmp_path, "some", slowly) for _ in range(AT_ONCE)]
        found = {one.result(60) for one in asked}
    assert found == {kept(tmp_path, "some", slowly)}
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["some"]


def test_a_key_is_for_its_owner_alone(tmp_path):
    audit_keys(Settings(data=str(tmp_path)))
    assert (tmp_path / "keys" / "audit").stat().st_mode & 0o077 == 0
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0


def test_the_audit_key_has_32_bytes_and_stays(tmp_path):
    here = Settings(data=str(tmp_path))
    assert len(audit_keys(here).signing) == 32
    assert audit_keys(here).ids == audit_keys(here).ids == known_audit_keys(here).ids


def test_a_key_that_is_given_is_taken_and_none_is_made(tmp_path):
    given = settings_from({"TOWNSQUARE_DATA": str(tmp_path), "TOWNSQUARE_AUDIT_KEY": "ab" * 32})
    assert audit_keys(given).signing == b"\xab" * 32
    assert not (tmp_path / "keys").exists()
    with pytest.raises(BadSettings):
        settings_from({"TOWNSQUARE_AUDIT_KEY": "short"})


def test_keys_from_before_are_known_and_the_last_one_signs(tmp_path):
    told = {"TOWNSQUARE_DATA": str(tmp_path), "TOWNSQUARE_AUDIT_KEY": "cd" * 32}
    given = settings_from({**told, "TOWNSQUARE_AUDIT_KEYS_BEFORE": f"{'ab' * 32} {'ef' * 32}"})
    keys = audit_keys(given)
    assert (len(set(keys.ids)), keys.signing, keys.of("")) == (3, b"\xcd" * 32, b"\xab" * 32)
    with pytest.raises(BadSettings):
        settings_from({**told, "TOWNSQUARE_AUDIT_KEYS_BEFORE": "short"})
    with pytest.raises(AuditKeyGiven):
        make_next_audit_key(given)


def test_a_next_audit_key_signs_and_the_ones_before_stay(tmp_path):
    here = Settings(data=str(tmp_path))
    with pytest.raises(NoAuditKey):
        make_next_audit_key(here)
    first = audit_keys(here)
    for number in range(2, 12):  # By number, not by name: audit-10 comes after audit-9.
        made = make_next_audit_key(here)
        assert (made.name, made.stat().st_mode & 0o077) == (f"audit-{number}", 0)
    keys = audit_keys(here)
    assert keys.signing == bytes.fromhex(made.read_text())
    assert (keys.ids[0], keys.of(""), len(set(keys.ids))) == (first.signer, first.signing, 11)


def test_where_there_is_no_key_nothing_is_checked_with_a_new_one(tmp_path):
    with pytest.raises(NoAuditKey):
        known_audit_keys(Settings(data=str(tmp_path)))


def test_the_shell_keeps_its_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("TOWNSQUARE_DATA", str(tmp_path))
    assert settings_here().secret_key == settings_here().secret_key

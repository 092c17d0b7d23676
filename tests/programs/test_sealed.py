"""Sealed files: only the passphrase opens them, and a changed byte is a damaged file."""

import stat
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tsv1_files import sealed, storing
from tsv1_files.refusals import Refused
from tsv1_files.sealed import DamagedFile, WrongPassphrase, read_sealed, seal, unseal, write_sealed

SECRET = {"token": "ABCDE-FGHJK", "number": 7}


@pytest.fixture(scope="module")
def whole():
    return seal("trustee", SECRET, "a long passphrase")


def test_the_passphrase_opens_it_and_another_one_does_not(whole):
    assert unseal("trustee", whole, "a long passphrase") == SECRET
    with pytest.raises(WrongPassphrase, match="another passphrase sealed this file"):
        unseal("trustee", whole, "a long passphrasE")


def test_an_accent_is_the_same_however_it_is_typed(quick):
    raw = seal("trustee", SECRET, "caf\u00e9 caf\u00e9 caf\u00e9")
    assert unseal("trustee", raw, "cafe\u0301 cafe\u0301 cafe\u0301") == SECRET


def test_nothing_of_the_secret_stands_in_the_file(whole):
    assert b"ABCDE" not in whole
    assert b"passphrase" not in whole


def test_the_key_costs_what_the_annex_asks():
    assert (sealed.MEMORY, sealed.PASSES) == (64 * 1024, 3)


def test_no_two_files_are_sealed_under_one_key(quick):
    salts = {sealed.canonical.parse(seal("trustee", SECRET, "same"))["salt"] for _ in range(50)}
    assert len(salts) == 50


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_changed_byte_is_a_damaged_file(quick, whole, data):
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[at]))
    changed = whole[:at] + bytes([other]) + whole[at + 1 :]
    with pytest.raises(DamagedFile):
        unseal("trustee", changed, "a long passphrase")


@pytest.mark.parametrize("cut", [0, 1, 100, -1])
def test_a_cut_file_is_a_damaged_file(whole, cut):
    with pytest.raises(DamagedFile):
        unseal("trustee", whole[:cut], "a long passphrase")


def test_a_head_that_was_made_anew_does_not_open(quick):
    told = sealed.canonical.parse(seal("trustee", SECRET, "same"))
    told["kind"] = "authority"
    del told["sum"]
    told["sum"] = sha256(sealed.canonical.write(told)).hexdigest()
    with pytest.raises(WrongPassphrase):
        unseal("authority", sealed.canonical.write(told) + b"\n", "same")


def test_a_file_of_another_program_is_named(whole):
    with pytest.raises(Refused, match="another program"):
        unseal("authority", whole, "a long passphrase")


def test_a_file_is_its_owners_alone_and_is_not_replaced_unasked(tmp_path, quick):
    path = tmp_path / "secret"
    write_sealed(path, "trustee", SECRET, passphrase="same")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    with pytest.raises(Refused, match="is there already"):
        write_sealed(path, "trustee", SECRET, passphrase="same")
    assert path.read_bytes() == before
    write_sealed(path, "trustee", {"token": "X"}, passphrase="same", replace=True)
    assert read_sealed(path, "trustee", "same") == {"token": "X"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["secret"]


def test_a_writing_that_fails_leaves_the_file_as_it_was(tmp_path, quick, monkeypatch):
    path = tmp_path / "secret"
    write_sealed(path, "trustee", SECRET, passphrase="same")

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storing.os, "fsync", full)
    with pytest.raises(Refused, match="cannot be written: No space left"):
        write_sealed(tmp_path / "other", "trustee", SECRET, passphrase="same")
    with pytest.raises(Refused, match="cannot be written: No space left"):
        write_sealed(path, "trustee", {"token": "X"}, passphrase="same", replace=True)
    assert read_sealed(path, "trustee", "same") == SECRET
    assert [one.name for one in tmp_path.iterdir()] == ["secret"]


def test_a_sentence_names_the_file(tmp_path, whole):
    path = tmp_path / "secret"
    with pytest.raises(Refused, match="secret cannot be read: No such file"):
        read_sealed(path, "trustee", "same")
    path.write_bytes(whole[:-9])
    with pytest.raises(DamagedFile, match=r"secret: this file is damaged; take your second copy\."):
        read_sealed(path, "trustee", "same")

"""The heads of the audit are signed and kept elsewhere: a lost end and a forged file are found."""

import json
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select

from tests.core.test_audit import RingBell, ring_bell
from tests.kit.guards import drop_trigger
from townsquare.cli import townsquare
from townsquare.cli.audit import NoPlaceForHeads
from townsquare.core import heads
from townsquare.core.audit import AuditEntry, AuditKeys, AuditLink
from townsquare.core.heads import (
    KEEP_HEADS,
    NO_FOLDER,
    ForgedHeads,
    HeadsNotKept,
    KeepHeads,
    NoSigner,
    NotSigned,
    OtherSigner,
    SignedHeads,
    checked,
    heads_now,
    keep,
    keep_heads,
    public_key,
    signed,
)
from townsquare.core.jobs.queue import JobRow
from townsquare.core.jobs.running import ATTEMPTS
from townsquare.core.keys import AUDIT_KEYS, HEAD_KEY, head_key
from townsquare.core.linking import Head
from townsquare.core.marks import HEAD, age_of
from townsquare.core.verifying import OtherKey
from townsquare.core.worker import Worker

BOTH = pytest.mark.engines("sqlite", "postgresql")


@pytest.fixture
def elsewhere(tmp_path):
    """Another volume."""
    place = tmp_path / "elsewhere"
    place.mkdir()
    return place


@pytest.fixture
def settings(settings, elsewhere):
    return replace(settings, audit_heads=str(elsewhere))


@pytest.fixture
def rung(town, acting_as):
    """A town with two entries in its audit."""
    with acting_as() as ctx:
        for tower in ("north", "south"):
            ring_bell(ctx, RingBell(tower=tower))
    return town


@pytest.fixture
def shell(settings, town):
    here = {
        "TOWNSQUARE_DATA": settings.data,
        "TOWNSQUARE_DATABASE": settings.database,
        "TOWNSQUARE_SECRET_KEY": settings.secret_key,
        "TOWNSQUARE_AUDIT_HEADS": settings.audit_heads,
    }
    return lambda *words, **more: CliRunner().invoke(townsquare, list(words), env=here | more)


def known(town):
    """Return who signs for this town, and the keys of its audit."""
    return public_key(town.engines.at(HEAD_KEY)), town.engines.at(AUDIT_KEYS)


def plan(town, clock):
    """Let the night come; return what became of the job."""
    worker = Worker(town)
    worker.step()
    clock.advance(days=1)
    for _try in range(2 * ATTEMPTS):
        worker.drain()
        clock.advance(minutes=16)
    with town.sessions() as db:
        jobs = select(JobRow.state, JobRow.reason).where(JobRow.name == KEEP_HEADS.name)
        return db.execute(jobs.order_by(JobRow.id)).first()


@BOTH
def test_each_night_the_heads_are_signed_and_kept_elsewhere(rung, clock, elsewhere):
    assert plan(rung, clock).state == "done"
    first = min(elsewhere.iterdir())
    told = checked(first.read_bytes(), *known(rung))
    assert [(head.service, head.seq) for head in told.heads] == [("core", 2)]
    assert (told.town, told.at[:10]) == (rung.settings.name, "2026-03-03")
    assert age_of(rung.settings.folder, HEAD, clock()) < timedelta(days=1)


def test_without_another_place_nothing_is_done_and_the_job_says_so(rung, elsewhere):
    here = replace(rung, settings=replace(rung.settings, audit_heads=""))
    assert keep_heads(here, KeepHeads(), "") == NO_FOLDER
    assert list(elsewhere.iterdir()) == []


def test_a_place_that_is_away_is_tried_again_and_then_stands_among_the_failed(
    rung, clock, elsewhere, signed_in
):
    elsewhere.rmdir()
    job = plan(rung, clock)
    assert job.state == "dead"
    assert "The signed heads of the audit cannot be written to" in job.reason
    assert not elsewhere.exists()  # To make it would be to write on this disk.
    page = signed_in("operations.operator").client.get("/admin/operations").text
    part = page[page.index("Heads of the audit kept elsewhere") :]
    assert "never, as far as this machine knows" in part[:300]


def test_a_place_that_comes_back_is_written_to(rung, clock, elsewhere):
    elsewhere.rmdir()
    worker = Worker(rung)
    worker.step()
    clock.advance(days=1)
    worker.drain()
    elsewhere.mkdir()
    clock.advance(minutes=1)
    worker.drain()
    assert len(list(elsewhere.iterdir())) == 1


def test_a_file_is_never_written_over(rung, clock):
    made = heads_now(rung)
    keep(rung.settings, made, clock())
    with pytest.raises(HeadsNotKept, match="File exists"):
        keep(rung.settings, made, clock())


def test_the_key_is_made_once(rung, settings):
    first = head_key(settings)
    assert (head_key(settings), len(first)) == (first, 32)
    assert (settings.folder / "keys" / "heads").stat().st_mode & 0o077 == 0


FORGERIES = (
    {"heads": [Head("core", 1, "0" * 64)]},
    {"heads": []},
    {"at": "2020-01-01T00:00:00.000000Z"},
    {"town": "Other"},
    {"audit_key": "0" * 16},
    {"signature": "00" * 64},
    {"signature": "00"},
)


@pytest.mark.parametrize("forged", FORGERIES, ids=lambda forged: next(iter(forged)))
def test_whatever_is_changed_is_a_forgery(rung, forged):
    made = replace(heads_now(rung), **forged)
    with pytest.raises(ForgedHeads):
        checked(made.text(), *known(rung))


def test_a_check_that_does_not_ask_for_the_signature_is_found(rung, monkeypatch):
    """The forgeries above are found by the signature, and by nothing else."""
    from cryptography.hazmat.primitives.asymmetric import ed25519

    class Believing:
        verify = staticmethod(lambda _signature, _told: None)
        from_public_bytes = classmethod(lambda cls, _key: cls())

    monkeypatch.setattr(ed25519, "Ed25519PublicKey", Believing)
    forged = replace(heads_now(rung), heads=[])
    assert checked(forged.text(), *known(rung)).heads == []


def test_a_forger_with_a_key_of_their_own_is_found(rung):
    signer, audited = known(rung)
    rung.engines._made[HEAD_KEY.name] = b"forger" * 5 + b"\0\0"  # noqa: SLF001 (a forger does)
    forged = signed(rung, [], rung.now())
    with pytest.raises(OtherSigner):
        checked(forged.text(), signer, audited)
    with pytest.raises(ForgedHeads):
        checked(replace(forged, public_key=signer).text(), signer, audited)


def test_heads_of_another_audit_are_told_apart(rung):
    signer, _audited = known(rung)
    with pytest.raises(OtherKey):
        checked(heads_now(rung).text(), signer, AuditKeys(b"another"))


@pytest.mark.parametrize("text", [b"", b"{", b"{}", b"core 1 00", b"\xff"])
def test_what_is_no_signed_file_is_refused(rung, text):
    with pytest.raises(NotSigned):
        checked(text, *known(rung))


def test_another_format_is_refused(rung):
    with pytest.raises(NotSigned):
        checked(replace(heads_now(rung), format=2).text(), *known(rung))


def test_the_file_can_be_checked_without_us(rung):
    """As docs/operate/audit.md says: nothing but JSON and Ed25519."""
    from cryptography.hazmat.primitives.asymmetric import ed25519

    told = json.loads(heads_now(rung).text())
    signature = bytes.fromhex(told.pop("signature"))
    plain = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    key = ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(told["public_key"]))
    key.verify(signature, b"townsquare audit heads\n" + plain.encode())


def cut_off(town):
    """Take the last entry away, with its link, as the owner of the database can."""
    for table in ("core_audit", "core_audit_link"):
        drop_trigger(town, f"{table}_no_delete", table)
    with town.database.begin() as connection:
        last = connection.scalar(select(AuditLink.audit_id).order_by(AuditLink.seq.desc()))
        connection.execute(delete(AuditLink).where(AuditLink.audit_id == last))
        connection.execute(delete(AuditEntry).where(AuditEntry.id == last))


@BOTH
def test_a_lost_end_is_found_with_the_signed_heads(rung, shell):
    signer = shell("audit", "public-key").output.strip()
    kept = shell("audit", "keep-head").output.strip()
    for more in ([], ["--public-key", signer]):
        told = shell("audit", "verify", "--head", kept, *more)
        assert told.exit_code == 0
        assert told.output.startswith("The heads were signed by San Roque at ")
    cut_off(rung)
    assert shell("audit", "verify").exit_code == 0  # Nothing else shows it.
    told = shell("audit", "verify", "--head", kept)
    assert told.exit_code == 1
    assert "core, position 2: the chain ends here, before the head that was kept." in told.output


def test_the_verb_refuses_a_forged_file_and_one_without_signature(rung, shell, tmp_path):
    file = tmp_path / "heads.json"
    made = msgspec.json.decode(shell("audit", "head", "--signed").output, type=SignedHeads)
    signer = known(rung)[0].upper()
    file.write_bytes(replace(made, heads=[]).text())
    assert isinstance(shell("audit", "verify", "--head", str(file)).exception, ForgedHeads)
    file.write_text(shell("audit", "head").output)
    assert shell("audit", "verify", "--head", str(file)).exit_code == 0
    told = shell("audit", "verify", "--head", str(file), "--public-key", signer)
    assert isinstance(told.exception, NotSigned)
    assert shell("audit", "verify", "--public-key", "short").exit_code == 2


def test_where_nobody_knows_who_signs_the_public_key_is_asked_for(rung, shell, settings, tmp_path):
    export, kept = tmp_path / "export", shell("audit", "keep-head").output.strip()
    signer = shell("audit", "public-key").output.strip()
    shell("audit", "export", str(export))
    (settings.folder / "keys" / "heads").rename(tmp_path / "gone")
    there = ("audit", "verify", "--head", kept, str(export))
    assert isinstance(shell(*there).exception, NoSigner)
    assert not (settings.folder / "keys" / "heads").exists()
    assert shell(*there, "--public-key", signer).exit_code == 0
    assert isinstance(shell(*there, "--public-key", "0" * 64).exception, OtherSigner)


def test_without_a_place_the_verb_asks_for_one(rung, shell):
    told = shell("audit", "keep-head", TOWNSQUARE_AUDIT_HEADS="")
    assert isinstance(told.exception, NoPlaceForHeads)


@BOTH
def test_a_backup_keeps_its_heads_elsewhere_too(rung, shell, elsewhere, tmp_path):
    assert shell("backup", str(tmp_path / "copy")).exit_code == 0
    (kept,) = elsewhere.iterdir()
    told = checked(kept.read_bytes(), *known(rung))
    manifest = json.loads((tmp_path / "copy" / "manifest.json").read_text())
    assert [vars(head) for head in told.heads] == manifest["counted"]["heads"]


def test_a_backup_whose_heads_cannot_be_kept_says_so(rung, shell, elsewhere, tmp_path):
    elsewhere.rmdir()
    told = shell("backup", str(tmp_path / "copy"))
    assert isinstance(told.exception, HeadsNotKept)
    assert (tmp_path / "copy" / "manifest.json").exists()


def test_what_is_half_written_is_no_file_of_ours(rung, monkeypatch, elsewhere):
    """A full volume leaves a file that nobody takes for heads, and the job tries again."""

    def full(_file):
        raise OSError(28, "No space left on device")

    heads_now(rung)  # The keys are made before.
    monkeypatch.setattr(heads.os, "fsync", full)
    with pytest.raises(HeadsNotKept, match="No space left"):
        keep_heads(rung, KeepHeads(), "")
    assert age_of(rung.settings.folder, HEAD, rung.now()) is None
    assert list(elsewhere.iterdir()) == []

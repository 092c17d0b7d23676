"""Stored files: whole or not at all, under names of our own."""

import os
from errno import EINVAL, EIO
from hashlib import sha256
from io import BytesIO

import pytest

from townsquare.core.storage import (
    FILES,
    FileTooLarge,
    Sweep,
    UnknownFile,
    Upload,
    find_file,
    local_files,
    plain_name,
    store,
    sweep,
)
from townsquare.core.usecase import REGISTRY, Command, Context, use_case


class Nothing(Command):
    """No wish at all."""


@pytest.fixture
def doing(acting_as):
    """Run a step in a unit of work of its own."""

    def run(step):
        def call(ctx: Context, wish: Nothing) -> object:
            return step(ctx)

        with acting_as() as ctx:
            try:
                return use_case("tests.step", permission="public")(call)(ctx, Nothing())
            finally:
                del REGISTRY["tests.step"]

    return run


def files(settings):
    return [path for path in (settings.folder / "files").rglob("*") if path.is_file()]


def upload(content=b"bytes", name="notes.csv", **options):
    return Upload(BytesIO(content), name, "tests", **options)


def test_a_stored_file_is_the_one_that_was_sent(town, doing):
    content = b"x" * 200_000
    told = doing(lambda ctx: store(ctx, upload(content)))
    assert (told.size, told.sha256) == (200_000, sha256(content).hexdigest())
    with town.engines.at(FILES).open(told.stored) as file:
        assert file.read() == content
    assert doing(lambda ctx: find_file(ctx.db, told.public_id, purpose="tests")) == told


def test_too_large_a_file_leaves_nothing(settings, doing):
    with pytest.raises(FileTooLarge):
        doing(lambda ctx: store(ctx, upload(b"12345", limit=4)))
    assert files(settings) == []


def test_a_cut_upload_leaves_nothing(settings):
    class Cut(BytesIO):
        def read(self, _size=-1):
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        local_files(settings).keep(Cut(), 100)
    assert files(settings) == []


def test_a_file_of_another_purpose_is_not_found(doing):
    told = doing(lambda ctx: store(ctx, upload()))
    with pytest.raises(UnknownFile):
        doing(lambda ctx: find_file(ctx.db, told.public_id, purpose="others"))


def test_bytes_without_a_row_are_swept_after_a_day(town, settings, doing, clock, acting_as):
    told = doing(lambda ctx: store(ctx, upload()))
    town.engines.at(FILES).keep(BytesIO(b"orphan"), 100)
    clock.set(2100, 1, 1)
    with acting_as("core.storage.sweep") as ctx:
        assert sweep(ctx, Sweep()) == 1
    assert [path.name for path in files(settings)] == [told.stored]


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "x" * 32, "nothing"])
def test_no_name_leads_out_of_the_folder(settings, name):
    with pytest.raises(ValueError, match=r"UUID|base 16"):
        local_files(settings).open(name)


def test_what_is_gone_is_unknown_and_may_be_removed_again(settings):
    storage = local_files(settings)
    kept = storage.keep(BytesIO(b"x"), 10)
    storage.remove(kept.stored)
    storage.remove(kept.stored)
    with pytest.raises(UnknownFile):
        storage.open(kept.stored)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\notes\\García.csv", "García.csv"),
        ("../a\r\nb.txt", "ab.txt"),
        ("", "file"),
        ("ñ" * 300, "ñ" * 127),
    ],
)
def test_the_name_that_people_gave_is_kept_as_plain_data(given, kept):
    assert plain_name(given) == kept


@pytest.mark.parametrize(("number", "kept"), [(EIO, 0), (EINVAL, 1)])
def test_bytes_that_the_disk_did_not_take_are_not_kept(settings, monkeypatch, number, kept):
    def fails(_file):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fails)
    storage = local_files(settings)
    try:
        storage.keep(BytesIO(b"bytes"), 10)
    except OSError as error:
        assert (error.errno, kept) == (EIO, 0)  # noqa: PT017 (the other number is no error)
    assert len(files(settings)) == kept

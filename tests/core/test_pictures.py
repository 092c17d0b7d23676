"""Pictures that people send: what is kept of them, and what is refused before it costs anything."""

import struct
import sys
import zlib
from hashlib import sha256
from io import BytesIO
from threading import Thread

import pytest
from PIL import Image, ImageFile, PngImagePlugin

from townsquare.core import pictures
from townsquare.core.pictures import (
    LARGEST_PICTURE,
    LONGER_SIDE,
    MOST_PIXELS,
    NeedsPictures,
    NotAPicture,
    TooManyPixels,
    small,
)
from townsquare.core.storage import FileTooLarge

STREET = "12 Mango Street"
PLACE = b"GPS"
TURNED, DESCRIPTION, GPS = 0x0112, 0x010E, 0x8825
SENT = [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "1"), ("PNG", "L"), ("PNG", "I;16")]
SENT += [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("WEBP", "RGB"), ("WEBP", "RGBA")]


def noise(kind, size=(1000, 600), mode="RGB", **more):
    """Return a picture that packs badly, as a file of this kind."""
    written = BytesIO()
    Image.effect_noise(size, 90).convert(mode).save(written, kind, **more)
    return written.getvalue()


def as_kept(content):
    return Image.open(BytesIO(small(content).body))


def chunk(name, content):
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


def png(wide, high, *chunks):
    """Return a PNG that says it is so large, whatever it holds."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0))
    rows = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + rows + chunk(b"IEND", b"")


@pytest.mark.parametrize(("kind", "mode"), SENT)
def test_what_is_kept_is_small_and_of_one_kind_whatever_was_sent(kind, mode):
    kept = small(noise(kind, mode=mode))
    shown = Image.open(BytesIO(kept.body))
    assert (shown.format, shown.size) == ("WEBP", (LONGER_SIDE, 192))
    assert (kept.media, kept.sha256) == ("image/webp", sha256(kept.body).hexdigest())
    assert len(kept.body) < 64 * 1024


def test_a_small_picture_stays_as_small_and_what_is_seen_through_stays_so():
    written = BytesIO()
    Image.new("RGBA", (40, 30), (255, 0, 0, 0)).save(written, "PNG")
    kept = as_kept(written.getvalue())
    assert (kept.size, kept.convert("RGBA").getpixel((5, 5))[3]) == ((40, 30), 0)


def test_nothing_is_kept_of_where_and_by_whom_it_was_taken():
    told = Image.Exif()
    told[TURNED], told[DESCRIPTION] = 6, STREET
    told.get_ifd(GPS).update({1: "N", 2: (14.0, 35.0, 0.0)})
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", STREET)
    words.add_itxt("XML:com.adobe.xmp", f"<x>{STREET}</x>")
    also = {"exif": told, "xmp": STREET.encode()}
    for sent in (
        noise("JPEG", comment=STREET, **also),
        noise("WEBP", **also),
        noise("PNG", exif=told, pnginfo=words),
    ):
        assert STREET.encode() in sent
        kept = small(sent).body
        assert not any(word in kept for word in (STREET.encode(), b"Exif", b"EXIF", b"XMP", PLACE))
        shown = Image.open(BytesIO(kept))
        assert shown.size == (192, LONGER_SIDE)  # And yet it stands upright.
        assert dict(shown.getexif()) == {}


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "PPM", "ICO"])
def test_a_picture_of_another_kind_is_refused_whatever_its_name(kind):
    with pytest.raises(NotAPicture):
        small(noise(kind, size=(40, 30)))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00",
        b"RIFF\x1a\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00",
        noise("PNG")[:4000],
        noise("JPEG")[:4000],
        noise("WEBP")[:4000],
        png(0, 10),
    ],
    ids=[
        "empty",
        "text",
        "svg",
        "html",
        "png",
        "jpeg",
        "webp",
        "cut png",
        "cut jpeg",
        "cut webp",
        "flat",
    ],
)
def test_what_cannot_be_decoded_is_refused(content):
    with pytest.raises(NotAPicture):
        small(content)


def test_a_script_behind_a_picture_is_not_kept():
    kept = small(noise("PNG") + b"<script>alert(1)</script>").body
    assert b"script" not in kept


def bombs():
    """Few bytes that say they are many pixels; the last one says it in another place."""
    yield png(3600, 3600)
    yield png(12_000, 12_000)
    yield png(60_000, 60_000)
    jpeg = bytearray(noise("JPEG", size=(64, 64)))
    frame = jpeg.index(b"\xff\xc0") + 5
    jpeg[frame : frame + 4] = struct.pack(">HH", 65_000, 65_000)
    yield bytes(jpeg)
    whole = struct.pack("<I", 16_382)[:3]
    yield (
        b"RIFF\x30\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x10\x00\x00\x00" + whole + whole + bytes(24)
    )


@pytest.mark.parametrize("bomb", list(bombs()), ids=["png", "larger", "largest", "jpeg", "webp"])
def test_a_bomb_is_refused_before_anything_of_it_is_decoded(bomb, monkeypatch):
    def never(_picture):
        raise AssertionError

    monkeypatch.setattr(ImageFile.ImageFile, "load", never)
    assert len(bomb) < 10_000
    with pytest.raises(TooManyPixels, match="12500000 pixels"):
        small(bomb)


def test_as_many_pixels_as_may_be_are_decoded():
    written = BytesIO()
    Image.new("RGB", (MOST_PIXELS // 2500, 2500)).save(written, "PNG")
    assert as_kept(written.getvalue()).size == (LONGER_SIDE, 160)


def test_words_that_unpack_to_much_are_refused():
    packed = zlib.compress(bytes(100 * 1024 * 1024))
    with pytest.raises(NotAPicture):
        small(png(10, 10, chunk(b"zTXt", b"Comment\0\0" + packed)))


def test_a_file_that_is_too_large_is_not_looked_at():
    with pytest.raises(FileTooLarge, match="4 MB"):
        small(bytes(LARGEST_PICTURE + 1))


def test_a_town_without_the_library_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(NeedsPictures, match=r"townsquare\[pictures\]"):
        small(b"")


def test_one_at_a_time_is_decoded():
    kept = []
    sent = noise("PNG")
    waiting = Thread(target=lambda: kept.append(small(sent)))
    with pictures._ONE_AT_A_TIME:  # noqa: SLF001 (there is no other way to hold it)
        waiting.start()
        waiting.join(0.3)
        assert kept == []
    waiting.join()
    assert len(kept) == 1

"""Pictures that people send: what is kept of them, and what is refused before it costs anything."""

import struct
import sys
import zlib
from hashlib import sha256
from io import BytesIO
from subprocess import run
from threading import Thread

import pytest
from PIL import Image, ImageFile, PngImagePlugin

from townsquare.core import pictures
from townsquare.core.pictures import (
    LARGEST_PICTURE,
    LONGER_SIDE,
    MOST_MEMORY,
    MOST_PIXELS,
    SEEN_THROUGH,
    SOLID,
    TABLED,
    WEBP,
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
    with pytest.raises(TooManyPixels, match=r"more than \d+ pixels"):
        small(bomb)


def flat(kind, mode, pixels, **more):
    """Return a picture of one colour with nearly as many pixels as these, as a file."""
    written = BytesIO()
    wide = 2000 if pixels > 100_000 else 100
    grey = Image.new("L", (wide, pixels // wide), 100)
    whole = Image.new(mode, grey.size) if mode.startswith("I") else grey.convert(mode)
    if mode == "RGBA":
        whole.putpixel((0, 0), (0, 0, 0, 0))  # Else it is written as if it were solid.
    whole.save(written, kind, **more)
    return written.getvalue()


def in_several_scans(content):
    """Return a JPEG of which the first scan says that it has only one of the colours."""
    at = content.rindex(b"\xff\xda") + 4
    return content[:at] + b"\x01" + content[at + 1 :]


WHOLE, LAST = {"subsampling": 0, "progressive": True}, MOST_MEMORY
LARGEST = [  # What is just small enough, of each kind and mode.
    ("JPEG", "RGB", MOST_PIXELS, {}),
    ("JPEG", "L", MOST_PIXELS, {}),
    ("JPEG", "RGB", LAST // 8, WHOLE),
    ("JPEG", "CMYK", LAST // 10, WHOLE),
    ("PNG", "RGB", LAST // SOLID, {}),
    ("PNG", "L", LAST // SOLID, {}),
    ("PNG", "I;16", LAST // SEEN_THROUGH, {}),
    ("PNG", "RGBA", LAST // SEEN_THROUGH, {}),
    ("PNG", "LA", LAST // SEEN_THROUGH, {}),
    ("PNG", "P", LAST // SEEN_THROUGH, {}),
    ("PNG", "1", LAST // SEEN_THROUGH, {}),
    ("WEBP", "RGB", LAST // WEBP, {}),
    ("WEBP", "RGB", LAST // TABLED, {"lossless": True}),
    ("WEBP", "RGBA", LAST // TABLED, {}),
]
TAKES = """
import re, sys
from io import BytesIO
from pathlib import Path
from PIL import Image
from townsquare.core.pictures import small
about = Path("/proc/self/status")
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", about.read_text())[1]) * 1024
for kind in ("PNG", "JPEG", "WEBP"):
    first = BytesIO()
    Image.new("RGB", (9, 9)).save(first, kind)
    small(first.getvalue())
sent = sys.stdin.buffer.read()
before = peak()
small(sent)
print(peak() - before)
"""


def taken(sent):
    """Return how many bytes a process takes more while it makes this picture small."""
    told = run([sys.executable, "-c", TAKES], input=sent, capture_output=True, check=True)
    return int(told.stdout)


ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells such a peak.")


@ON_LINUX
@pytest.mark.parametrize(("kind", "mode", "pixels", "more"), LARGEST)
def test_the_largest_of_each_kind_takes_no_more_than_is_said(kind, mode, pixels, more):
    sent = flat(kind, mode, pixels, **more)
    assert taken(sent) <= MOST_MEMORY


@pytest.mark.parametrize(("kind", "mode", "pixels", "more"), LARGEST)
def test_whatever_is_larger_is_refused(kind, mode, pixels, more):
    with pytest.raises(TooManyPixels, match=f"more than {pixels} pixels"):
        small(flat(kind, mode, pixels + 2000, **more))


class Bits:
    """Bits as a WebP has them, the least one first."""

    def __init__(self):
        self.all = []

    def put(self, *pairs):
        for number, many in pairs:
            self.all += [number >> place & 1 for place in range(many)]

    def __bytes__(self):
        self.all += [0] * (-len(self.all) % 16)
        whole = int("".join(map(str, reversed(self.all))), 2)
        return whole.to_bytes(len(self.all) // 8, "little")


ONE_SIGN = ((1, 1), (0, 1), (0, 1), (0, 1))  # A table for a code with one sign.
OF_BYTES = ((0, 1), (8, 4), *[(0, 3)] * 11, (1, 3), (1, 1), (3, 3), (254, 8))  # With all of 256.


def with_tables(wide, high):
    """Return a WebP of one colour that has tables of its own for each 16 of its pixels."""
    bits, blocks = Bits(), (wide + 3) // 4 * ((high + 3) // 4)
    bits.put((0x2F, 8), (wide - 1, 14), (high - 1, 14), (0, 4), (0, 2), (1, 1), (0, 3), (0, 1))
    bits.put(*OF_BYTES, *OF_BYTES, *ONE_SIGN * 3)
    for block in range(blocks):
        bits.put(*((int(f"{part:08b}"[::-1], 2), 8) for part in (block % 256, block // 256)))
    bits.put(*ONE_SIGN * 5 * blocks)
    body = bytes(bits)
    return b"RIFF" + struct.pack("<I4s4sI", len(body) + 12, b"WEBP", b"VP8L", len(body)) + body


@ON_LINUX
def test_tables_of_a_webp_take_no_more_than_is_said():
    assert taken(with_tables(196, 196)) <= MOST_MEMORY
    sent = with_tables(800, 800)
    assert len(sent) < LARGEST_PICTURE
    with pytest.raises(TooManyPixels):
        small(sent)


def test_a_jpeg_of_a_thousand_scans_is_refused():
    sent = noise("JPEG", size=(64, 64), progressive=True)
    at = sent.rindex(b"\xff\xda")
    small(sent[:at] + sent[at:-2] * 90 + sent[-2:])
    with pytest.raises(NotAPicture):
        small(sent[:at] + sent[at:-2] * 900 + sent[-2:])


def test_a_jpeg_whose_colours_come_one_after_another_is_held_whole():
    sent = flat("JPEG", "RGB", LAST // 8 + 2000)
    small(sent)
    with pytest.raises(TooManyPixels):
        small(in_several_scans(sent))


def test_a_photo_with_a_second_one_in_its_file_is_a_photo():
    written = BytesIO()
    photo, other = (Image.new("RGB", size, "teal") for size in ((4000, 3000), (80, 60)))
    photo.save(written, "MPO", save_all=True, append_images=[other])
    assert as_kept(written.getvalue()).size == (LONGER_SIDE, 240)


def test_greys_of_sixteen_bits_stay_what_they_are():
    written = BytesIO()
    row = b"".join(struct.pack("<H", step * 4096) * 100 for step in range(16))
    Image.frombytes("I;16", (1600, 1000), row * 1000).save(written, "PNG")
    kept = as_kept(written.getvalue()).convert("L")
    seen = [kept.getpixel((step * 20 + 10, 100)) for step in range(16)]
    assert seen == [pytest.approx(step * 16, abs=3) for step in range(16)]


@pytest.mark.parametrize("parts", [1, 40], ids=["one", "many"])
def test_words_that_unpack_to_much_are_refused(parts):
    words = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(2_000_000 // parts)))
    small(noise_with(chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(50_000)))))
    with pytest.raises(NotAPicture):
        small(noise_with(*[words] * parts))


def noise_with(*chunks):
    """Return a PNG with more in it before its pixels."""
    whole = noise("PNG", size=(40, 30))
    at = whole.index(b"IDAT") - 4
    return whole[:at] + b"".join(chunks) + whole[at:]


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

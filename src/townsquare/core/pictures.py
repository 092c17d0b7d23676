"""Pictures that people send: decoded once, made small, and kept without what else they carry.

The library for it is an extra that is loaded when somebody sends the first one.
"""

from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from struct import unpack_from
from threading import Lock
from typing import TYPE_CHECKING

from townsquare.core.errors import Conflict, DomainError, Invalid
from townsquare.core.frozen import dataclass
from townsquare.core.storage import FileTooLarge
from townsquare.core.words import translatable

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "WEBP")
LARGEST_PICTURE = 4 * 1024 * 1024  # As telephones take them.
MOST_PIXELS = 12_500_000  # As telephones take them, too.
# Bytes that one of them takes at most while it is decoded and made small, beside its file.
MOST_MEMORY = 50_000_000
# Of these for each pixel, as measured (tests/core/test_pictures.py): one that is seen through, has
# a palette or 16 bits of grey is held twice, WebP four times, and a JPEG that comes in several
# passes whole beforehand.
IN_ONE_PASS, EACH_COLOUR, SOLID, SEEN_THROUGH, WEBP = 2, 2, 5, 10, 17
# WebP that loses nothing, as its transparency is kept too, may bring tables of 20 KB for each 16
# pixels, so that half a megabyte of it takes 380: of these only the smallest are read.
TABLED, WITH_TABLES = 1300, {b"VP8L", b"ALPH", b"ANMF"}
MOST_SCANS = 500  # Of a JPEG; programs write ten, and each one goes over the whole picture.
MOST_WORDS = 1024 * 1024  # Bytes of all text in a PNG, unpacked: nobody reads it, but Pillow.
LONGER_SIDE = 320  # Of what is kept: twice what pages show, for fine screens.
MEDIA, QUALITY = "image/webp", 80
# Marks of a JPEG, each behind a byte of ones.
START_OF_SCAN, PROGRESSIVE = 0xDA, (0xC2, 0xC6, 0xCA, 0xCE)
WITHOUT_LENGTH = (*range(0xC0), *range(0xD0, 0xDA), 0xFF)
_ONE_AT_A_TIME = Lock()  # However many are sent, one of them at a time takes memory.


class NotAPicture(Invalid):
    """What was sent cannot be decoded, or is of another kind."""

    code = "core.not-a-picture"
    message = translatable(
        "This is no PNG, JPEG or WebP picture that can be read; choose another file."
    )


class TooManyPixels(Invalid):
    """A picture would take more memory than any should; it was not decoded."""

    code = "core.too-many-pixels"
    message = translatable(
        "This picture has more than {most} pixels, the most for one of its kind; make it smaller,"
        " or save it as another kind."
    )


class NeedsPictures(Conflict):
    """The library for pictures is not installed."""

    code = "core.needs-pictures"
    message = translatable(
        "This needs the extra pictures: ask the people who run this town to install"
        " townsquare[pictures]."
    )


@dataclass(frozen=True)
class SmallPicture:
    """A picture as it is kept and shown: its bytes, their media type, their SHA-256."""

    body: bytes
    media: str
    sha256: str


def small(content: bytes) -> SmallPicture:
    """Return a picture as it is kept: upright, small, nothing in it but what is seen.

    Raises FileTooLarge, NotAPicture or TooManyPixels, the last before anything is decoded.
    """
    if len(content) > LARGEST_PICTURE:
        raise FileTooLarge(limit_mb=LARGEST_PICTURE // 1024 // 1024)
    try:
        from PIL import (  # noqa: PLC0415 (an extra, and 4 MB of memory)
            Image,
            PngImagePlugin,
            WebPImagePlugin,
        )
    except ModuleNotFoundError as error:
        raise NeedsPictures from error
    del WebPImagePlugin  # Known from here on; PIL looks for JPEG itself.
    PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY = MOST_WORDS
    with _ONE_AT_A_TIME:
        try:
            with Image.open(BytesIO(content), formats=FORMATS) as sent:
                _bound(sent, content)
                body = _drawn(sent)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise TooManyPixels(most=MOST_PIXELS) from error
        except DomainError:
            raise
        except Exception as error:  # Of odd bytes a decoder may say anything.
            raise NotAPicture from error
    return SmallPicture(body, MEDIA, sha256(body).hexdigest())


def _bound(sent: "Image", content: bytes) -> None:
    """Refuse by the size that a picture says it has, which no decoder goes beyond."""
    most = min(MOST_PIXELS, MOST_MEMORY // _taken(sent, content))
    if sent.width * sent.height > most:
        raise TooManyPixels(most=most)


def _taken(sent: "Image", content: bytes) -> int:
    """Return how many bytes each pixel takes."""
    if sent.format == "WEBP":
        return TABLED if WITH_TABLES & set(_chunks(content)) else WEBP
    if sent.format == "PNG":
        return SOLID if sent.mode in {"L", "RGB"} else SEEN_THROUGH
    if content.count(b"\xff\xda") > MOST_SCANS:
        raise NotAPicture
    colours = len(sent.getbands())
    return IN_ONE_PASS if _in_one_pass(content, colours) else IN_ONE_PASS + EACH_COLOUR * colours


def _chunks(content: bytes) -> Iterator[bytes]:
    """Return the names of the chunks of a WebP."""
    at = len(b"RIFF....WEBP")
    while at + 8 <= len(content):
        name, size = unpack_from("<4sI", content, at)
        yield name
        at += 8 + size + size % 2


def _in_one_pass(content: bytes, colours: int) -> bool:
    """Tell whether a JPEG tells all colours of a row together, so that rows come one by one.

    That is so where its first scan has them all and is not progressive; whatever stands before
    that scan and is odd counts as not so.
    """
    at = 2
    while content[at : at + 1] == b"\xff" and at + 5 <= len(content):
        mark, length, many = unpack_from(">BHB", content, at + 1)
        if mark == START_OF_SCAN:
            return bool(many == colours)
        if mark in PROGRESSIVE or mark in WITHOUT_LENGTH:
            return False
        at += 2 + length
    return False


def _drawn(sent: "Image") -> bytes:
    """Return what is seen of a picture, drawn on an empty one: so nothing else comes along."""
    from PIL import Image, ImageOps  # noqa: PLC0415 (as above)

    whole = _whole(sent)
    whole.thumbnail((LONGER_SIDE, LONGER_SIDE))
    upright = ImageOps.exif_transpose(whole)
    kind = "RGBA" if upright.has_transparency_data else "RGB"
    empty = Image.new(kind, upright.size)
    empty.paste(upright.convert(kind))
    written = BytesIO()
    empty.save(written, "WEBP", quality=QUALITY)
    return written.getvalue()


def _whole(sent: "Image") -> "Image":
    """Return a picture that can be made smaller, with all of its colours or greys."""
    if sent.mode in {"P", "1"}:  # What is drawn from a palette has nothing between its colours.
        return sent.convert("RGBA")
    if sent.mode.startswith("I"):  # Of 16 bits of grey those that are seen.
        return sent.point(lambda grey: grey / 256).convert("L")
    return sent

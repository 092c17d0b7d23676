"""Pictures that people send: decoded once, made small, and kept without what else they carry.

The library for it is an extra that is loaded when somebody sends the first one.
"""

from hashlib import sha256
from io import BytesIO
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
MOST_PIXELS = 12_500_000  # As telephones take them, too: 50 MB while one is decoded.
LONGER_SIDE = 320  # Of what is kept: twice what pages show, for fine screens.
MEDIA, QUALITY = "image/webp", 80
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
        "This picture has more than {most} pixels; make it smaller, and send it again."
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
        from PIL import Image, WebPImagePlugin  # noqa: PLC0415 (an extra, and 4 MB of memory)
    except ModuleNotFoundError as error:
        raise NeedsPictures from error
    del WebPImagePlugin  # Known from here on; PIL looks for the two others itself.
    with _ONE_AT_A_TIME:
        try:
            with Image.open(BytesIO(content), formats=FORMATS) as sent:
                _bound(sent)
                body = _drawn(sent)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise TooManyPixels(most=MOST_PIXELS) from error
        except DomainError:
            raise
        except Exception as error:  # Of odd bytes a decoder may say anything.
            raise NotAPicture from error
    return SmallPicture(body, MEDIA, sha256(body).hexdigest())


def _bound(sent: "Image") -> None:
    """Refuse by the size that a picture says it has, which no decoder goes beyond."""
    if sent.width * sent.height > MOST_PIXELS:
        raise TooManyPixels(most=MOST_PIXELS)


def _drawn(sent: "Image") -> bytes:
    """Return what is seen of a picture, drawn on an empty one: so nothing else comes along."""
    from PIL import Image, ImageOps  # noqa: PLC0415 (as above)

    # What is drawn from a palette has nothing between its colours.
    whole = sent.convert("RGBA") if sent.mode in {"P", "1"} else sent
    whole.thumbnail((LONGER_SIDE, LONGER_SIDE))
    upright = ImageOps.exif_transpose(whole)
    kind = "RGBA" if upright.has_transparency_data else "RGB"
    empty = Image.new(kind, upright.size)
    empty.paste(upright.convert(kind))
    written = BytesIO()
    empty.save(written, "WEBP", quality=QUALITY)
    return written.getvalue()

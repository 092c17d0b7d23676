"""Pictures that people send, drawn by code."""

from base64 import b64encode
from io import BytesIO

from PIL import Image

from tests.services.elections.polling import INES
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.nominations import FindPicture, SetPhoto, SetSymbol
from townsquare.services.elections.queries.pictures import read_picture
from townsquare.services.elections.usecases.picturing import remove_photo, set_photo, set_symbol


def drawing(kind="PNG", size=(400, 300), colour="teal", mode="RGB", **more):
    """Return a picture of one colour as a file of this kind."""
    written = BytesIO()
    Image.new("RGB", size, colour).convert(mode).save(written, kind, **more)
    return written.getvalue()


def photograph(town, candidate, who, colour="teal"):
    """Let somebody send a photo of a candidate; return its digest."""
    with town.working(who) as ctx:
        set_photo(ctx, SetPhoto(id=candidate, content=b64encode(drawing(colour=colour))))
    chosen = f"SELECT photo_hash FROM elections_candidate WHERE public_id = '{candidate}'"
    with town.database.connect() as connection:
        return connection.exec_driver_sql(chosen).scalar_one()


def unphotograph(town, candidate, who):
    with town.working(who) as ctx:
        return remove_photo(ctx, Chosen(id=candidate))


def marked(poll, party="green", colour="olive"):
    """Give a party a symbol; return its digest."""
    with poll.town.working(INES) as ctx:
        wish = SetSymbol(party=party, content=b64encode(drawing(colour=colour)))
        return set_symbol(ctx, wish).symbol


def looked_at(town, digest, who):
    """Return a picture as somebody sees it."""
    with town.working(who, reads=True) as ctx:
        return read_picture(ctx, FindPicture(digest=digest))

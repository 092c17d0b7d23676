"""What people wish of suppliers and of what they offer."""

from typing import Literal

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import (
    LONGEST_CODE,
    LONGEST_ID,
    LONGEST_NAME,
    MOST,
    SHORT_CODE,
    USUAL,
    Chosen,
    ChosenVersion,
    Code,
    Line,
    Typed,
)

SupplierState = Literal["applied", "approved", "suspended", "refused"]
LONGEST_EMAIL, LONGEST_BANK, LONGEST_ACCOUNT, YEAR = 254, 50, 60, 365
A_MILLION = 1_000_000
POINT = translatable("With a point, such as 1250.00.")


class Terms(Command):
    """How a supplier is reached and paid, and on what terms it delivers."""

    email: Line = Field(
        "",
        title=translatable("E-mail"),
        description=translatable("Orders go there."),
        max_length=LONGEST_EMAIL,
        json_schema_extra={"format": "email"},
    )
    mobile: Line = Field("", title=translatable("Phone"), max_length=SHORT_CODE)
    bank_name: Line = Field("", title=translatable("Bank"), max_length=LONGEST_BANK)
    bank_account: Line = Field(
        "",
        title=translatable("Bank account"),
        description=translatable("It is kept sealed; afterwards only its last signs are shown."),
        max_length=LONGEST_ACCOUNT,
    )
    lead_days: int = Field(0, title=translatable("Days until it delivers"), ge=0, le=YEAR)
    min_order: Typed | None = Field(None, title=translatable("Smallest order"), description=POINT)


class Named(Command):
    """What a supplier is known by."""

    number: Line = Field(title=translatable("Number"), min_length=1, max_length=SHORT_CODE)
    company: Line = Field(title=translatable("Company"), min_length=1, max_length=LONGEST_NAME)


class Renamed(ChosenVersion):
    """A supplier as it was read, perhaps with another name."""

    company: Line = Field("", title=translatable("Company"), max_length=LONGEST_NAME)


class AddSupplier(Terms, Named):
    """A wish for one more supplier; somebody else approves it."""


class ReviseSupplier(Terms, Renamed):
    """A wish to change what is named of a supplier; with another account it waits again."""


class ChooseSupplier(Chosen):
    """A wish about one supplier."""


class ApproveSupplier(Chosen):
    """A wish that the shop may buy from a supplier."""


class SuspendSupplier(Chosen):
    """A wish to buy nothing more from a supplier for now."""


class RefuseSupplier(Chosen):
    """A wish to turn a supplier down."""


class FindSuppliers(Command):
    """A wish to look through the suppliers, by number."""

    words: Line = Field("", title=translatable("Number or name"), max_length=LONGEST_NAME)
    state: SupplierState | None = Field(None, title=translatable("State"))
    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)


class OfferGoods(Chosen):
    """A wish to set in what packs and at what price a supplier sells something."""

    product: Code = Field(title=translatable("Barcode or code of the product"))
    pack_qty: int = Field(
        1,
        title=translatable("How much is in a pack"),
        description=translatable("Pieces, g or ml: 12 for a case of twelve."),
        ge=1,
        le=A_MILLION,
    )
    price: Typed = Field(title=translatable("Price of a pack"), description=POINT)
    min_packs: int = Field(1, title=translatable("Packs at least"), ge=1, le=A_MILLION)
    supplier_code: Line = Field("", title=translatable("Their code"), max_length=LONGEST_CODE)

"""What people wish of products."""

from typing import Literal

from pydantic import AwareDatetime, Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import (
    IN_BASE,
    LONGEST_CODE,
    LONGEST_ID,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST,
    SHORT_CODE,
    USUAL,
    AddressCode,
    Chosen,
    ChosenVersion,
    Code,
    Id,
    Line,
    Lines,
    Typed,
)

Sort = Literal["name", "newest"]
SoldBy = Literal["piece", "weight", "volume"]
PriceListName = Literal["standard", "GOLD", "SILVER"]
Status = Literal["draft", "active", "paused", "retired"]
LARGEST_CONTENT = 1_000_000


class FindProducts(Command):
    """A wish to find products; without words it is the whole shop, page by page."""

    words: Line = Field("", title=translatable("Name, brand or barcode"), max_length=200)
    category: Line = Field("", title=translatable("Category"), max_length=SHORT_CODE)
    brand: Line = Field("", title=translatable("Brand"), max_length=SHORT_CODE)
    available: bool = Field(default=False, title=translatable("In stock"))
    sort: Sort = Field("name", title=translatable("Order"))
    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)

    @property
    def narrowed(self) -> bool:
        """Tell whether less than the whole shop is wished."""
        return bool(self.words or self.category or self.brand or self.available)


class ChooseProduct(Command):
    """A wish about the product with this code, as its label and its page name it."""

    code: Code = Field(title=translatable("Code"))


class LookUpProduct(Command):
    """A wish about one product by its id."""

    id: Line = Field(title=translatable("Product"), min_length=1, max_length=LONGEST_CODE)


class DescribedProduct(Command):
    """What can be said of a product, and changed later."""

    name: Line = Field(title=translatable("Name"), min_length=1, max_length=LONGEST_NAME)
    size: Line = Field(
        "",
        title=translatable("Size"),
        description=translatable("As the label says it, such as 1 L or 500 g."),
        max_length=LONGEST_NAME,
    )
    category: Line = Field("", title=translatable("Category"), max_length=SHORT_CODE)
    brand: Line = Field("", title=translatable("Brand"), max_length=SHORT_CODE)
    description: Lines = Field("", title=translatable("Description"), max_length=LONGEST_TEXT)
    content_qty: int | None = Field(
        None,
        title=translatable("Content"),
        description=translatable("In g or ml, so that the price of a kilogram can be shown."),
        ge=1,
        le=LARGEST_CONTENT,
    )
    content_unit: Literal["g", "ml", "piece"] | None = Field(
        None, title=translatable("Unit of the content")
    )
    max_per_order: int | None = Field(
        None, title=translatable("At most in one order"), ge=1, le=LARGEST_CONTENT
    )


class LabelledProduct(Command):
    """What stands on the label of something new."""

    code: AddressCode = Field(
        title=translatable("Code"),
        description=translatable("On lists and in addresses, such as MILK-1L; it stays."),
    )
    barcode: Line = Field("", title=translatable("Barcode"), max_length=20)


class AddProduct(DescribedProduct, LabelledProduct):
    """A wish to sell something new."""

    sold_by: SoldBy = Field("piece", title=translatable("Sold by"))
    perishable: bool = Field(default=False, title=translatable("It has a date"))
    price: Typed | None = Field(
        None,
        title=translatable("Price"),
        description=translatable("With a point, such as 62.50: of a piece, a kilogram, a litre."),
    )


class ReviseProduct(DescribedProduct):
    """A wish to describe a product anew; what is not named stays."""

    name: Line = Field("", title=translatable("Name"), max_length=LONGEST_NAME)
    id: Id = Field(title=translatable("Product"))
    version: int = Field(title=translatable("Version"), ge=0)


class MoveProduct(ChosenVersion):
    """A wish to retire a product, or to bring it back."""


class PriceOf(Command):
    """What something costs, for how much, and why."""

    price: Typed = Field(
        title=translatable("Price"),
        description=translatable("With a point, such as 62.50."),
    )
    per_qty: int | None = Field(
        None,
        title=translatable("For how much"),
        description=translatable("In g, ml or pieces; empty for a kilogram, a litre or a piece."),
        ge=1,
        le=LARGEST_CONTENT,
    )
    min_qty: int = Field(
        1, title=translatable("From how much on"), description=IN_BASE, ge=1, le=LARGEST_CONTENT
    )
    price_list: PriceListName = Field("standard", title=translatable("For whom"))
    reason: Line = Field("", title=translatable("Why"), max_length=LONGEST_NAME)


class SetPrice(PriceOf, Chosen):
    """A wish that a product costs something else from a moment on; the old price stays known."""

    valid_from: AwareDatetime | None = Field(
        None, title=translatable("From"), description=translatable("Empty for at once.")
    )
    valid_to: AwareDatetime | None = Field(
        None, title=translatable("Until"), description=translatable("Empty for no end.")
    )


class StopProduct(Chosen):
    """A wish that a product is sold out for now, whatever the shelf says."""

    reason: Line = Field("", title=translatable("Why"), max_length=LONGEST_NAME)


class ResumeProduct(Chosen):
    """A wish that a product is sold again."""


class NumberProduct(Chosen):
    """A wish that a product is also known by a number, such as one more barcode."""

    value: Line = Field(title=translatable("Number"), min_length=1, max_length=64)
    scheme: Literal["gtin", "sku", "isbn", "supplier"] = Field(
        "gtin", title=translatable("Kind of number")
    )


class FindStaffProducts(Command):
    """A wish to look through all products, those that are not on the shelves as well."""

    words: Line = Field("", title=translatable("Name, brand or barcode"), max_length=200)
    status: Status | None = Field(None, title=translatable("State"))
    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)


class ChooseProductPrices(Chosen):
    """A wish for the prices of a product."""

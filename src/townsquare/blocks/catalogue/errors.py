"""What can go wrong with a catalogue."""

from townsquare.core.errors import Conflict, Invalid, NotFound
from townsquare.core.words import translatable


class UnknownShop(NotFound):
    """No such shop."""

    code = "catalogue.unknown-shop"
    message = translatable("There is no shop {shop}; look at the list of shops.")


class UnknownItem(NotFound):
    """No such item in this shop."""

    code = "catalogue.unknown-item"
    message = translatable("There is no item {item} in this shop; search for it by name.")


class UnknownVariant(Invalid):
    """Something was named that this shop does not have."""

    code = "catalogue.unknown-variant"
    message = translatable("This shop has no {variant}; look at the list of its goods.")


class UnknownBrand(NotFound):
    """No such brand in this shop."""

    code = "catalogue.unknown-brand"
    message = translatable("There is no brand {brand} in this shop; add it first.")


class UnknownCategory(NotFound):
    """No such category in this shop."""

    code = "catalogue.unknown-category"
    message = translatable("There is no category {category} in this shop; add it first.")


class UnknownTaxClass(NotFound):
    """No such tax class in this shop."""

    code = "catalogue.unknown-tax-class"
    message = translatable("There is no tax class {tax_class} in this shop; add it first.")


class UnknownPriceList(NotFound):
    """No such price list in this shop."""

    code = "catalogue.unknown-price-list"
    message = translatable("There is no price list {price_list} in this shop; add it first.")


class CodeTaken(Conflict):
    """Something of the same kind has this code, in whatever case."""

    code = "catalogue.code-taken"
    message = translatable("The code {taken} is used already; choose another one.")


class NameTaken(Conflict):
    """Another category in the same place has this name."""

    code = "catalogue.name-taken"
    message = translatable("There is a category {name} here already; choose another name.")


class IdentifierTaken(Conflict):
    """Another variant of the shop has this barcode or number."""

    code = "catalogue.identifier-taken"
    message = translatable("The number {value} belongs to other goods; check the label.")


class InUse(Conflict):
    """Something that others refer to cannot be deleted."""

    code = "catalogue.in-use"
    message = translatable("{what} is in use; move what refers to it first, or retire it.")


class PriceStartTaken(Conflict):
    """The list has a price of this variant from the same moment on."""

    code = "catalogue.price-start-taken"
    message = translatable(
        "This list has a price from the same moment on; let yours begin at another one."
    )


class RateStartTaken(Conflict):
    """The class has a rate from the same day on."""

    code = "catalogue.rate-start-taken"
    message = translatable("There is a rate from {valid_from} on already; choose another day.")


class NotSold(Conflict):
    """The variant is not sold at the moment, or has no price."""

    code = "catalogue.not-sold"
    message = translatable("{variant} is not sold at the moment; choose something else.")


class NoTaxRate(Conflict):
    """A class has no rate on a day."""

    code = "catalogue.no-tax-rate"
    message = translatable("The tax class {tax_class} has no rate on {on}; set one first.")


class BadCheckDigit(Invalid):
    """A barcode of the wrong length, or one that was mistyped."""

    code = "catalogue.bad-check-digit"
    message = translatable("The number {value} is not right; scan it again or check its digits.")


class CategoryLoop(Invalid):
    """A category that would stand inside itself."""

    code = "catalogue.category-loop"
    message = translatable("A category cannot stand inside itself; choose another place.")


class BadPrice(Invalid):
    """What was typed is no amount."""

    code = "catalogue.bad-price"
    message = translatable("{typed} is no amount; enter one such as 62.50.")


class TooManyDecimals(Invalid):
    """A price finer than the currency; it can be given for a larger quantity."""

    code = "catalogue.too-many-decimals"
    message = translatable(
        "{typed} has more decimals than {currency}; enter {amount} per {per_qty} instead."
    )


class LotDateRequired(Invalid):
    """Perishable goods without a lot or its date."""

    code = "catalogue.lot-date-required"
    message = translatable("{variant} is perishable; give the date until which it is good.")

"""In which order somebody walks along the shelves."""

FROZEN = "frozen"  # A word in the code of a category.


def is_frozen(category: str) -> bool:
    """Tell whether what stands in this category thaws in the basket."""
    return FROZEN in category.casefold()

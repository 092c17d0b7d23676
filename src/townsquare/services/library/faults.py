"""The points in the work of the library at which a test may let something happen."""

POINTS = (
    "library.loan.checked",
    "library.loan.written",
)

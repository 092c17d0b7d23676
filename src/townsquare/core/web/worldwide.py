"""What Babel knows of the whole world, as far as the pages of a town ask for it."""

import pickle
from pathlib import Path
from typing import Any

from babel import core

# By far the largest tables: they guess a script, or tell the languages and coins of a country.
SELDOM = ("likely_subtags", "territory_languages", "territory_currencies", "territory_aliases")


class Worldwide(dict[str, Any]):
    """Babel's tables without the seldom ones, which are read when somebody asks for them."""

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 (whatever Babel keeps)
        """Return a table; from the first seldom one on, all of them are here."""
        if key in SELDOM and key not in self:
            self.update(_whole())
        return super().get(key, default)


def keep_little() -> None:
    """Let this process keep what its pages ask for: two megabytes less for each worker."""
    babel: Any = core
    if not isinstance(babel._global_data, Worldwide):  # noqa: SLF001 (it has no other place)
        usual = {key: table for key, table in _whole().items() if key not in SELDOM}
        babel._global_data = Worldwide(usual)  # noqa: SLF001 (as above)


def _whole() -> dict[str, Any]:
    with Path(core.__file__).with_name("global.dat").open("rb") as file:
        # What Babel brought with it, read as Babel reads it.
        tables: dict[str, Any] = pickle.load(file)  # noqa: S301 # nosec B301
    return tables

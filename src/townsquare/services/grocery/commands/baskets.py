"""What people wish of past baskets."""

from pydantic import Field

from townsquare.core.frozen import dataclass
from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import LONGEST_NAME, Line, Nothing
from townsquare.services.grocery.commands.imports import LONGEST_FILE_NAME
from townsquare.services.grocery.rules.together import Pair


class StartBaskets(Command):
    """A wish to take a file of past baskets in, or to try it; `source` names where they are of."""

    file_name: Line = Field(title=translatable("File"), max_length=LONGEST_FILE_NAME)
    content: bytes = Field(title=translatable("Content"))
    source: Line = Field(title=translatable("Source"), min_length=1, max_length=LONGEST_NAME)
    total: int = Field(title=translatable("Rows"), ge=0)
    dry_run: bool = Field(default=False, title=translatable("Only try it"))


@dataclass(frozen=True)
class CountedGood:
    """A product that is to become a good; `id` is below zero where there is no good of its name."""

    id: int
    name: str
    name_key: str
    variant: int


class CountedBaskets(Nothing):
    """A wish to learn what was counted in all baskets, as they were read."""

    goods: tuple[CountedGood, ...]
    baskets: int
    pairs: tuple[Pair, ...]

"""What pages offer to choose from."""

from townsquare.core.web import looking
from townsquare.services.library.commands.authorities import FindAuthorities
from townsquare.services.library.commands.catalogue import MOST
from townsquare.services.library.queries.authorities import find_branches


def branches() -> list[tuple[str, str]]:
    """Return the houses of the library as (code, name)."""
    with looking() as ctx:
        page = find_branches(ctx, FindAuthorities.model_validate({"limit": MOST}))
    return [(branch.code, branch.name) for branch in page.branches]

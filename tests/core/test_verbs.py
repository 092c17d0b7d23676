"""The verbs of the command line."""

from townsquare.app import services_of
from townsquare.cli import VERBS


def test_a_service_is_found_where_its_manifest_says(settings):
    told = {one.name: one.cli for one in services_of(settings) if one.cli}
    assert told
    assert {name: VERBS.get(name) for name in told} == told

"""The document for programs: whatever it refers to stands in it."""

import pytest

pytestmark = pytest.mark.shown


def references(part):
    """Return every place that a part of the document refers to."""
    if isinstance(part, list):
        return {found for one in part for found in references(one)}
    if not isinstance(part, dict):
        return set()
    inside = {found for one in part.values() for found in references(one)}
    return inside | {told for told in [part.get("$ref")] if isinstance(told, str)}


def test_every_reference_leads_somewhere(client):
    document = client.get("/api/v1/openapi.json").json
    found = references(document)
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert len([one for one in found if "OpenHours" in one]) == 2  # One of each service.
    assert found - known == set()

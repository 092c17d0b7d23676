"""Loading without looking for garbage, and only while it lasts."""

import gc

import pytest

from townsquare.core.loading import loading


@pytest.fixture(autouse=True)
def thawed():
    yield
    gc.unfreeze()


def test_nothing_is_looked_for_while_loading_and_afterwards_again():
    before = gc.get_freeze_count()
    with loading():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() > before


def test_what_cannot_be_loaded_leaves_the_process_as_it_was():
    with pytest.raises(ImportError), loading():
        raise ImportError
    assert gc.isenabled()

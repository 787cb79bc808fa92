from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from cms.platform.process.process import COLLECT_AFTER, set_loaded_aside


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_what_is_loaded_is_looked_at_no_more_and_what_comes_after_is() -> None:
    loaded: list[object] = []
    set_loaded_aside()
    made: list[object] = []
    watched = {id(each) for each in gc.get_objects()}
    assert id(loaded) not in watched
    assert id(made) in watched
    assert gc.get_threshold()[0] == COLLECT_AFTER

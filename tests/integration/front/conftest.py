"""One front for all tests of the folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.front.webs import Webs, open_webs


@pytest.fixture(scope="package")
def webs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Webs]:
    with open_webs(tmp_path_factory.mktemp("front") / "loa") as found:
        yield found

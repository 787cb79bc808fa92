"""Homes of whole installations, made as ``loa init`` and ``loa demo`` make them, but for what each would make alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

from bench.demo import world as demo_world
from cms import bootstrap
from cms.platform.context import Context
from cms.platform.settings import Settings
from tests.console import CHEAP
from tests.databases import new_sqlite


@contextmanager
def prepared(settings: Settings) -> Iterator[Context]:
    """Prepare a home on a copy of the migrated database, and build its context."""
    settings.root.mkdir(parents=True, exist_ok=True)
    new_sqlite(settings.root / "loa.db")
    bootstrap.prepare(settings)
    context = bootstrap.build(settings)
    try:
        yield context
    finally:
        context.engine.dispose()


def furnish(
    context: Context, *, clusters: int = 1, audio: int = 0, say: Callable[[str], None] = lambda _: None
) -> demo_world.World:
    """Furnish the demo's world in one area; its ten people have cheap password hashes."""
    with patch.object(demo_world, "Passwords", lambda: CHEAP):
        return demo_world.furnish(context, clusters_per_area=clusters, areas=1, audio=audio, say=say)

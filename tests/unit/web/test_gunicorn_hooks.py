"""Hooks of gunicorn: the main thread of each worker is watched while the worker is to serve."""

from __future__ import annotations

from collections.abc import Callable, Collection
from types import SimpleNamespace
from typing import Any

import pytest

from cms.platform.web import gunicorn_hooks


def test_a_workers_main_thread_is_watched_until_it_is_told_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Callable[[], Collection[str]]] = []

    def watch(names: Callable[[], Collection[str]]) -> Any:
        return SimpleNamespace(start=lambda: asked.append(names))

    monkeypatch.setattr(gunicorn_hooks, "ThreadWatch", watch)
    shortened: list[float] = []
    monkeypatch.setattr("sys.setswitchinterval", shortened.append)
    worker: Any = SimpleNamespace(alive=True)
    server: Any = SimpleNamespace()
    gunicorn_hooks.post_fork(server, worker)
    serving = asked[0]()
    worker.alive = False
    assert (serving, asked[0]()) == ({"MainThread"}, ())
    assert shortened == [gunicorn_hooks.SWITCH_S]

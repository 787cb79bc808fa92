"""Ids numbered in their order."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count


def counting_ids(prefix: str) -> Callable[[], str]:
    """Return a source of ``prefix1``, ``prefix2`` …"""
    numbers = count(1)
    return lambda: f"{prefix}{next(numbers)}"

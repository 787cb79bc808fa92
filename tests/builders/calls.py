"""Calls of services: by an actor at an instant, with every right and numbered ids where nothing else is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from province.call import Authority, Call
from province.people import Actor
from tests.fakes.authority import FixedAuthority
from tests.fakes.ids import counting_ids


def call_of(
    actor: Actor, now: datetime, *, authority: Authority | None = None, new_id: Callable[[], str] | None = None
) -> Call:
    return Call(actor, authority or FixedAuthority(), now, new_id or counting_ids("x"))


def with_call(details: dict[str, Any]) -> dict[str, Any]:
    """Fold ``actor``, ``now``, and ``authority`` and ``new_id`` where named, of these details into one ``call``."""
    rest = dict(details)
    actor, now = rest.pop("actor"), rest.pop("now")
    made = call_of(actor, now, authority=rest.pop("authority", None), new_id=rest.pop("new_id", None))
    return {**rest, "call": made}

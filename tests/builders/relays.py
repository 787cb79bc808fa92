"""Relay source written by the editor and approved by the approver, for tests of screens and API."""

from __future__ import annotations

from typing import Any

from broadcast.relays.model import Licence, RelaySource, RelaySourceId, SourceKind, StreamForm
from cms.relays.service import sources
from cms.relays.service.sources import SourceDraft
from tests.console import COMMUNE, Console


def written(console: Console, *, by: str = "editor", **more: Any) -> RelaySource:
    context = console.context
    fields: dict[str, Any] = {
        "area_id": COMMUNE,
        "name": "VOV1",
        "kind": SourceKind.NATIONAL,
        "form": StreamForm.STREAM,
        "urls": ("https://stream.example/vov1.mp3",),
        "owner": "Đài Tiếng nói Việt Nam",
        "licence": Licence("12/HĐ-TS"),
    }
    return sources.write_down(
        context.uow(),
        RelaySourceId(context.new_id()),
        draft=SourceDraft(**{**fields, **more}),
        call=context.call(console.actor(by), console.clock()),
    )


def approved(console: Console, **more: Any) -> RelaySource:
    source = written(console, **more)
    return sources.approve(
        console.context.uow(),
        source.id,
        expected_version=source.version,
        call=console.context.call(console.actor("approver"), console.clock()),
    )

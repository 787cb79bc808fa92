"""Running order of a session as a station takes it, read by an independent reader of MOS."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any, Final

from bench.virtual_province.editors import PROVINCE
from broadcast.sessions.model import BroadcastSession
from broadcast.stations.model import StationId
from cms.areas.repository import Places
from cms.platform.cli.command_context import EveryRight
from cms.platform.context import Context
from cms.sessions.service.running_orders import day_of
from cms.stations.queries import programmes_for
from cms.stations.service import mos, register
from cms.stations.service.day import session_block
from cms.stations.service.register import StationDraft
from province.call import Call
from province.people import program

NEAR_MS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Story:
    """Story of a running order: its slug, and when it starts, ms UTC."""

    slug: str
    start_ms: int


class StationReader:
    """Station of the province."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def stories(self, session: BroadcastSession, on: date) -> Sequence[Story]:
        """Register the station, and have the session's running order read. Raises an error of the reader."""
        context = self._context
        call = Call(program("bench"), EveryRight(), context.now(), context.new_id)
        draft = StationDraft(PROVINCE, "Đài tỉnh", frequency_khz=95_600, power_w=500)
        station = register.register(context.uow(), StationId(context.new_id()), draft=draft, call=call)
        with context.uow.reading() as unit:
            programmes = programmes_for(unit.session, station, unit[Places].tree(), call.now)
            block = session_block(unit, station, day_of(unit, session, on, call.now), programmes)
        text = mos.running_order(block, station, message=mos.CREATE, number=1, address=lambda each: each.id)
        reader: Any = importlib.import_module("mosromgr.mostypes")
        with warnings.catch_warnings():
            # The reader tests the truth of an XML element.
            warnings.simplefilter("ignore", DeprecationWarning)
            order = reader.MosFile.from_string(text.decode())
            return [Story(each.slug, round(each.start_time.timestamp() * 1000)) for each in order.stories]


def differences(
    stories: Sequence[Story], heard_as: Sequence[str], begins: Mapping[str, Sequence[int]]
) -> Iterator[str]:
    """Yield where the running order differs from what sounded, in titles or by more than ``NEAR_MS``."""
    slugs = [each.slug for each in stories]
    if slugs != list(heard_as):
        yield f"order {slugs}"
    for each in stories:
        if (heard := begins.get(each.slug)) and abs(median(heard) - each.start_ms) > NEAR_MS:
            yield f"{each.slug} {median(heard) - each.start_ms:+.0f} ms"

"""Bulletins of a full province: one in each state that a screen shows, the first planned and on its way."""

from __future__ import annotations

from datetime import datetime, time
from typing import Final

from bench.speed import office as office_data
from bench.speed.office import Office
from broadcast.bulletins.deliveries import Delivery, DeliveryState
from broadcast.bulletins.model import Bulletin, BulletinId
from broadcast.bulletins.schedules import Schedule
from broadcast.scheduling.rescheduling import MoveEdit
from cms.bulletins.repository.bulletins import Bulletins, Transmissions
from cms.bulletins.service import review
from cms.fleet.repository.devices import Devices
from cms.schedule.queries.airings import airings_of
from cms.schedule.repository.deliveries import Deliveries
from cms.schedule.service import rescheduling
from province.areas import AreaId
from province.people import Role
from province.wall_clock import local_date

AIRS_AT: Final = (time(11), time(12, 30), time(18), time(16, 30))
"""Times of the approved, submitted, changing and draft bulletin: nothing else of the province begins then."""
_WAITING_EVERY: Final = 10
"""One device in this many has received the content that is to air, and is not ready."""


class BulletinOffice(Office):
    """Bulletins, made through the use cases that the screens call, in one province's store."""

    def subjects(self, communes: list[AreaId]) -> dict[str, dict[str, str]]:
        """Map each route argument to its possible values; the first were approved and planned before."""
        return {
            "bulletin_id": self._bulletins(),
            **office_data.furnish_office(self._context, communes, self._actors, self._aired.id),
        }

    def approve(self) -> None:
        """Approve the bulletins that are planned together with the programme."""
        self._aired = self._approved("Tin buổi sáng", AIRS_AT[0])
        self._evening = self._approved("Tin buổi tối", AIRS_AT[2])

    def _bulletins(self) -> dict[str, str]:
        self._deliver(self._aired)
        return {
            "scheduled": str(self._aired.id),
            "submitted": str(self._handed_over("Tin buổi trưa", AIRS_AT[1]).id),
            "changing": str(self._changing(self._evening.id).id),
            "draft": str(self._written("Tin buổi chiều", AIRS_AT[3]).id),
            "recorded": office_data.recorded(self._context, self._actors, self._province),
        }

    def _written(self, title: str, at: time) -> Bulletin:
        today = local_date(self._now)
        return office_data.sounded(
            self._context,
            self._actors[Role.PROVINCE_EDITOR],
            self._province,
            title=title,
            text="Kính mời bà con đi tiêm phòng.",
            topic="health",
            schedules=(Schedule("1", datetime.combine(today, at), "FREQ=DAILY;COUNT=6"),),
        )

    def _handed_over(self, title: str, at: time) -> Bulletin:
        ready = self._written(title, at)
        return review.submit(
            self._context.uow(),
            ready.id,
            expected_version=ready.version,
            call=self._call(Role.PROVINCE_EDITOR),
        )

    def _approved(self, title: str, at: time) -> Bulletin:
        waiting = self._handed_over(title, at)
        return review.approve(
            self._context.uow(),
            waiting.id,
            expected_version=waiting.version,
            call=self._call(Role.APPROVER),
        )

    def _changing(self, bulletin_id: BulletinId) -> Bulletin:
        with self._context.uow.reading() as unit:
            approved = unit[Bulletins].get(bulletin_id)
        return rescheduling.reschedule(
            self._context.uow(),
            approved.id,
            edit=MoveEdit(raise_class=True),
            expected_version=approved.version,
            call=self._call(Role.PROVINCE_EDITOR),
        )

    def _deliver(self, bulletin: Bulletin) -> None:
        """Mark the first airing ready on every device, except a few that have only received it."""
        with self._context.uow() as unit:
            airing = next(iter(airings_of(unit.session, bulletin.id)))
            (transmission,) = unit[Transmissions].of_bulletin(bulletin.id)
            devices = unit[Devices].in_areas(unit[Devices].planning_areas())
            unit[Deliveries].advance(
                Delivery(
                    each.id,
                    each.name,
                    airing.occurrence_id,
                    transmission.id,
                    DeliveryState.RECEIVED if number % _WAITING_EVERY == 0 else DeliveryState.READY,
                    self._now,
                )
                for number, each in enumerate(devices)
            )
            unit.commit()

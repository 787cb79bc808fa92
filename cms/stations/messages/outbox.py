"""Messages to stations about programmes, and the handlers of their outbox rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from sqlalchemy.orm import Session

from broadcast.bulletins.model import SoundState
from broadcast.bulletins.targeting import reaches
from broadcast.stations.model import Programme, ProgrammeId, Station
from broadcast.stations.rules import MP3, WAV, is_over
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.platform.gateway.messages import OutgoingMessage, to_ms
from cms.platform.gateway.outbox_handlers import OutboxHandler, OutboxMeans, of_subject
from cms.platform.keyring import Keyring
from cms.platform.store.kinds import OutboxKind
from cms.stations.messages.alerts import StationPublisher
from cms.stations.queries import TOLD_FOR, programmes_for, recent_programmes
from cms.stations.repository import Programmes, Stations
from devices.model import Device, DeviceId, DeviceKind
from devices.protocol import codec, topics
from devices.protocol.messages import ProgrammeNotice, ProgrammeType

_ENDLESS: Final = timedelta(days=400)
"""An endless programme is sent again long before: its rule, its sound or its licence changes within a year."""


class ProgrammePublisher:
    """Publisher of programmes over one session, which sees one moment."""

    def __init__(self, session: Session, keyring: Keyring) -> None:
        self._session = session
        self._keyring = keyring
        self._places = Places(session)

    @cached_property
    def _stations(self) -> Sequence[Station]:
        return Stations(self._session).all()

    @cached_property
    def _in_service(self) -> frozenset[DeviceId]:
        devices = Devices(self._session, self._places)
        return frozenset(each.id for each in devices.of_kind(DeviceKind.STATION))

    def letters(self, programme_id: str, now: datetime) -> Sequence[OutgoingMessage]:
        """Build the messages for every station with a receiver: the notice if it is targeted, else an empty one.

        Raises:
            NotFoundError: no such programme.
        """
        programme = Programmes(self._session).get(ProgrammeId(programme_id))
        if programme.sound.state is not SoundState.READY and programme.killed_at is None:
            return []
        meant = self._receivers(programme)
        known = dict.fromkeys(each.device_id for each in self._stations if each.device_id is not None)
        return [self._letter(programme, device_id, now, is_meant=device_id in meant) for device_id in known]

    def of_receiver(self, device_id: DeviceId, now: datetime) -> Sequence[OutgoingMessage]:
        """Build every message that may be retained for this device: the notice if it is targeted, else an empty one."""
        told = [each for each in recent_programmes(self._session, now) if each.sound.rendition(WAV) is not None]
        return [self._letter(each, device_id, now, is_meant=device_id in self._receivers(each)) for each in told]

    def missed(self, device: Device, now: datetime) -> Sequence[OutgoingMessage]:
        """Build the notices for a reconnected receiver: every programme of its stations, withdrawn ones first."""
        mine = [each for each in self._stations if each.device_id == device.id]
        found = {
            each.id: each
            for station in mine
            for each in programmes_for(self._session, station, self._places.tree(), now)
        }
        told = sorted(found.values(), key=lambda each: each.killed_at is None)
        notices = (self._notice(each, device.id, now) for each in told)
        return [notice for notice in notices if notice is not None]

    def _receivers(self, programme: Programme) -> set[DeviceId]:
        """Return the receivers in service of the stations that it targets."""
        meant = [each for each in self._stations if reaches(programme.targets, self._places.tree(), each.area_id)]
        return {each.device_id for each in meant if each.device_id in self._in_service}

    def _letter(self, programme: Programme, device_id: DeviceId, now: datetime, *, is_meant: bool) -> OutgoingMessage:
        notice = self._notice(programme, device_id, now) if is_meant else None
        return notice or OutgoingMessage(_topic(device_id, programme.id), b"", retain=True)

    def _notice(self, programme: Programme, device_id: DeviceId, now: datetime) -> OutgoingMessage | None:
        """Build the notice; None if it was never made, or no receiver can hold it any more."""
        wav, mp3 = programme.sound.rendition(WAV), programme.sound.rendition(MP3)
        if wav is None or mp3 is None:
            return None
        is_killed = programme.killed_at is not None
        reported_at = programme.killed_at or programme.changed_at
        exp_at = reported_at + TOLD_FOR if is_killed else programme.kill_at or reported_at + _ENDLESS
        if exp_at <= now or (not is_killed and is_over(programme, now)):
            return None
        body = ProgrammeNotice(
            v=codec.VERSION,
            device=device_id,
            programme=programme.id,
            type=ProgrammeType.KILLED if is_killed else ProgrammeType.READY,
            ver=programme.version,
            iat=to_ms(reported_at),
            exp=to_ms(exp_at),
            sha256=wav.sha256,
            bytes=wav.bytes,
            mp3=mp3.sha256,
            mp3_bytes=mp3.bytes,
            start=to_ms(programme.start_at),
            end=0 if programme.end_at is None else to_ms(programme.end_at),
            head=programme.title[:300],
        )
        expiry_s = max(1, int((exp_at - now).total_seconds()))
        payload = self._keyring.sign_plan(body)
        return OutgoingMessage(_topic(device_id, programme.id), payload, retain=True, expiry_s=expiry_s)


def _topic(device_id: DeviceId, programme_id: ProgrammeId) -> str:
    return topics.device_programme(device_id, programme_id)


@dataclass(frozen=True, slots=True)
class ReceiverPublisher:
    """Publisher of a receiver's CAP documents and programmes."""

    documents: StationPublisher
    programmes: ProgrammePublisher

    def letters(self, device_id: str, now: datetime) -> Sequence[OutgoingMessage]:
        """Build all its messages by what the store holds now; sending them twice does no harm.

        Raises:
            NotFoundError: no such device.
        """
        device = DeviceId(device_id)
        return [*self.documents.of_receiver(device, now), *self.programmes.of_receiver(device, now)]


class StationMessages:
    """Publishers over one session, which sees one moment."""

    def __init__(self, means: OutboxMeans) -> None:
        keyring = means.context.keyring
        self._documents = StationPublisher(means.session, keyring, means.context.content)
        self._programmes = ProgrammePublisher(means.session, keyring)

    @property
    def by_kind(self) -> Mapping[OutboxKind, OutboxHandler]:
        """Handlers of the rows about what stations are told."""
        return {
            OutboxKind.STATIONS: of_subject(self._documents.letters),
            OutboxKind.PROGRAMME: of_subject(self._programmes.letters),
            OutboxKind.RECEIVER: of_subject(ReceiverPublisher(self._documents, self._programmes).letters),
        }

    def missed(self, station: Device, now: datetime) -> Sequence[OutgoingMessage]:
        """Build the notices for a station's receiver that has just reconnected."""
        return [*self._documents.missed(station, now), *self._programmes.missed(station, now)]


def handlers(means: OutboxMeans) -> Mapping[OutboxKind, OutboxHandler]:
    """Return the handlers of rows about what stations are told."""
    return StationMessages(means).by_kind

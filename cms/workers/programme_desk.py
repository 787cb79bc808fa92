"""What stations' receivers are told of programmes, by what the store holds at the moment of sending.

The bytes are the same on every sending, so that one told twice, or again at sync, has nothing to undo.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from broadcast.model.bulletins import SoundState
from broadcast.model.stations import Programme, ProgrammeId
from broadcast.stations import MP3, WAV, is_over
from broadcast.targeting import reaches
from cms.keyring import Keyring
from cms.store.places import SqlPlaces
from cms.store.queries.stations import TOLD_FOR, programmes_for
from cms.store.stations import SqlProgrammes, SqlStations
from cms.workers.letters import Letter, to_ms
from devices.model import Device, DeviceId
from devices.protocol import codec, topics
from devices.protocol.messages import ProgrammeNotice, ProgrammeType

_ENDLESS: Final = timedelta(days=400)
"""What has no end is told again long before: its rule, its sound or its licence changes within a year."""


class ProgrammeDesk:
    """Reads in one session, which sees one moment."""

    def __init__(self, session: Session, keyring: Keyring) -> None:
        self._session = session
        self._keyring = keyring

    def letters(self, programme_id: str, now: datetime) -> Sequence[Letter]:
        """To every station with a receiver: the notice where it is meant, and nothing where it is not any more.

        Raises:
            NotFoundError: no such programme.
        """
        programme = SqlProgrammes(self._session).get(ProgrammeId(programme_id))
        if programme.sound.state is not SoundState.READY and programme.killed_at is None:
            return []
        tree = SqlPlaces(self._session).tree()
        found: list[Letter] = []
        for station in SqlStations(self._session).all():
            if station.device_id is None:
                continue
            is_meant = reaches(programme.targets, tree, station.area_id)
            notice = self._notice(programme, station.device_id, now) if is_meant else None
            found.append(notice or Letter(_topic(station.device_id, programme.id), b"", retain=True))
        return found

    def missed(self, device: Device, now: datetime) -> Sequence[Letter]:
        """For a receiver that has just come back: every programme of its stations, what is taken back first."""
        tree = SqlPlaces(self._session).tree()
        mine = [each for each in SqlStations(self._session).all() if each.device_id == device.id]
        found = {each.id: each for station in mine for each in programmes_for(self._session, station, tree, now)}
        told = sorted(found.values(), key=lambda each: each.killed_at is None)
        notices = (self._notice(each, device.id, now) for each in told)
        return [notice for notice in notices if notice is not None]

    def _notice(self, programme: Programme, device_id: DeviceId, now: datetime) -> Letter | None:
        """None where there is nothing to tell: it was never made, or nobody can hold it any more."""
        wav, mp3 = programme.sound.rendition(WAV), programme.sound.rendition(MP3)
        if wav is None or mp3 is None:
            return None
        is_killed = programme.killed_at is not None
        told_at = programme.killed_at or programme.changed_at
        exp_at = told_at + TOLD_FOR if is_killed else programme.kill_at or told_at + _ENDLESS
        if exp_at <= now or (not is_killed and is_over(programme, now)):
            return None
        body = ProgrammeNotice(
            v=codec.VERSION,
            device=device_id,
            programme=programme.id,
            type=ProgrammeType.KILLED if is_killed else ProgrammeType.READY,
            ver=programme.version,
            iat=to_ms(told_at),
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
        payload = self._keyring.sign_plan(codec.encode(body))
        return Letter(_topic(device_id, programme.id), payload, retain=True, expiry_s=expiry_s)


def _topic(device_id: DeviceId, programme_id: ProgrammeId) -> str:
    return topics.device_programme(device_id, programme_id)

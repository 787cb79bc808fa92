"""Worker jobs for recorded live addresses, with real tools: a chime in front, or the reason of a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcast.bulletins.model import SoundState
from broadcast.live.model import LiveSession
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.live.jobs import MakeAddress
from cms.live.repository import LiveSessions
from cms.live.service import held_addresses
from cms.platform.store.kinds import JobKind
from cms.platform.worker.runner import Runner
from media.chime import CHIMED_MS
from media.editing import PydubEditing
from media.ffmpeg import FfmpegTools
from tests.builders.calls import call_of
from tests.builders.in_memory.live_addresses import LIVE
from tests.contract.jobs.test_sound import NOW, SoundJobs
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AREAS, AUTHOR, C1, device
from tests.integration.media.sounds import Wave, bursts, chords, write_wav


class AddressJobs(SoundJobs):
    """Small province with a worker that makes addresses."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder
        making = MakeAddress(self.store, FfmpegTools(), PydubEditing(), self.workdir)
        self.maker = Runner(self.units, {JobKind.MAKE_ADDRESS: making}, lease_s=30)
        self.rights = FixedAuthority()
        with self.units() as unit:
            unit[Places].add(AREAS)
            unit[Devices].add(device("l1", C1))
            unit.commit()

    def say(self, sound: Wave) -> LiveSession:
        call = call_of(AUTHOR, NOW, authority=self.rights)
        held_addresses.hold(self.units(), LIVE.id, areas=[C1], topic="Nhắc", call=call)
        sha256 = self.store.put_file(write_wav(self.folder / "a.wav", sound))
        said = held_addresses.record(self.units(), LIVE.id, sha256=sha256, call=call)
        assert said.sound is not None
        self.maker.run(said.sound.job_id)
        with self.units() as unit:
            return unit[LiveSessions].get(LIVE.id)


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[AddressJobs]:
    jobs = AddressJobs(tmp_path)
    yield jobs
    jobs.engine.dispose()


def test_what_was_said_is_heard_after_a_chime_at_the_loudness_of_everything(jobs: AddressJobs) -> None:
    made = jobs.say(chords(0.1, seconds=4.0))
    sound, heard = made.sound, held_addresses.device_sound_of(made)
    assert made.is_ready
    assert sound is not None
    assert heard is not None
    assert heard.duration_ms > 3_000 + CHIMED_MS
    assert sound.chime_ms == CHIMED_MS
    assert sound.loudness_lufs == pytest.approx(-16.0, abs=1.0)
    assert sound.rendition("browser-mp3") is not None
    assert list(jobs.workdir.iterdir()) == []


def test_silence_is_not_taken_and_says_why(jobs: AddressJobs) -> None:
    made = jobs.say(bursts(-120, seconds=3.0))
    assert made.sound is not None
    assert (made.sound.state, made.sound.error) == (SoundState.FAILED, "AUDIO_REFUSED:SILENT")

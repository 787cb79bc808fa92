from __future__ import annotations

import pytest

from cms.platform.web import messages, sound_refusals
from cms.platform.worker.sound_jobs import code_of
from media.errors import REASONS, RefusedAudioError
from tests.console import Console

DEFECT = "nếu vẫn lỗi, báo kỹ thuật viên"


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_a_recording_is_refused_for_is_said_in_both_languages(console: Console, reason: str) -> None:
    said = {}
    for language in ("vi", "en"):
        with console.app.test_request_context("/", headers={"Accept-Language": language}):
            said[language] = messages.failure(code_of(RefusedAudioError(reason)))
            beside = messages.problem_sentence(sound_refusals.problem_of(RefusedAudioError(reason)))
            assert beside == said[language], "at the field as on the bulletin's page"

    assert said["vi"] != said["en"]
    assert DEFECT not in said["vi"]
    assert reason not in said["vi"] + said["en"]
    assert "%(" not in said["vi"] + said["en"]

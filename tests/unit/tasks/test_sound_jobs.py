from __future__ import annotations

import pytest

from cms.platform.worker.runner import JobDelayedError, JobFailedError
from cms.platform.worker.sound_jobs import sorted_by_remedy
from media.errors import ContentAwayError, ContentMissingError


def test_a_store_that_is_away_delays_a_job_and_content_that_is_gone_fails_it() -> None:
    with pytest.raises(JobDelayedError), sorted_by_remedy():
        raise ContentAwayError
    with pytest.raises(JobFailedError), sorted_by_remedy():
        raise ContentMissingError("0" * 64)

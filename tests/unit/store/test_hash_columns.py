from __future__ import annotations

from cms.bulletins.repository.sharing import hash_columns


def test_whatever_a_recording_is_used_by_is_looked_through_before_one_is_deleted() -> None:
    """Columns are found by name and shape: a new table that names content is included without a change here."""
    found = {f"{column.table.name}.{column.key}" for column in hash_columns()}
    assert found >= {
        "alerts.wordings",
        "bulletins.original_sha256",
        "bulletins.sound",
        "chimes.candidate_sha256",
        "chimes.sound",
        "jobs.payload",
        "live_sessions.recording",
        "live_sessions.sound",
        "offers.original_sha256",
        "phrases.candidate_sha256",
        "phrases.sha256",
        "transmissions.frames",
        "transmissions.rendition",
    }
    assert not {name for name in found if name.startswith(("events.", "sent_recordings."))}

"""Files by which a process with one active instance tells its state; cheap to import."""

from pathlib import Path

from cms.platform.settings import Settings


def ready_file(settings: Settings, name: str) -> Path:
    """Return the path of the file that exists while the process of this name works."""
    return settings.run_dir / f"{name}.ready"


def standby_file(lock: Path) -> Path:
    """Return the path of the file that exists while an instance waits for this lock, with everything loaded."""
    return lock.with_suffix(".standby")

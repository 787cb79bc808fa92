"""``loa audit``: a changed, a cut and a re-made log are detected."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, delete, select, update

from cms.audit import jobs
from cms.platform.cli import main
from cms.platform.settings import Settings
from cms.platform.store import chain
from cms.platform.store.engine import make_engine
from cms.platform.store.tables import EventRow
from cms.platform.store.uow import make_uow_factory
from province.events import Event
from province.machine_clock import utc_now
from tests.databases import new_sqlite


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    home.mkdir(mode=0o700)
    new_sqlite(home / "loa.db")
    assert loa("users", "list").exit_code == 0
    engine = make_engine(Settings().effective_database_url)
    units = make_uow_factory(engine)
    for number in range(30):
        with units() as unit:
            unit.record(Event("user.signed_in", f"u-{number}", utc_now(), f"u-{number}", "Lan", {"source": "x"}))
            unit.commit()
    assert home.exists()
    yield engine
    engine.dispose()


def loa(*words: str) -> Result:
    return CliRunner().invoke(main, ["audit", *words] if words[0] in {"verify", "export", "anchor"} else list(words))


def change(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(update(EventRow).where(EventRow.seq == 7).values(by_name="Hoa"))


def cut(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(delete(EventRow).where(EventRow.seq > 20))


def make_again(engine: Engine) -> None:
    """Rename a line's author, and compute the whole chain again."""
    with engine.begin() as connection:
        connection.execute(update(EventRow).where(EventRow.seq == 7).values(by_name="Hoa"))
        previous = chain.GENESIS
        for row in connection.execute(select(EventRow).order_by(EventRow.seq)).all():
            event = Event(row.name, row.subject_id, row.at, row.by, row.by_name)
            linked = chain.link(previous, row.seq, event, row.detail)
            connection.execute(
                update(EventRow).where(EventRow.seq == row.seq).values(previous_hash=previous, hash=linked)
            )
            previous = linked


def test_a_whole_log_is_verified(engine: Engine) -> None:
    del engine
    before = loa("verify")
    assert (before.exit_code, "no anchor yet" in before.output) == (0, True)
    assert loa("anchor").exit_code == 0
    after = loa("verify")
    assert (after.exit_code, "30 events" in after.output, "1 anchors hold" in after.output) == (0, True, True)


@pytest.mark.parametrize(
    ("harm", "sentence"), [(change, "line 7 does not hold"), (cut, "is gone"), (make_again, "was written again")]
)
def test_what_was_changed_cut_or_made_again_is_seen(
    engine: Engine, harm: Callable[[Engine], None], sentence: str
) -> None:
    assert loa("anchor").exit_code == 0
    harm(engine)
    found = loa("verify")
    assert (found.exit_code, sentence in found.output) == (1, True), found.output


def test_an_anchor_that_was_changed_is_seen_and_a_copy_is_good_enough(engine: Engine, home: Path) -> None:
    line = loa("anchor").output.split()[-1]
    copy = home / "journal.log"
    copy.write_text(f"Nov 24 09:00:00 loa scheduler INFO audit.anchored {line}\n")
    assert loa("verify", "--anchors", str(copy)).exit_code == 0
    own = jobs.file_of(Settings())
    own.write_text(line[:-4] + "AAAA\n")
    assert "not signed by our key" in loa("verify").output
    cut(engine)
    assert loa("verify", "--anchors", str(copy)).exit_code == 1


def test_the_log_is_exported_with_its_hashes(engine: Engine) -> None:
    del engine
    lines = [json.loads(line) for line in loa("export", "--from", "3", "--to", "5").output.splitlines()]
    assert [line["seq"] for line in lines] == [3, 4, 5]
    assert lines[1]["previous_hash"] == lines[0]["hash"]
    assert lines[0]["detail"] == {"source": "x"}
    assert loa("export", "--since", "2999-01-01").output == ""
    assert len(loa("export", "--until", "2999-01-01").output.splitlines()) == 30

"""``loa as-run`` as an operator types it."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from cms import bootstrap
from cms.platform.settings import Settings
from cms.platform.store.uow import make_uow_factory
from cms.schedule.repository.deliveries import Deliveries
from tests.integration.cli.test_commands import Terminal
from tests.integration.store.test_as_run_chain import run


def stored(*damage: str) -> None:
    """Store two records in the log of the terminal's installation, and then apply the damage."""
    settings = Settings()
    bootstrap.prepare(settings)
    context = bootstrap.build(settings)
    with make_uow_factory(context.engine)() as unit:
        unit[Deliveries].record([run(1), run(2)])
        unit.commit()
    with context.engine.begin() as connection:
        for statement in damage:
            connection.execute(text(statement))
    context.engine.dispose()


def test_a_whole_log_is_told_with_its_head(terminal: Terminal) -> None:
    stored()
    (output,) = terminal.ok("as-run", "verify")
    assert output.startswith("2 records, all sealed; head ")
    head = output.rsplit(" ", 1)[-1]
    assert terminal.ok("as-run", "verify", "--head", head) == [output]
    assert "cut off or replaced" in terminal.refused("as-run", "verify", "--head", "0" * 64)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE as_runs SET title = 'khác' WHERE record_id = 'r2'", "seal 2 of 2 does not hold"),
        ("DELETE FROM as_run_seals WHERE seq = 2", "1 records are in no seal"),
    ],
)
def test_a_changed_log_is_refused(terminal: Terminal, damage: str, said: str) -> None:
    stored(damage)
    assert said in terminal.refused("as-run", "verify")

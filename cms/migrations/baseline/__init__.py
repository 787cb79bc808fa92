"""Operations of the baseline revision, one module per subject.

Frozen: a later change of the schema is a revision of its own in ``cms/migrations/versions``.
"""

from typing import Final

from cms.migrations.baseline import (
    alerts,
    commands,
    exchange,
    fleet,
    health,
    live,
    people,
    places,
    programme,
    public,
    reports,
    sounds,
    stations,
    tickets,
    work,
)

_SUBJECTS: Final = (
    places,
    people,
    work,
    fleet,
    commands,
    health,
    tickets,
    sounds,
    programme,
    public,
    live,
    stations,
    alerts,
    exchange,
    reports,
)
"""Tables that a foreign key refers to come before the tables that refer to them."""


def create_schema() -> None:
    for subject in _SUBJECTS:
        subject.create_tables()

"""Operations of the baseline revision, one module per subject.

Frozen: a later change of the schema is a revision of its own in ``cms/migrations/versions``.
"""

from importlib import import_module
from typing import Final

_SUBJECTS: Final = (
    *("places", "people", "work", "fleet", "commands", "health", "tickets", "sounds", "programme", "public", "live"),
    *("stations", "alerts", "exchange", "reports"),
)
"""Tables that a foreign key refers to come before the tables that refer to them."""


def create_schema() -> None:
    for subject in _SUBJECTS:
        import_module(f"{__name__}.{subject}").create_tables()

"""Metadata of the store: whole in every process, whichever of its modules it happens to import."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cms.tables import Base

LISTED = "print(*sorted(Base.metadata.tables))"


@pytest.mark.parametrize("importer", ["cms.bulletins.repository.sharing", "cms.platform.store.uow"])
def test_no_table_is_missing_where_only_this_module_was_imported(importer: str) -> None:
    script = f"import {importer}\nfrom cms.platform.store.columns import Base\n{LISTED}"
    said = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    assert said.split() == sorted(Base.metadata.tables)

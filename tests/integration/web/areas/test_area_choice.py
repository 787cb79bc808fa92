"""Lists of areas to choose from, in a province whose tree has hamlets."""

from __future__ import annotations

from datetime import date

import pytest

from cms.areas.repository import Places
from province.areas import Area, AreaId
from tests.console import COMMUNE, Console

HAMLETS = 500
"""More than a page of any other list holds."""


@pytest.mark.parametrize(
    ("login", "address"),
    [
        ("technician", "/firmware/rollouts/new"),
        ("technician", "/duties"),
        ("technician", "/devices/register"),
        ("editor", "/words"),
        ("editor", "/templates"),
        ("editor", "/chimes"),
        ("editor", "/relay-sources/new"),
        ("approver", "/slots"),
    ],
)
def test_the_last_hamlet_can_be_chosen_as_the_first(console: Console, login: str, address: str) -> None:
    names = [f"thon-{number:03d}" for number in range(HAMLETS)]
    with console.context.uow() as unit:
        unit[Places].add([Area(AreaId(name), name, "thon", COMMUNE, date(2020, 1, 1)) for name in names])
        unit.commit()
    page = console.client(login).get(address).text
    assert {f'value="{name}"' in page for name in names} == {True}

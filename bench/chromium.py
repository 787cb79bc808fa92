"""Chromium without a screen, which benchmarks drive."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DEADLINE_MS: Final = 120_000
"""Limit of any wait for a page, on a machine under load."""


@contextmanager
def running_chromium(executable: str) -> Iterator[Browser]:
    """Run the browser. Raises click.ClickException where it is not installed."""
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415 - a tool of developers, not on a server

    path = shutil.which(executable)
    if path is None:
        raise click.ClickException(f"no browser {executable} is installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        expect.set_options(timeout=DEADLINE_MS)
        yield chromium
        chromium.close()

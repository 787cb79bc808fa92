"""``python -m bench.virtual_province.session``: a session on a fleet, a table for people, one line of JSON."""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import click

from bench.virtual_province.editors import Settlement
from bench.virtual_province.session.run import SessionRun


@click.command()
@click.option("--devices", default=200, show_default=True, type=click.IntRange(1, 5000))
@click.option("--communes", default=8, show_default=True, type=click.IntRange(1, 99))
@click.option("--seed", default=1, show_default=True)
def main(*, devices: int, communes: int, seed: int) -> None:
    """Air a session of five items and a relay, one not approved and one withdrawn, and a session with an alert."""
    logging.basicConfig(level=logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="loa-session-") as home:
        found = SessionRun(Settlement(communes, devices), Path(home), seed).run()
    click.echo(f"{found.devices} devices, {found.soundings} soundings, {len(found.order_wrong)} in another order")
    click.echo(f"longest gap {found.gap_ms} ms, in the place of the withdrawn item {found.moved_up_ms} ms")
    click.echo(f"relay beside its time by {found.anchor_ms} ms, devices apart by {found.skew_ms} ms")
    cut = f"{len(found.cut_wrong)} in another order, parts beside the length by {found.cut_ms} ms"
    click.echo(f"item cut by an alert: {cut}, silence after the alert {found.resumed_ms} ms")
    click.echo(f"running order by MOS: {'; '.join(found.mos_wrong) or 'as it sounded'}")
    click.echo(json.dumps({"ok": found.is_ok, **asdict(found)}))
    sys.exit(0 if found.is_ok else 1)


if __name__ == "__main__":
    main()

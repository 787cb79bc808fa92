"""The ``loa`` command. Each group is imported when it is called, so that help answers at once."""

import importlib
import importlib.util
import logging

import click

from cms.features import FEATURES
from cms.platform.process.logs import fold_root
from cms.platform.settings import Settings

_COMMANDS = {
    "up": ("cms.platform.cli.up", "up"),
    "init": ("cms.platform.cli.up", "init"),
    "gateway": ("cms.platform.cli.up", "gateway"),
    "scheduler": ("cms.platform.cli.up", "scheduler"),
    "brokers": ("cms.platform.cli.up", "brokers"),
    "certificates": ("cms.platform.cli.up", "certificates"),
    "run": ("cms.platform.cli.up", "run"),
    "demo": ("bench.demo.command", "demo"),
    "air-session": ("bench.virtual_time", "air_session"),
    "chaos": ("bench.chaos.processes", "chaos"),
    "chaos-alert": ("bench.chaos.alert", "chaos_alert"),
    "chaos-failover": ("bench.chaos.failover", "chaos_failover"),
    "chaos-notify": ("bench.chaos.notifications", "chaos_notify"),
    "chaos-revoke": ("bench.chaos.revocation", "chaos_revoke"),
    "chaos-restore": ("bench.virtual_time", "chaos_restore"),
    "chaos-storm": ("bench.virtual_time", "chaos_storm"),
    "chaos-update": ("bench.chaos.update", "chaos_update"),
    "cap-fuzz": ("bench.cap_fuzz", "fuzz_command"),
    "month": ("bench.virtual_time", "month"),
    "backup": ("cms.platform.cli.backup", "backup"),
    "replicator": ("cms.platform.cli.backup", "replicator"),
    "restore": ("cms.platform.cli.backup", "restore"),
    "update": ("cms.platform.cli.update", "update"),
    "keys": ("cms.platform.cli.keys", "keys"),
    "clock": ("cms.platform.cli.clock", "clock"),
    "bench": ("bench.speed.commands", "bench"),
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(_available())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        commands = _available()
        if cmd_name not in commands:
            return None
        module, name = commands[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


def _available() -> dict[str, tuple[str, str]]:
    """List the commands of this installation: benchmarks, chaos and demo are in a clone, not in an installed server."""
    has_bench = importlib.util.find_spec("bench") is not None
    ours = {name: where for name, where in _COMMANDS.items() if has_bench or not where[0].startswith("bench.")}
    return {**ours, **{name: where for feature in FEATURES for name, where in feature.located_commands()}}


@click.group(cls=_Lazy)
def main() -> None:
    """Loa: the province's grassroots-information source system.

    All state lives under LOA_HOME (default ./var); docs/settings.md lists every setting.
    """
    # It tells at INFO, at every start, that there is nothing to do.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    settings = Settings()
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if settings.log_format == "json":
        fold_root()

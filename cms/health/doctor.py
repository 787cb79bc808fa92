"""``loa doctor``: everything that is wrong with this server, each in one sentence with its remedy."""

import os
import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import click
from cryptography.x509 import load_pem_x509_certificates
from sqlalchemy import make_url

from cms import migrations
from cms.alerts.queries.staffing import gaps
from cms.areas.repository import Places
from cms.fleet.queries.devices import registered_devices
from cms.platform import readiness
from cms.platform.cli import embedded, startup
from cms.platform.cli.backup import LATEST
from cms.platform.cli.command_context import wired
from cms.platform.cli.keys import trouble_of_token
from cms.platform.context import Context
from cms.platform.keyring_errors import KeysError
from cms.platform.process.clock import kernel_is_synchronised
from cms.platform.readiness import FindingSeverity, ReadinessFinding
from cms.platform.server_readiness import ContentProbe, DatabaseProbe, of_server
from cms.platform.settings import Settings
from cms.platform.signer.keys import missing_keys
from cms.platform.store.engine import reading
from cms.platform.web.languages import _, outside_requests
from cms.platform.web.server_state import describe
from province.wall_clock import local_date

EXPIRY_DAYS: Final = (21, 7)
"""Days before the end of a certificate from which it is a warning and a fault. A start renews our own 60 days before,
and most public authorities' clients renew 30 days before."""
BACKUP_DAYS: Final = 7
DEADLINE_S: Final = 10.0
"""Longest wait for the database or the content: a person waits, not a monitor, and the machine may be busy."""
_TOOLS: Final = (("mosquitto",), ("nginx",), ("valkey-server", "redis-server"), ("ffmpeg",), ("espeak-ng",))
_OPEN_TO_OTHERS: Final = 0o077
_FAULT, _WARNING = FindingSeverity.FAULT, FindingSeverity.WARNING


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Sentence about something that is wrong, and what to do about it."""

    severity: FindingSeverity
    sentence: str
    remedy: str


@click.command()
def doctor() -> None:
    """Say what is wrong with this server, each in a sentence with its remedy; exit status 1 if there is a fault.

    Vietnamese or English by LC_ALL, LC_MESSAGES or LANG.
    """
    chosen = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    with outside_requests("vi" if chosen.startswith("vi") else "en"):
        found = sorted(diagnoses(Settings()), key=lambda each: each.severity is not _FAULT)
        for each in found:
            click.echo(f"{_('Fault') if each.severity is _FAULT else _('Warning')}: {each.sentence} {each.remedy}")
        if not found:
            click.echo(_("Every part of the server works."))
    sys.exit(any(each.severity is _FAULT for each in found))


def diagnoses(settings: Settings) -> Iterator[Diagnosis]:
    """Examine the installation; its parts are asked with deadlines, and nothing is repaired."""
    yield from _of_programs(settings)
    path = make_url(settings.effective_database_url)
    is_made = path.get_backend_name() != "sqlite" or Path(path.database or "").exists()
    if not is_made or not (settings.keys_dir / "root.pub").exists():
        sentence = _("There is no installation in %(home)s.", home=settings.root)
        yield Diagnosis(_FAULT, sentence, _("Set LOA_HOME, or make one with the command loa init."))
        return
    try:
        context = wired(settings)
    except (KeysError, click.ClickException, OSError) as error:
        yield Diagnosis(_FAULT, str(error) + ".", _("Put keys and settings right, then start again."))
        return
    try:
        yield from _of_keys(settings, context.now())
        yield from _of_state(context)
        yield from _of_backups(settings, context.now())
    finally:
        context.engine.dispose()


def _of_programs(settings: Settings) -> Iterator[Diagnosis]:
    for names in _TOOLS:
        if settings.queue_url and "valkey-server" in names:
            continue
        try:
            embedded.find_program(*names)
        except embedded.MissingProgramError:
            sentence = _("The program %(name)s is not installed.", name=" / ".join(names))
            yield Diagnosis(_FAULT, sentence, _("Install the Debian package of that name."))


def _of_keys(settings: Settings, now: datetime) -> Iterator[Diagnosis]:
    if settings.keys_dir.stat().st_mode & _OPEN_TO_OTHERS:
        sentence = _("Other users of this machine can read the keys in %(folder)s.", folder=settings.keys_dir)
        remedy = _("Take their rights away: chmod 700 %(folder)s", folder=settings.keys_dir)
        yield Diagnosis(_FAULT, sentence, remedy)
    if settings.has_token:
        yield from _of_token(settings)
    elif not settings.signer_keys:
        for path in missing_keys(settings.signing_dir):
            sentence = _("The signing key %(path)s is missing.", path=path)
            yield Diagnosis(_FAULT, sentence, _("Bring back the file, from a back-up if need be."))
    warning_days, fault_days = EXPIRY_DAYS
    given = [Path(settings.tls_certificate)] if settings.tls_certificate else []
    for path in (*sorted(settings.keys_dir.glob("*.pem")), *given):
        try:
            data = path.read_bytes()
            if b"BEGIN CERTIFICATE" not in data:
                continue
            ends_at = min(each.not_valid_after_utc for each in load_pem_x509_certificates(data))
        except (OSError, ValueError) as error:
            sentence = _("The certificate %(path)s cannot be read: %(error)s.", path=path, error=error)
            yield Diagnosis(_FAULT, sentence, _("Bring back the file, from a back-up if need be."))
            continue
        days = (ends_at - now).days
        if days < warning_days:
            sentence = _("The certificate %(path)s ends in %(days)s days.", path=path, days=days)
            renew = _("Renew it with the command loa init, then restart the programs.")
            remedy = renew if path not in given else _("Renew it, then restart the front.")
            yield Diagnosis(_FAULT if days < fault_days else _WARNING, sentence, remedy)


def _of_token(settings: Settings) -> Iterator[Diagnosis]:
    """Examine the token where this user may log in to it; else the gateway tells of it."""
    if settings.signer_keys and not os.access(settings.signer_pin_file, os.R_OK):
        return
    if trouble := trouble_of_token():
        sentence = trouble[:1].upper() + trouble[1:] + "."
        yield Diagnosis(_FAULT, sentence, _("Put it right; the command loa keys check says whether it is mended."))


def _of_state(context: Context) -> Iterator[Diagnosis]:
    """Examine the database and what it holds, and the parts that report their state there."""
    settings, now = context.settings, context.now()
    state, found = of_server(DatabaseProbe(context.engine, deadline_s=DEADLINE_S), context.disk(), now)
    silent = {f"{name.upper()}_SILENT" for name in readiness.SILENT_AFTER_S}
    is_running = not silent <= {each.code for each in found}
    if state is not None and not is_running:
        sentence = _("Loa is not running on %(home)s.", home=settings.root)
        yield Diagnosis(_FAULT, sentence, _("Start it with the command loa up, or systemctl start loa.target."))
        found = [each for each in found if each.code not in silent]
    found = [*found, *readiness.of_clock(context.now), *ContentProbe(context.content, deadline_s=DEADLINE_S).ask()]
    if is_running and state is not None:
        found = [*found, *readiness.of_canary(state, now, is_on=settings.canary)]
        if not settings.queue_url and not embedded.answers_ping(settings.queue_socket):
            found = [*found, ReadinessFinding("QUEUE_AWAY", _WARNING)]
        yield from _of_listeners(settings)
    for each in readiness.ranked(found):
        said = describe(each)
        yield Diagnosis(each.severity, str(said["text"]), str(said["remedy"]))
    if not kernel_is_synchronised():
        sentence = _("No time service (NTP) keeps this machine's clock right.")
        yield Diagnosis(_WARNING, sentence, _("Install chrony, or switch on the machine's time service."))
    if state is not None:
        yield from _of_records(context, now)


def _of_listeners(settings: Settings) -> Iterator[Diagnosis]:
    broker = settings.mqtt_local_host
    answers = (
        (_("web process"), embedded.answers_health(settings.web_socket("web"))),
        (_("web process for alerts"), embedded.answers_health(settings.web_socket("urgent_web"))),
        (_("web process for programs and open pages"), embedded.answers_health(settings.web_socket("background_web"))),
        (_("front"), embedded.answers_at_all(settings.web_host, settings.web_port)),
        # One of another user cannot be reached from here; the gateway reports on it.
        (_("signer"), bool(settings.signer_keys) or embedded.is_accepting(settings.signer_path)),
        (_("message broker"), embedded.is_listening(broker, settings.mqtt_port)),
        (_("enrolment listener"), not settings.enrol_port or embedded.is_listening(broker, settings.enrol_port)),
    )
    for name, answers_now in answers:
        if not answers_now:
            sentence = _("The %(name)s does not answer.", name=name)
            remedy = _("It is restarted by itself. If it stays so, see its log in %(folder)s.", folder=settings.log_dir)
            yield Diagnosis(_FAULT, sentence, remedy)


def _of_records(context: Context, now: datetime) -> Iterator[Diagnosis]:
    with reading(context.engine) as session:
        is_current = migrations.is_current(session.connection())
    if not is_current:
        sentence = _("The database has the tables of another version of Loa.")
        yield Diagnosis(_FAULT, sentence, _("Stop the programs, run loa init, then start them."))
        return
    with context.uow.reading() as unit:
        tree = unit[Places].tree()
        lacking = gaps(unit.session, tree, local_date(now))
    if not len(tree):
        yield Diagnosis(_WARNING, _("No areas are loaded."), _("Load them with the command loa areas load."))
    elif lacking:
        levels = ", ".join(str(int(level)) for level in sorted({level for gap in lacking for level in gap.levels}))
        areas = list(dict.fromkeys(area for gap in lacking for area in gap.areas))
        figures = {"levels": levels, "place": tree.get(areas[0]).name, "more": len(areas) - 1}
        sentence = _(
            "No two people can let out an alert of level %(levels)s in %(place)s and %(more)s other places.", **figures
        )
        yield Diagnosis(_FAULT, sentence, _("The command loa alerts check lists the places and says what to do."))
    needed = startup.needed_for(registered_devices(context.settings.effective_database_url))
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if allowed != resource.RLIM_INFINITY and allowed < needed:
        figures = {"allowed": allowed, "needed": needed}
        sentence = _("At most %(allowed)s files may be open here; the devices need %(needed)s.", **figures)
        yield Diagnosis(_WARNING, sentence, _("Raise the limit: LimitNOFILE= of the units, ulimit -Hn of the shell."))


def _of_backups(settings: Settings, now: datetime) -> Iterator[Diagnosis]:
    path = settings.root / LATEST
    remedy = _("Make one each day with the command loa backup, and keep it on another machine.")
    if not path.exists():
        yield Diagnosis(_WARNING, _("No back-up was ever made."), remedy)
        return
    age = now - datetime.fromisoformat(path.read_text()).astimezone(UTC)
    if age > timedelta(days=BACKUP_DAYS):
        yield Diagnosis(_WARNING, _("The newest back-up is %(days)s days old.", days=age.days), remedy)

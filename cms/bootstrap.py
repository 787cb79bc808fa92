"""Composition root: the only place that names concrete classes; builds the context for each entry point."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from ulid import ULID

from broadcast.bulletins.approval_document import SignatureCheck, SignatureSigner
from cms.platform.context import Context
from cms.platform.keyring import Keyring
from cms.platform.practice import keep_apart
from cms.platform.process import disk
from cms.platform.process.clock import steady_clock
from cms.platform.process.disk import MB
from cms.platform.settings import Settings
from cms.platform.signer.officers import officers_in
from cms.platform.signer.port import Signer
from cms.platform.store.engine import CACHE_KIB, make_engine
from cms.platform.store.kinds import JobKind
from cms.platform.store.uow import make_uow_factory
from cms.speech.service.phonology import PHONOLOGY
from media.ports import AudioTools, ContentStore, RecordingCheck, Uploads
from media.storage import FolderContentStore
from media.uploads import FolderUploads
from media.use_cases.recording_check import ToolCheck
from media.voices import CALM, URGENT, ChosenVoices, Manner, chosen_voices
from province.policy import Policy

if TYPE_CHECKING:
    from celery import Celery
    from flask import Flask

    from cms.platform.worker.celery_app import JobPublisher
    from cms.platform.worker.runner import Work

S3_KEY_FILE = "s3.secret"
RECORDING_LOOK_S = 15.0
"""Timeout of one call of a tool: half an hour of sound takes a third of it."""

# Each process imports only the parts it runs: screens, API, queue and audio tools together take 80 MB.


def prepare(settings: Settings) -> None:
    """Create folders, keys and the database's tables; harmless when repeated.

    Raises:
        KeysError: the keys' folder is not whole.
    """
    from cms import migrations

    prepare_files(settings)
    migrations.upgrade(settings.effective_database_url)


def registered_devices(url: str) -> int:
    """Return the number of devices in this database; 0 if it has no tables yet. Raises OperationalError."""
    from cms.fleet.queries import devices

    return devices.registered_devices(url)


def prepare_files(settings: Settings) -> None:
    """Create folders and keys; the database is asked only where the keys look like those of a new installation.

    Raises:
        KeysError: the keys' folder is not whole.
        PracticeError: a training world that would not be apart from the real one.
    """
    os.umask(0o027)
    keep_apart(settings)
    content = settings.served_content_dir
    for folder in (settings.root, content, settings.keys_dir, settings.run_dir / "work", settings.log_dir):
        folder.mkdir(parents=True, exist_ok=True)
    Keyring.ensure(settings, has_devices=lambda: registered_devices(settings.effective_database_url) > 0)


def voices_of(settings: Settings, manner: Manner = CALM) -> ChosenVoices:
    """Choose the voice of each language from the settings. Raises VoiceChoiceError.

    No model is loaded: ``loa up`` refuses a broken one, and no gateway, screen or worker fails to start because of it.
    """
    return chosen_voices(settings.voices, PHONOLOGY, manner)


class LateSignatureCheck:
    """Signature check that imports its libraries at the first signature: most processes never see one."""

    def __init__(self, folder: Path | None, keys_dir: Path) -> None:
        self._folder = folder
        self._keys_dir = keys_dir

    def check(self, document: bytes, signature: bytes, *, since_at: datetime, now: datetime) -> SignatureSigner:
        from cms.accounts.service.vault import Vault
        from cms.bulletins.service.paper_seal import seal_key
        from cms.bulletins.service.signature_check import FolderSignatureCheck

        key = seal_key(Vault.at(self._keys_dir).key)
        return FolderSignatureCheck(self._folder, key).check(document, signature, since_at=since_at, now=now)


def content_store_of(settings: Settings) -> ContentStore:
    """Build the content store that the settings choose; nothing is connected yet. Raises OSError: a file is missing."""
    if not settings.s3_endpoint:
        return FolderContentStore(settings.content_dir)
    from media.s3 import ContentCache, S3ContentStore
    from media.s3_bucket import S3Access, S3Bucket

    access = S3Access(
        settings.s3_endpoint.rstrip("/"),
        settings.s3_bucket,
        settings.s3_region,
        settings.s3_access_key,
        settings.s3_secret_key or (settings.keys_dir / S3_KEY_FILE).read_text().strip(),
        settings.s3_timeout_s,
        Path(settings.s3_ca).read_bytes() if settings.s3_ca else b"",
    )
    return S3ContentStore(S3Bucket(access), ContentCache(settings.served_content_dir, settings.s3_cache_mb * MB))


def uploads_of(settings: Settings, content: ContentStore) -> Uploads:
    """Build the store of uploads beside that of the content: every host that has the one has the other."""
    if not settings.s3_endpoint:
        return FolderUploads(settings.uploads_dir, content)
    from media.s3 import S3ContentStore
    from media.s3_uploads import S3Uploads

    assert isinstance(content, S3ContentStore)
    return S3Uploads(content.bucket, content, settings.served_content_dir)


def signature_check_of(settings: Settings) -> SignatureCheck:
    """Build the check against the folder that the operator named; without a folder no signature is accepted."""
    anchors = Path(settings.signature_anchors) if settings.signature_anchors else None
    return LateSignatureCheck(anchors, settings.keys_dir)


def recording_check_of(settings: Settings) -> RecordingCheck:
    """Build the check of recordings while their senders wait; the audio tools are imported at the first one."""

    @cache
    def tools() -> AudioTools:
        from media.ffmpeg import AudioLimits, FfmpegTools

        most_ms, most_bytes = settings.upload_max_minutes * 60_000, settings.upload_max_mb * 1024 * 1024
        return FfmpegTools(AudioLimits(most_bytes, most_ms, timeout_s=RECORDING_LOOK_S))

    return ToolCheck(tools, settings.upload_max_minutes * 60_000)


def build(settings: Settings | None = None, cache_kib: int = CACHE_KIB, *, signer: Signer | None = None) -> Context:
    """Wire the context; opens no connection yet. ``signer``: another than this machine's. Raises VoiceChoiceError."""
    settings = settings or Settings()
    engine = make_engine(settings.effective_database_url, cache_kib)
    content = content_store_of(settings)
    now = steady_clock(settings)
    return Context(
        settings=settings,
        engine=engine,
        uow=replace(make_uow_factory(engine), now=now),
        content=content,
        uploads=uploads_of(settings, content),
        check=recording_check_of(settings),
        disk=disk.meter_of(settings),
        voices=voices_of(settings),
        authority=Policy(),
        keyring=Keyring.load(settings, signer),
        signatures=signature_check_of(settings),
        now=now,
        new_id=lambda: str(ULID()).lower(),
    )


def make_web(context: Context) -> Flask:
    """Build the WSGI app with screens, API and content."""
    from flask import Flask

    from cms.features import FEATURES
    from cms.health.server_watch import ServerWatch
    from cms.health.service.notice_sender import sender_of
    from cms.platform import api as api_v1
    from cms.platform import web
    from cms.platform.web.client_address import ClientAddress
    from cms.platform.web.request_times import RequestTimes, folder_of
    from cms.platform.web.server_state import readiness_of

    publisher = _notify_after_commits(context)
    app = Flask("loa")
    sync_watch = disk.SyncWatch(context.settings.run_dir / "sync-watch")
    web.register(app, context, FEATURES, is_queue_away=publisher.is_away, sync_s=sync_watch.seconds)
    api_v1.register(app, context, FEATURES)
    watch = ServerWatch(context, sender_of(context), readiness_of(app, context))
    app.extensions[web.LOOPS] = {"server-watch": watch.run, "sync-watch": sync_watch.run}
    settings = context.settings
    is_always_tls = settings.effective_public_url.startswith("https://")
    addressed = ClientAddress(app.wsgi_app, settings.proxy_hops, is_always_tls=is_always_tls)
    app.wsgi_app = RequestTimes(addressed, folder_of(settings.run_dir))  # type: ignore[method-assign]
    return app


def _notify_after_commits(context: Context) -> JobPublisher:
    """Have each commit wake the gateway for its messages and publish its jobs; return the publisher."""
    from cms.live.service import pipe
    from cms.platform.gateway import outbox_notifier
    from cms.platform.store.heartbeats import GATEWAY
    from cms.platform.store.process_lease import tell_holder
    from cms.platform.worker import celery_app as queue

    there = (partial(tell_holder, context.engine, GATEWAY, outbox_notifier.RING),) if context.has_hosts else ()
    context.uow.hooks.append(outbox_notifier.ring_after_commit(outbox_notifier.path_of(context.settings), *there))
    context.uow.hooks.append(outbox_notifier.ring_after_commit(pipe.path_of(context.settings)))
    publisher = queue.JobPublisher(queue.make_celery(context.settings, is_publisher=True))
    context.uow.hooks.append(publisher.after_commit)
    return publisher


def make_worker(context: Context) -> Celery:
    """Build the Celery app with its tasks, for ``celery worker``."""
    from cms.alert_reports.jobs import MakeAlertReport
    from cms.alerts.jobs import MakeAlertSound
    from cms.bulletins.jobs import MakeChime, MakeSound
    from cms.listening.jobs import MakeListeningTest
    from cms.live.jobs import MakeAddress
    from cms.local_alerts.jobs import MakeLocalSpeech
    from cms.platform import worker as tasks
    from cms.platform.letterhead import letterhead_of
    from cms.platform.process import heartbeats
    from cms.platform.worker import celery_app as queue
    from cms.platform.worker.runner import Runner
    from cms.reports.jobs import CountFigures, Counting, MakeReport
    from cms.speech.jobs import CheckPhrase, MakePreview
    from cms.stations.jobs import MakeOffer, MakeProgramme
    from media.editing import PydubEditing
    from media.ffmpeg import AudioLimits, FfmpegTools

    settings = context.settings
    _notify_after_commits(context)
    celery = queue.make_celery(settings)
    limits = AudioLimits(
        max_bytes=settings.upload_max_mb * 1024 * 1024, max_duration_ms=settings.upload_max_minutes * 60_000
    )
    workdir = settings.run_dir / "work"
    means = (context.content, FfmpegTools(limits), PydubEditing(), workdir)
    voices = voices_of(settings)
    making = MakeSound(*means, voices, context.uow)
    urgent_voices = voices_of(settings, URGENT)
    alerting = MakeAlertSound(*means, urgent_voices, context.uow)
    counting = Counting(context.engine, context.uow, context.now)
    letterhead = letterhead_of(settings)
    work: dict[JobKind, Work] = {
        JobKind.MAKE_SOUND: making,
        JobKind.MAKE_ALERT_SOUND: alerting,
        JobKind.PREPARE_ALERT_SOUND: alerting,
        JobKind.MAKE_LOCAL_SPEECH: MakeLocalSpeech(*means, voices, context.uow),
        JobKind.MAKE_PREVIEW: MakePreview(*means, voices, context.uow),
        JobKind.CHECK_PHRASE: CheckPhrase(*means),
        JobKind.MAKE_CHIME: MakeChime(*means),
        JobKind.MAKE_ADDRESS: MakeAddress(*means),
        JobKind.MAKE_PROGRAMME: MakeProgramme(*means, context.uow, settings.effective_public_url),
        JobKind.MAKE_OFFER: MakeOffer(*means, context.new_id),
        JobKind.MAKE_LISTENING_TEST: MakeListeningTest(*means, context.uow),
        JobKind.COUNT_FIGURES: CountFigures(counting),
        JobKind.MAKE_REPORT: MakeReport(context.engine, context.content, counting, letterhead),
        JobKind.MAKE_ALERT_REPORT: MakeAlertReport(
            context.engine, context.content, context.now, letterhead, officers_in(settings.trust_dir)
        ),
    }
    runner = Runner(context.uow, work, settings.job_lease_s)
    beats = heartbeats.socket_of(settings)
    sweep_s, wake = settings.job_sweep_s, urgent_voices.wake
    worker = tasks.Worker(runner, context.engine, sweep_s, settings.run_dir, beats, context.now, wake)
    tasks.register(celery, worker)
    return celery


def run_gateway(context: Context) -> int:
    """Run the gateway until SIGTERM; returns the exit status."""
    from cms import gateway
    from cms.features import FEATURES
    from cms.platform.process.private_memory import keep_memory_private

    if context.settings.signer_keys:
        # Of its user, only this program reaches the signer. A supervisor could not look after it any more.
        keep_memory_private()
    return gateway.run(context, FEATURES)


def run_scheduler(context: Context) -> int:
    """Run the scheduler until SIGTERM; returns the exit status. Its outbox rows wake the gateway after each commit."""
    from cms.features import FEATURES
    from cms.platform.gateway import outbox_notifier
    from cms.platform.scheduler import scheduler

    context.uow.hooks.append(outbox_notifier.ring_after_commit(outbox_notifier.path_of(context.settings)))
    return scheduler.run(context, FEATURES)

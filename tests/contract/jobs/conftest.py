from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from celery import Celery
from sqlalchemy import Engine, select

from bench.fault_injection import processes
from cms.audit.queries import JobProgress, events_of, job_progress
from cms.platform.settings import Settings
from cms.platform.store.engine import make_engine, reading
from cms.platform.store.kinds import QUEUE, URGENT_QUEUE, JobKind
from cms.platform.store.tables import JobRow
from cms.platform.store.uow import UowFactory, make_uow_factory, new_ulid
from cms.platform.worker.celery_app import JobPublisher, make_celery
from tests.contract.jobs.servers import QueueServer, Rabbit, Valkey, kill, wait_until
from tests.contract.jobs.shop import Shop
from tests.contract.jobs.worker_app import LEASE_S, SWEEP_S
from tests.databases import new_sqlite
from tests.programs import PythonProgram

NEVER_S = 3600.0


@pytest.fixture(scope="session")
def queue_servers() -> Iterator[dict[str, QueueServer]]:
    """Queue servers, started on demand; short paths, because the path of a socket is limited."""
    folder = Path(tempfile.mkdtemp(prefix="loa-q-", dir="/tmp"))
    servers: dict[str, QueueServer] = {}
    yield servers
    for server in servers.values():
        server.kill()
        if isinstance(server, Rabbit):
            server.stop_mapper()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["valkey", "rabbitmq"])
def queue(request: pytest.FixtureRequest, queue_servers: dict[str, QueueServer]) -> QueueServer:
    name: str = request.param
    if name not in queue_servers:
        folder = Path(tempfile.mkdtemp(prefix=f"loa-{name[:2]}-", dir="/tmp"))
        request.session.addfinalizer(lambda: shutil.rmtree(folder, ignore_errors=True))
        server = Valkey(folder) if name == "valkey" else Rabbit(folder)
        server.start()
        queue_servers[name] = server
    return queue_servers[name]


QUEUES = f"{URGENT_QUEUE},{QUEUE}"
"""Of a worker that has nobody beside it."""


@dataclass
class WorkerProcess:
    """A worker with its pool in a session of its own, so that all of it can be killed at once."""

    folder: Path
    queue_url: str
    sweep_s: float = SWEEP_S
    queues: str = QUEUES
    lease_s: float = LEASE_S
    process: PythonProgram | None = None

    def start(self) -> WorkerProcess:
        ready = self.folder / f"{new_ulid()}.ready"
        with (self.folder / "worker.log").open("ab") as log:
            self.process = PythonProgram(
                "celery",
                *("-A", "tests.contract.jobs.worker_app:celery", "worker"),
                *("--concurrency", "2", "--loglevel", "INFO", "--without-gossip", "--without-mingle"),
                *("--hostname", f"{ready.stem}@localhost", "--queues", self.queues),
                env={
                    **os.environ,
                    "LOA_QUEUE_URL": self.queue_url,
                    "LOA_TEST_FOLDER": str(self.folder),
                    "LOA_TEST_SWEEP_S": str(self.sweep_s),
                    "LOA_TEST_LEASE_S": str(self.lease_s),
                    "LOA_TEST_QUEUES": self.queues,
                },
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(ready.exists, "the worker is ready")
        return self

    def wait_connected(self) -> WorkerProcess:
        """Wait until the worker consumes from the queue; it is ready before that."""
        log = self.folder / "worker.log"
        wait_until(lambda: b" ready." in log.read_bytes(), "the worker takes from the queue")
        return self

    def kill(self) -> None:
        kill(self.process, group=True)

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, number)

    def freeze(self) -> None:
        assert self.process is not None
        processes.freeze(processes.family(self.process.pid))

    def owns(self, pid: int) -> bool:
        assert self.process is not None
        return os.getsid(pid) == self.process.pid


@dataclass
class Bench:
    """A database, a queue, and as many workers as a test starts."""

    folder: Path
    queue: QueueServer
    celery: Celery
    engine: Engine
    units: UowFactory
    workers: list[WorkerProcess] = field(default_factory=list)

    def worker(
        self,
        *,
        sweeps: bool = True,
        queues: str = QUEUES,
        lease_s: float = LEASE_S,
    ) -> WorkerProcess:
        worker = WorkerProcess(self.folder, self.queue.url, SWEEP_S if sweeps else NEVER_S, queues, lease_s)
        self.workers.append(worker)
        return worker.start()

    def add(self, kind: JobKind = JobKind.MAKE_SOUND, **payload: object) -> str:
        """Add a job whose subject has the job's name; it is on the queue after the commit."""
        with self.units() as unit:
            job_id = unit.jobs.add(kind, new_ulid(), payload)
            unit.commit()
        return job_id

    def job(self, job_id: str) -> JobProgress:
        with reading(self.engine) as session:
            found = job_progress(session, job_id)
        assert found is not None
        return found

    def attempts(self, job_id: str) -> int:
        with reading(self.engine) as session:
            return session.scalars(select(JobRow.attempts).where(JobRow.id == job_id)).one()

    def results(self, job_id: str) -> list[str]:
        with reading(self.engine) as session:
            return [event.name for event in events_of(session, self.job(job_id).subject_id)]

    def starts(self, job_id: str) -> list[int]:
        path = self.folder / f"{self.job(job_id).subject_id}.starts"
        return [int(line) for line in path.read_text().splitlines()] if path.exists() else []

    def stall(self, worker: WorkerProcess) -> None:
        """Stop the worker while it holds no lock of the store; inside a transaction it would block everybody."""
        with self.engine.begin():
            worker.freeze()

    def let_go(self, job_id: str) -> None:
        (self.folder / f"{self.job(job_id).subject_id}.go").touch()

    def wait_started(self, job_id: str, times: int = 1) -> None:
        wait_until(lambda: len(self.starts(job_id)) >= times, f"{job_id} started {times} times")

    def wait_over(self, *job_ids: str) -> None:
        wait_until(lambda: all(self.job(j).is_over for j in job_ids), "the jobs are over")


@pytest.fixture
def bench(tmp_path: Path, queue: QueueServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    # A worker is killed before it could write its coverage.
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    engine = make_engine(new_sqlite(tmp_path / "loa.db"))
    celery = make_celery(Settings(home=tmp_path, queue_url=queue.url))
    bench = Bench(tmp_path, queue, celery, engine, make_uow_factory(engine, JobPublisher(celery).after_commit))
    yield bench
    for worker in bench.workers:
        worker.kill()
    if (said := tmp_path / "worker.log").exists():
        print(said.read_text(errors="replace"))  # noqa: T201 - shown where the test fails
    celery.close()
    engine.dispose()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    yield shop
    shop.engine.dispose()

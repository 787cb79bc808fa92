"""Program of the signer: ``python -m cms.platform.signer``; ``loa up`` and the unit ``loa@signer`` run it.

It imports neither web nor database, opens the signing keys, and then only its socket. A PKCS#11 token is opened within
the loop, whose heartbeat ends the process where the token's module hangs.
"""

import gc
import logging
import os
import resource
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from cms.platform.keyring_errors import KeysError
from cms.platform.process.clock import steady_clock
from cms.platform.process.heartbeats import Heartbeats, HeartbeatSender, socket_of
from cms.platform.process.logs import fold_root
from cms.platform.process.thread_watch import ThreadWatch, waiting
from cms.platform.settings import Settings
from cms.platform.signer.key_store import FileKeys, KeyStore
from cms.platform.signer.keys import ensure_signing_keys, named_keys
from cms.platform.signer.local import LocalSigner
from cms.platform.signer.officers import OfficersFile
from cms.platform.signer.policy import SigningPolicy
from cms.platform.signer.server import TURN_EVERY_S, SignerServer, uids_of
from cms.platform.signer.stores import token_keys

NAME = "signer"
_TURN_S = 2.0
OPENING_S = 15.0
"""Longest opening of a PKCS#11 token; what hangs for longer is ended as what hangs in a signature."""
log = logging.getLogger(__name__)


def run(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT; return the exit status."""
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    fold_root()
    os.umask(0o027)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # no key is written to a disk by a crash
    now = steady_clock(settings)
    beats = Heartbeats({NAME: _TURN_S})
    try:
        keys = _keys(settings, beats)
        allowed = uids_of(settings.signer_clients)
        policy = SigningPolicy(lambda: int(now().timestamp() * 1000), OfficersFile.strict(settings.trust_dir))
        signer = LocalSigner(keys, policy)
    except (KeysError, KeyError, OSError) as error:
        log.critical("the signer cannot start: %s", error)
        return 1
    gc.collect()
    gc.freeze()
    # A tracer that holds the thread which signs is left alone by the supervisor: the process ends by itself.
    beats.threads = ThreadWatch(lambda: {threading.main_thread().name})

    def turned() -> None:
        beats.note(NAME, TURN_EVERY_S)
        keys.tend()

    server = SignerServer(settings.signer_path, signer, allowed, turned)
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, lambda *_: server.stop())
    with HeartbeatSender(socket_of(settings), NAME, beats):
        server.serve()
    return 0


def _keys(settings: Settings, beats: Heartbeats) -> KeyStore:
    """Return the keys; a token that is away now is opened later. Raises KeysError, OSError."""
    known = named_keys(settings) if settings.has_token else {}
    if not known:
        ensure_signing_keys(settings)
    if not settings.has_token:
        return FileKeys(settings.signing_dir)

    @contextmanager
    def patience() -> Iterator[None]:
        beats.note(NAME, OPENING_S)
        with waiting(OPENING_S):
            yield
        beats.note(NAME, TURN_EVERY_S)

    return token_keys(settings, known or named_keys(settings), patience=patience)


if __name__ == "__main__":
    sys.exit(run(Settings()))

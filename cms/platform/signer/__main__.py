"""Program of the signer: ``python -m cms.platform.signer``; ``loa up`` and the unit ``loa@signer`` run it.

It imports neither web nor database, opens the signing keys, and then only its socket.
"""

import gc
import logging
import os
import resource
import signal
import sys
import threading

from cms.platform.keyring_errors import KeysError
from cms.platform.process.clock import steady_clock
from cms.platform.process.heartbeats import Heartbeats, HeartbeatSender, socket_of
from cms.platform.process.logs import fold_root
from cms.platform.process.thread_watch import ThreadWatch
from cms.platform.settings import Settings
from cms.platform.signer.keys import ensure_signing_keys
from cms.platform.signer.local import LocalSigner
from cms.platform.signer.server import TURN_EVERY_S, SignerServer, uids_of

NAME = "signer"
_TURN_S = 2.0
log = logging.getLogger(__name__)


def run(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT; return the exit status."""
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    fold_root()
    os.umask(0o027)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # no key is written to a disk by a crash
    now = steady_clock(settings)
    try:
        ensure_signing_keys(settings)
        allowed = uids_of(settings.signer_clients)
        signer = LocalSigner.open(settings.signing_dir, lambda: int(now().timestamp() * 1000), trust=settings.trust_dir)
    except (KeysError, KeyError, OSError) as error:
        log.critical("the signer cannot start: %s", error)
        return 1
    gc.collect()
    gc.freeze()
    beats = Heartbeats({NAME: _TURN_S})
    # A tracer that holds the thread which signs is left alone by the supervisor: the process ends by itself.
    beats.threads = ThreadWatch(lambda: {threading.main_thread().name})
    server = SignerServer(settings.signer_path, signer, allowed, lambda: beats.note(NAME, TURN_EVERY_S))
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, lambda *_: server.stop())
    with HeartbeatSender(socket_of(settings), NAME, beats):
        server.serve()
    return 0


if __name__ == "__main__":
    sys.exit(run(Settings()))

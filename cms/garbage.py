"""What a server loaded stays for ever; the collector is told so, and looks at what requests make only."""

from __future__ import annotations

import gc

# So many new objects, and not the interpreter's hundreds: a page of a province makes some ten thousand, most of which
# are gone with it without being looked for.
COLLECT_AFTER = 20_000


def set_loaded_aside() -> None:
    """Called once, when a process has loaded what it is made of and is about to serve.

    A full collection went through half a million objects of modules and mappings, and fell on whichever page came then.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)

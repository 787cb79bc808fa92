"""Garbage collection of servers: loaded objects are frozen, and collections look only at what requests make."""

import gc

# New objects before a collection, instead of the interpreter's hundreds: a page of a province makes some ten thousand,
# most of which are freed with it by reference counting.
COLLECT_AFTER = 20_000


def set_loaded_aside() -> None:
    """Freeze loaded objects and raise the collector's threshold; called once, when a process is about to serve.

    A full collection went through half a million objects of modules and mappings, and delayed whichever page came then.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)

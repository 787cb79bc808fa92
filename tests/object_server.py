"""S3 server of the test run, and a content store that does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from bench.fault_injection import object_server
from bench.fault_injection.object_server import ACCESS_KEY, SECRET_KEY, ObjectServer
from bench.ports import free_port
from media.errors import ContentAwayError

__all__ = ["ACCESS_KEY", "SECRET_KEY", "ObjectServer"]


@contextmanager
def running_object_server() -> Iterator[ObjectServer]:
    with object_server.running_object_server(free_port) as server:
        yield server


def away(*_: object, **__: object) -> NoReturn:
    """Take the place of a store's method while its server does not answer."""
    raise ContentAwayError("nobody answers")

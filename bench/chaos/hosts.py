"""Hosts of a failover test: network namespaces of this machine on one bridge, each of which can be cut off."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from cms.platform.cli.embedded import find_program


class NoNamespacesError(RuntimeError):
    """Error: this machine or user cannot make network namespaces."""


@dataclass(frozen=True, slots=True)
class NetworkHost:
    """Host: a namespace, and its cable to the bridge."""

    namespace: str
    cable: str

    def command(self, argv: Sequence[str]) -> list[str]:
        """Return the command that runs this program on the host, as the very process that is started."""
        return [find_program("ip"), "netns", "exec", self.namespace, *argv]

    def cut(self) -> None:
        _ip("link", "set", self.cable, "down")

    def mend(self) -> None:
        _ip("link", "set", self.cable, "up")


@contextmanager
def bridged(count: int) -> Iterator[tuple[str, list[NetworkHost]]]:
    """Yield the address of this machine on a bridge, and so many hosts on it.

    Raises:
        NoNamespacesError: it needs root and ``ip`` of iproute2.
    """
    number = os.getpid() % 16_000
    bridge, subnet = f"loabr{number}", f"10.{96 + number // 250}.{number % 250}"
    hosts = [NetworkHost(f"loa{number}-{each}", f"loac{number}-{each}") for each in range(count)]
    if shutil.which("ip") is None or os.getuid() != 0:
        raise NoNamespacesError("each host is a network namespace: this needs root, and `ip` of the package iproute2")
    try:
        _ip("link", "add", bridge, "type", "bridge")
        _ip("addr", "add", f"{subnet}.1/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        for place, host in enumerate(hosts, start=2):
            _ip("netns", "add", host.namespace)
            _ip("link", "add", host.cable, "type", "veth", "peer", "name", "eth0", "netns", host.namespace)
            _ip("link", "set", host.cable, "master", bridge, "up")
            _ip("-n", host.namespace, "addr", "add", f"{subnet}.{place}/24", "dev", "eth0")
            _ip("-n", host.namespace, "link", "set", "eth0", "up")
            _ip("-n", host.namespace, "link", "set", "lo", "up")
        yield f"{subnet}.1", hosts
    finally:
        for host in hosts:
            _ip("netns", "del", host.namespace, is_needed=False)
            _ip("link", "del", host.cable, is_needed=False)
        _ip("link", "del", bridge, is_needed=False)


def _ip(*arguments: str, is_needed: bool = True) -> None:
    done = subprocess.run([find_program("ip"), *arguments], capture_output=True, text=True, check=False, timeout=20)
    if is_needed and done.returncode != 0:
        raise NoNamespacesError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")

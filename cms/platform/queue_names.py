"""Names of the queues; without the library of the queue, which a process that only names them does not need."""

from typing import Final

QUEUE: Final = "loa.jobs"
URGENT_QUEUE: Final = "loa.urgent"
"""Jobs that an alert waits for. It has a worker of its own, so that no half-hour recording delays them."""
QUEUES: Final = f"{URGENT_QUEUE},{QUEUE}"
"""Queues of the other workers: on valkey and redis in this order, on RabbitMQ in turn."""

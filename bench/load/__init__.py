"""Load for benchmarks: swarms of devices, telemetry at a rate, and hostile devices."""

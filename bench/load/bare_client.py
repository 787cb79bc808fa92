"""Bare client: connects, subscribes and publishes as a device does, and understands nothing."""

from __future__ import annotations

from bench.load.swarm_device import SwarmFolder, Watch
from devices.protocol import codec, topics
from devices.protocol.messages import State, SyncRequest
from firmware_sim.core.effects import Publish
from firmware_sim.hardware_clock import now_ms
from firmware_sim.network.link import Broker, Crowd, Link


class BareClient:
    """Client of a swarm without a device behind it: the baseline of what brokers and TLS cost."""

    obeyed = 0

    def __init__(self, device_id: str, place: SwarmFolder, watch: Watch, crowd: Crowd) -> None:
        self._id = device_id
        self._areas = place.areas
        self._watch = watch
        self._connections = 0
        broker = Broker(place.mqtt_host, place.mqtt_port, place.context(device_id))
        self._link = Link(device_id, broker, self, crowd)

    @property
    def is_online(self) -> bool:
        return self._link.is_online

    async def run(self) -> None:
        await self._link.run()

    def will(self) -> Publish:
        self._connections += 1
        return self._state("offline")

    def connected(self) -> None:
        own = [(topics.keys(), 1), (topics.officers(), 1), (topics.time_beacon(), 0)]
        own += [(topics.device_command(self._id), 1), (topics.device_desired(self._id), 1)]
        for area in self._areas:
            own += [(topics.area_command(area), 1), (topics.area_alert(area), 0), (topics.area_drill(area), 0)]
            own += [(topics.area_speech(area, "+"), 0), (topics.area_live(area, "+"), 0), (topics.area_plan(area), 1)]
        self._link.subscribe(own)
        self._link.publish(self._state("online"))
        request = SyncRequest(v=1, ts=now_ms(), boot="bare", desired_ver=1)
        self._link.publish(Publish(topics.device_request(self._id, "sync"), codec.encode(request), expiry_s=60))
        self._watch.connected()

    def disconnected(self) -> None:
        """Do nothing: the link connects again."""

    def message(self, topic: str, payload: bytes) -> None:
        if payload and topic.endswith("/cmd"):
            self._watch.count()

    def _state(self, standing: str) -> Publish:
        state = State(v=1, st=standing, conn=self._connections, boot="bare", ts=now_ms())
        return Publish(topics.device_state(self._id), codec.encode(state), retain=True)

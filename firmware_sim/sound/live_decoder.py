"""Decoder of a live address: Opus packets of its frames to samples of a card."""

from collections.abc import Iterable

import av
import numpy as np

from firmware_sim.sound.decoder import Samples


class LiveDecoder:
    """Decoder of packets in order, mono; one that cannot be decoded is skipped, and concealed as a lost one."""

    def __init__(self, opus_hz: int, rate_hz: int) -> None:
        self._context = av.CodecContext.create("libopus", "r")
        assert isinstance(self._context, av.AudioCodecContext)
        self._context.sample_rate = opus_hz
        self._context.layout = "mono"
        self._resampler = av.AudioResampler(format="s16", layout="mono", rate=rate_hz)

    def decode(self, packets: Iterable[bytes]) -> Samples:
        """Return the samples of these packets at the card's rate."""
        found: list[Samples] = []
        for packet in packets:
            try:
                decoded = self._context.decode(av.Packet(packet))
            except av.FFmpegError:
                continue
            for frame in decoded:
                found += [part.to_ndarray()[0] for part in self._resampler.resample(frame)]
        return np.concatenate(found) if found else np.zeros(0, dtype=np.int16)

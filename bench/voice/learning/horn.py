"""The horn of ``media.horn`` in torch, with other wind each time."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as functions

from bench.voice.learning.graph import Tensor
from media.horn import BAND_EDGE_OCTAVES, BAND_HZ, CLIP_DB, ECHO_DB, ECHO_S, GUSTS_HZ, WIND_SNR_DB


def through_horn(samples: Tensor, rate_hz: int) -> Tensor:
    """Return the sound as it is heard from the horn, with its echo's tail."""
    most = float(samples.detach().std()) * 10 ** (CLIP_DB / 20)
    echo = round(ECHO_S * rate_hz)
    direct = functions.pad(_in_band(torch.clamp(samples, -most, most), rate_hz), (0, echo))
    heard = direct + 10 ** (ECHO_DB / 20) * torch.roll(direct, echo)
    noise = _wind(heard.numel(), rate_hz)
    loud = heard + noise * heard.detach().std() / _in_band(noise, rate_hz).std() * 10 ** (-WIND_SNR_DB / 20)
    return loud * (0.9 / loud.detach().abs().max())


def _in_band(samples: Tensor, rate_hz: int) -> Tensor:
    octaves = torch.fft.rfftfreq(samples.numel(), 1 / rate_hz).clamp(min=1.0).log2()
    below, above = (math.log2(edge) for edge in BAND_HZ)
    kept = torch.minimum((octaves - below) / BAND_EDGE_OCTAVES + 1, (above - octaves) / BAND_EDGE_OCTAVES + 1)
    return torch.fft.irfft(torch.fft.rfft(samples) * torch.sin(kept.clamp(0, 1) * math.pi / 2), samples.numel())


def _wind(size: int, rate_hz: int) -> Tensor:
    hertz = torch.fft.rfftfreq(size, 1 / rate_hz).clamp(min=50.0)
    steady = torch.fft.irfft(torch.fft.rfft(torch.randn(size)) / hertz, size)
    gusts = torch.rand(max(2, round(size / rate_hz * GUSTS_HZ) + 1)) + 0.5
    return steady * functions.interpolate(gusts[None, None], size=size, mode="linear", align_corners=True)[0, 0]

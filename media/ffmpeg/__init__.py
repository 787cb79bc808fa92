"""Measuring and encoding by ffmpeg, which is given the format it reads and never guesses."""

from media.ffmpeg.limits import AudioLimits
from media.ffmpeg.tools import FfmpegTools

__all__ = ["AudioLimits", "FfmpegTools"]

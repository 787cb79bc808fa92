"""``loa bench speech``: intelligibility of the voice, by the word errors of an offline recogniser.

Each voice is heard as it is and through a simulated horn (``media/horn.py``), there with its STOI and its speech
transmission index beside it. The index of the horn itself is measured with test signals.
The bulletins are never tuned on: ``loa bench voice-tuning`` has sentences of its own.
"""

from __future__ import annotations

import resource
import statistics
import tempfile
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from bench.speed.rows import Row, print_rows
from bench.voice.recogniser import TIMEOUT_S, Recogniser
from broadcast.speech.normalization import VIETNAMESE, read
from broadcast.speech.word_errors import word_errors, words
from cms.bootstrap import voices_of
from cms.platform.settings import Settings
from cms.speech.service.phonology import PHONOLOGY
from media.kokoro import voice as kokoro
from media.kokoro.voice import KokoroVoice
from media.model_voice import Patience
from media.ports import Voice
from media.speech import EspeakVoice

BULLETINS: Final = (
    "Ủy ban nhân dân phường thông báo lịch tiêm chủng mở rộng cho trẻ dưới 5 tuổi vào sáng thứ 7, ngày 12/12/2026.",
    "Công ty Điện lực thông báo ngừng cung cấp điện từ 7h30 đến 11h30 ngày 14/12 tại khu phố 3 và khu phố 4.",
    "Bão số 9 mạnh cấp 12, giật cấp 14, đang di chuyển theo hướng tây với tốc độ 15-20 km/h.",
    "Từ đêm 19/11 đến ngày 21/11, khu vực có mưa to đến rất to, lượng mưa từ 100-200mm.",
    "Đề nghị bà con chằng chống nhà cửa, đưa tàu thuyền vào nơi tránh trú trước 17h hôm nay.",
    "Người dân tham gia bảo hiểm y tế hộ gia đình được giảm mức đóng từ người thứ 2 trở đi.",
    "Hội đồng nghĩa vụ quân sự xã gọi công dân đủ 18 tuổi đến khám sức khỏe lúc 8g ngày 5/3.",
    "Hạn nộp thuế sử dụng đất phi nông nghiệp năm nay là ngày 31/10, bà con vui lòng nộp đúng hạn.",
    "Cử tri đi bỏ phiếu bầu cử đại biểu Quốc hội từ 7 giờ sáng đến 7 giờ tối ngày Chủ nhật.",
    "Trạm y tế phun hóa chất diệt muỗi phòng chống sốt xuất huyết, đề nghị các hộ gia đình đậy kín thức ăn.",
    "Hồ Sông Quao xả lũ với lưu lượng 150 m3/s, bà con vùng hạ du không vớt củi, không qua ngầm tràn.",
    "Công an xã đề nghị người dân nâng cao cảnh giác với các cuộc gọi lừa đảo qua điện thoại.",
    "Nhân dịp Tết Nguyên đán, nghiêm cấm sản xuất, mua bán và đốt pháo nổ dưới mọi hình thức.",
    "Quốc lộ 1A đoạn qua xã bị ngập sâu 0,5 m, các phương tiện đi theo hướng dẫn của cảnh sát giao thông.",
    "Hội Nông dân mở lớp hướng dẫn trồng thanh long theo tiêu chuẩn an toàn tại nhà văn hóa thôn 2.",
    "Nguy cơ cháy rừng đang ở cấp 5, nghiêm cấm đốt nương rẫy, khi phát hiện cháy gọi ngay số 114.",
    "Trường trung học cơ sở thông báo học sinh nghỉ học ngày mai để phòng tránh mưa bão.",
    "Đoàn Thanh niên tổ chức hiến máu tình nguyện lúc 7h30 ngày 20/11 tại hội trường ủy ban.",
    "Nước sạch sẽ tạm ngừng từ 22h đêm nay đến 5h sáng mai để sửa chữa đường ống.",
    "Ngày hội đại đoàn kết toàn dân tộc được tổ chức vào sáng Chủ nhật tuần này, kính mời bà con tham dự.",
)
ESPEAK_DEFAULT: Final = EspeakVoice(words_per_minute=175, pitch=50, word_gap_10ms=0, shift=1)
_TEST_SIGNAL_HZ: Final = 24_000
"""Kokoro's rate, which has the octave of 8,000 Hz."""


@click.command()
@click.option("--python", default="python3", show_default=True, help="The Python that has the recogniser.")
@click.option("--bulletins", default=len(BULLETINS), show_default=True, type=click.IntRange(1, len(BULLETINS)))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a row.")
def speech(*, python: str, bulletins: int, as_json: bool) -> None:
    """Measure the word error rate of the shipped voices against plain espeak-ng, over the same bulletins."""
    print_rows(measured(python, BULLETINS[:bulletins]), as_json=as_json)


def measured(python: str, bulletins: Sequence[str]) -> Iterator[Row]:
    """Measure the same words by each voice: Kokoro where it is installed, plain espeak-ng, as shipped, and as chosen.

    Kokoro comes first: its memory is the most of all child processes until the recogniser runs.
    """
    recogniser = Recogniser(python)
    try:
        yield from _rows(recogniser, bulletins)
    finally:
        recogniser.close()


def _rows(recogniser: Recogniser, bulletins: Sequence[str]) -> Iterator[Row]:
    spoken, count = [read(text).spoken for text in bulletins], len(bulletins)
    by_kokoro = list(_by_kokoro(recogniser, spoken))
    default = _heard_of(recogniser, ESPEAK_DEFAULT, spoken, spoken)
    shipped = _heard_of(recogniser, EspeakVoice(), spoken, spoken, is_by_horn=True)
    unread = _heard_of(recogniser, EspeakVoice(), bulletins, spoken)
    for voice, cost, heard in by_kokoro:
        name = f"speech_kokoro_{voice}"
        yield Row.against(f"{name}_wer", count, heard.error_rate, "ratio", baseline=shipped.error_rate)
        yield Row.against(f"{name}_horn_wer", count, heard.horn_error_rate, "ratio", baseline=shipped.horn_error_rate)
        yield Row.against(f"{name}_horn_stoi", count, heard.horn_stoi, "0-1", baseline=shipped.horn_stoi)
        yield Row.against(f"{name}_horn_sti", count, heard.horn_sti, "0-1", baseline=shipped.horn_sti)
        yield Row(f"{name}_processor", count, round(cost.processor_share, 2), "s/s")
        yield Row(f"{name}_memory", count, round(cost.memory_mb), "MB")
    chosen = voices_of(Settings())
    own = chosen.name(VIETNAMESE)
    if own != EspeakVoice().name(VIETNAMESE) and not own.startswith(kokoro.NAME):
        neural = _heard_of(recogniser, chosen, spoken, spoken)
        yield Row.against("speech_chosen_wer", count, neural.error_rate, "ratio", baseline=default.error_rate)
    yield Row.against("speech_wer", count, shipped.error_rate, "ratio", baseline=default.error_rate)
    yield Row("speech_horn_wer", count, round(shipped.horn_error_rate, 3), "ratio")
    yield Row("speech_horn_stoi", count, round(shipped.horn_stoi, 3), "0-1")
    yield Row("speech_horn_sti", count, round(shipped.horn_sti, 3), "0-1")
    yield _horn_row()
    yield Row.against("speech_read_wer", count, shipped.error_rate, "ratio", baseline=unread.error_rate)


@dataclass(frozen=True, slots=True)
class _Cost:
    """``processor_share``: seconds of processor a second of sound, loading included."""

    processor_share: float
    memory_mb: float


@dataclass(frozen=True, slots=True)
class _Intelligibility:
    """Mean word error rates of a voice; through the horn where that was asked for."""

    error_rate: float
    horn_error_rate: float = 0.0
    horn_stoi: float = 0.0
    horn_sti: float = 0.0


@dataclass(frozen=True, slots=True)
class _HornSound:
    """Sound as heard from the horn, and the measures of it."""

    path: Path
    stoi: float
    sti: float


def _by_kokoro(recogniser: Recogniser, texts: Sequence[str]) -> Iterator[tuple[str, _Cost, _Intelligibility]]:
    made: list[tuple[str, Path, _Cost]] = []
    with tempfile.TemporaryDirectory() as root:
        for name in kokoro.VOICES:
            # However busy the machine is: it is the voice that is measured.
            voice = KokoroVoice(PHONOLOGY, voice=name, patience=Patience(TIMEOUT_S, 0.0))
            if not voice.is_installed():
                continue
            folder = Path(root) / name
            folder.mkdir()
            before_s = _children_s()
            sounds = _said(voice, texts, folder)
            voice.close()
            share = (_children_s() - before_s) / sum(map(_length_s, sounds))
            made.append((name, folder, _Cost(share, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)))
        for name, folder, cost in made:
            yield name, cost, _heard_in(recogniser, folder, texts, is_by_horn=True)


def _heard_of(
    recogniser: Recogniser, voice: Voice, texts: Sequence[str], wanted: Sequence[str], *, is_by_horn: bool = False
) -> _Intelligibility:
    with tempfile.TemporaryDirectory() as folder:
        _said(voice, texts, Path(folder))
        return _heard_in(recogniser, Path(folder), wanted, is_by_horn=is_by_horn)


def _said(voice: Voice, texts: Sequence[str], folder: Path) -> list[Path]:
    """Let the voice speak each text, as a file of its number."""
    paths = [folder / f"{number}.wav" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        voice.speak(text, VIETNAMESE, path)
    return paths


def _heard_in(recogniser: Recogniser, folder: Path, wanted: Sequence[str], *, is_by_horn: bool) -> _Intelligibility:
    sounds = [folder / f"{number}.wav" for number in range(len(wanted))]
    plain = _mean_error_rate(recogniser, sounds, wanted)
    if not is_by_horn:
        return _Intelligibility(plain)
    by_horn = [_by_horn(sound) for sound in sounds]
    return _Intelligibility(
        plain,
        _mean_error_rate(recogniser, [each.path for each in by_horn], wanted),
        statistics.fmean(each.stoi for each in by_horn),
        statistics.fmean(each.sti for each in by_horn),
    )


def word_error_rate(wanted: str, heard: str) -> float:
    """Return the words to insert, delete or change, per reference word."""
    return word_errors(wanted, heard) / max(1, len(words(wanted)))


def _mean_error_rate(recogniser: Recogniser, sounds: Sequence[Path], wanted: Sequence[str]) -> float:
    heard = [recogniser.text_of(sound) for sound in sounds]
    return statistics.fmean(word_error_rate(want, got) for want, got in zip(wanted, heard, strict=True))


def _horn_row() -> Row:
    """Measure the horn itself; n: test signals."""
    from bench.voice.sti import MODULATIONS_HZ, OCTAVES_HZ, channel_sti  # noqa: PLC0415 - numpy, for no other bench
    from media.horn import through_horn  # noqa: PLC0415 - as above

    index = channel_sti(lambda samples: through_horn(samples, _TEST_SIGNAL_HZ), _TEST_SIGNAL_HZ)
    return Row("horn_sti", MODULATIONS_HZ.size * OCTAVES_HZ.size, round(index, 3), "0-1")


def _by_horn(sound: Path) -> _HornSound:
    """Write the sound as heard from the horn beside it, and measure it."""
    from bench.voice.sti import speech_sti  # noqa: PLC0415 - as above
    from bench.voice.stoi import stoi  # noqa: PLC0415 - as above
    from media.horn import through_horn  # noqa: PLC0415 - numpy, for no other bench
    from media.wave_file import read_wave, write_wave  # noqa: PLC0415 - as above

    samples, rate_hz = read_wave(sound)
    heard = through_horn(samples, rate_hz)
    path = sound.with_suffix(".horn.wav")
    write_wave(path, heard, rate_hz)
    return _HornSound(path, stoi(samples, heard, rate_hz), speech_sti(samples, heard, rate_hz))


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _length_s(path: Path) -> float:
    with wave.open(str(path)) as file:
        return float(file.getnframes() / file.getframerate())

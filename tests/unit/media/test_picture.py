from __future__ import annotations

from media import picture
from media.model import Loudness
from media.picture import LoudnessPicture

FIGURES = Loudness(-34.04, -15.0, 3.0, -44.0, 4000, (-120.7, -34.0, -33.0))


def test_the_headroom_taken_off_before_measuring_is_given_back() -> None:
    found = picture.side(FIGURES, (1, 2), gain_db=12.0)
    assert (found.integrated_lufs, found.true_peak_dbtp, found.duration_ms) == (-22.0, -3.0, 4000)
    assert found.short_term_lufs == (None, -22.0, -21.0)


def test_a_long_item_keeps_the_loudest_of_each_stretch() -> None:
    long = Loudness(-20.0, -3.0, 3.0, -30.0, 0, tuple(-20.0 if n % 10 == 3 else -60.0 for n in range(3000)))
    assert picture.side(long, ()).short_term_lufs == (-20.0,) * picture.POINTS


def test_too_short_for_the_meter_is_no_line() -> None:
    assert picture.side(Loudness(-20.0, -3.0, 0.0, -30.0, 500), ()).short_term_lufs == ()


def test_what_is_stored_is_read_again_as_it_was() -> None:
    drawn = LoudnessPicture(picture.side(FIGURES, (1, 2)), picture.side(FIGURES, (3,), gain_db=18.0))
    assert picture.decoded(picture.encoded(drawn)) == drawn
    assert picture.encoded(drawn) == picture.encoded(drawn)

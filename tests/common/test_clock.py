from datetime import UTC, date, datetime

from jasenpalvelu.common import clock


def test_now_is_aware_finnish_time() -> None:
    assert clock.now().tzinfo is clock.HELSINKI
    assert clock.today() == clock.now().date()


def test_frozen_stops_and_starts_again() -> None:
    with clock.frozen(date(2026, 3, 16)) as moment:
        assert clock.now() == moment == datetime(2026, 3, 16, 12, tzinfo=clock.HELSINKI)
        with clock.frozen("2027-01-01"):
            assert clock.today() == date(2027, 1, 1)
        assert clock.today() == date(2026, 3, 16)
    assert clock.today() != date(2026, 3, 16)


def test_the_finnish_day_begins_before_the_utc_day() -> None:
    with clock.frozen(datetime(2026, 6, 30, 21, 30, tzinfo=UTC)):
        assert clock.today() == date(2026, 7, 1)


def test_naive_text_is_finnish_time() -> None:
    with clock.frozen("2026-01-01T00:10"):
        assert clock.now().utcoffset() == clock.now().replace(hour=12).utcoffset()
        assert clock.today() == date(2026, 1, 1)

"""The checks of the asset `publication` say what they saw."""

from pipelines.defs.publish import _expected


def test_languages_that_the_calibration_expects_too_little_of_are_named_where_there_is_a_limit() -> None:
    precision = {"all": 0.98, "de-en": 0.99, "en-zh": 0.94}
    warned = _expected(precision, 0.95)
    assert not warned.passed
    assert warned.description == "Below 0.95: en-zh 0.940"
    assert _expected(precision, None).passed
    assert _expected(precision, 0.9).description == "At least 0.940 (en-zh)."


def test_a_run_without_a_merge_expects_nothing() -> None:
    assert _expected({}, 0.95).passed
    assert _expected({}, 0.95).description == "No pair merged by itself."

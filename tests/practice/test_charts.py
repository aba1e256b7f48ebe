"""Charts: right in their numbers, and never a page's undoing."""

import re

import pytest

from practice.charts import Part, Series, bars, segments, sparkline


def test_a_sparkline_runs_from_zero_to_the_highest():
    svg = sparkline([0, 5, 10])

    assert '<path d="M0 37l88-17 88-17"/>' in svg
    assert 'aria-hidden="true"' in svg


@pytest.mark.parametrize("values", [[], [3]])
def test_a_sparkline_needs_two_values(values):
    assert sparkline(values) == ""


def test_a_quiet_year_is_a_flat_line():
    assert '<path d="M0 37l176 0"/>' in sparkline([0, 0])


def test_a_sparkline_with_a_label_is_an_image():
    assert 'role="img" aria-label="12 months &amp; more"' in sparkline([1, 2], "12 months & more")


def test_fifty_sparklines_are_light():
    assert len(sparkline(list(range(12)))) < 200


def test_bars_say_each_value_and_have_a_table():
    chart = bars([1200, 0], ["Jan", "Feb"], "Transactions by month")

    assert "<title>Jan: 1,200</title>" in chart
    assert chart.count("<rect") == 1
    assert '<th scope="row">Feb</th><td class="num">0</td>' in chart
    assert 'aria-label="Transactions by month"' in chart


def test_series_stand_on_top_of_each_other():
    chart = bars([Series("Active", [3]), Series("Paused", [1], "warn")], ["Nov"], "Clients")

    tops = [float(y) for y in re.findall(r' y="([\d.]+)" height', chart)]
    heights = [float(h) for h in re.findall(r'height="([\d.]+)" rx', chart)]
    assert tops[0] - heights[1] == pytest.approx(tops[1], abs=0.11)
    assert "<title>Paused, Nov: 1</title>" in chart


@pytest.mark.parametrize(("values", "labels"), [([], []), ([0, 0], ["Jan", "Feb"]), ("", "")])
def test_no_figures_are_no_chart(values, labels):
    assert bars(values, labels, "Clients") == '<p class="nothing">No figures yet.</p>'


def test_many_labels_are_thinned():
    labels = [str(number) for number in range(40)]

    chart = bars([1] * 40, labels, "By day")

    assert len(re.findall(r'<text x="[\d.]+%"', chart)) == 14


def test_charts_escape_what_people_typed():
    chart = bars([1], ["<b>"], '"><script>')

    assert "<script>" not in chart
    assert "<b>" not in chart


def test_segments_share_the_width_and_filter():
    bar = segments([Part("Active", 3, "good", "?activity=active", is_on=True), Part("Dormant", 1)])

    assert re.findall(r'x="([\d.]+)%" width="([\d.]+)%"', bar) == [
        ("0.000", "75.000"),
        ("75.000", "25.000"),
    ]
    assert '<a class="key good" href="?activity=active" aria-current="true">Active <b>3</b>' in bar
    assert '<span class="key good">Dormant <b>1</b></span>' in bar


def test_segments_of_nothing_are_nothing():
    assert segments([Part("Active", 0)]) == ""


def test_no_chart_carries_a_style():
    charts = sparkline([1, 2]) + bars([1], ["Jan"], "A") + segments([Part("Active", 1)])

    assert "style=" not in charts
    assert "fill=" not in charts


def test_long_labels_are_cut_below_their_bars_and_whole_in_the_table():
    labels = [f"Branch of the North {number}" for number in range(8)]

    chart = bars([1] * 8, labels, "Clients by branch")

    assert 'y="127">Branch …</text>' in chart
    assert '<th scope="row">Branch of the North 0</th>' in chart
    assert "<title>Branch of the North 0: 1</title>" in chart


def test_a_label_with_room_is_whole():
    assert ">London</text>" in bars([1, 2], ["London", "Dublin"], "Clients by branch")

"""Charts as SVG made on the server: no script, they print, and each has its numbers in words.

Nothing here carries a colour or a style: `static/css/chart.css` gives both by class.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from operator import sub

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

Number = int | float

SPARK_WIDTH, SPARK_HEIGHT = 176, 40
SPARK_BOX = f"0 0 {SPARK_WIDTH} {SPARK_HEIGHT}"
BARS_HEIGHT, BARS_BASE = 132, 112  # the room between them is for labels
MOST_LABELS = 16
MOST_LETTERS = 56  # of all labels together


@dataclass(frozen=True)
class Series:
    """One colour of a bar chart; `tone` is brand, good, warn, bad, info or mute."""

    name: str
    values: Sequence[Number]
    tone: str = "brand"


@dataclass(frozen=True)
class Part:
    """One piece of a segment bar; with `href` it is a filter as well."""

    label: str
    value: int
    tone: str = "good"
    href: str = ""
    is_on: bool = False


def sparkline(values: Sequence[Number], label: str = "") -> SafeString:
    """A line from zero to the highest value. Without a label it is decoration beside words."""
    if len(values) < 2:
        return SafeString("")
    named = format_html('role="img" aria-label="{}"', label) if label else 'aria-hidden="true"'
    return SafeString(
        f'<svg class=spark viewBox="{SPARK_BOX}" {named}><path d="{_path(values)}"/></svg>'
    )


def _path(values: Sequence[Number]) -> str:
    """Whole numbers and relative steps: a page of fifty lines stays light."""
    floor, top = SPARK_HEIGHT - 3, max(max(values), 0) or 1
    scale = (SPARK_HEIGHT - 6) / top
    ys = [floor - int(value * scale + 0.5) if value > 0 else floor for value in values]
    line = _line_of(len(values)) % (ys[0], *map(sub, ys[1:], ys))
    return line.replace(" -", "-")


@cache
def _line_of(count: int) -> str:
    """A path of so many values from left to right; their heights are still to be filled in."""
    xs = [round(i * SPARK_WIDTH / (count - 1)) for i in range(count)]
    steps = " ".join(f"{after - x} %d" for x, after in pairwise(xs))
    return f"M{xs[0]} %dl{steps}"


def bars(
    values: Sequence[Number] | Sequence[Series], labels: Sequence[str], title: str
) -> SafeString:
    """Upright bars, series on top of each other, with the same numbers in a table behind."""
    series = _as_series(values, title)
    if not labels or not any(any(one.values) for one in series):
        return SafeString('<p class="nothing">No figures yet.</p>')
    return format_html(
        '<figure class="chart"><svg class="bars" role="img" aria-label="{}" height="{}">'
        "{}{}{}</svg><figcaption>{}{}</figcaption></figure>",
        title,
        BARS_HEIGHT,
        _scale(_top(series)),
        _columns(series, labels),
        _labels(labels),
        _legend(series),
        _table(series, labels, title),
    )


def _as_series(values: Sequence[Number] | Sequence[Series], title: str) -> list[Series]:
    series = [one for one in values if isinstance(one, Series)]
    return series or [Series(title, [one for one in values if not isinstance(one, Series)])]


def _top(series: Sequence[Series]) -> Number:
    return max(sum(stack) for stack in zip(*(one.values for one in series), strict=True)) or 1


def _scale(top: Number) -> SafeString:
    return format_html(
        '<line x2="100%" y1="14" y2="14"/><line class="base" x2="100%" y1="{0}" y2="{0}"/>'
        '<text class="most" x="0" y="9">{1}</text>',
        BARS_BASE + 0.5,
        _number(top),
    )


def _columns(series: Sequence[Series], labels: Sequence[str]) -> SafeString:
    slot, top = 100 / len(labels), _top(series)
    rects = []
    for i, label in enumerate(labels):
        stack = [one.values[i] / top * (BARS_BASE - 14) for one in series]
        for one, height, below in zip(series, stack, [0, *accumulate(stack)], strict=False):
            if height > 0:
                x, y = (i + 0.16) * slot, BARS_BASE - below - height
                box = (f"{x:.2f}", f"{slot * 0.68:.2f}", f"{y:.1f}", f"{height:.1f}")
                is_soft = len(series) == 1 and i < len(labels) - 1
                style = f"{one.tone} soft" if is_soft else one.tone
                rects.append((style, *box, _says(one, label, i, len(series))))
    rect = '<rect class="{}" x="{}%" width="{}%" y="{}" height="{}" rx="2"><title>{}</title></rect>'
    return format_html_join("", rect, rects)


def _says(one: Series, label: str, i: int, count: int) -> str:
    said = f"{label}: {_number(one.values[i])}"
    return f"{one.name}, {said}" if count > 1 else said


def _labels(labels: Sequence[str]) -> SafeString:
    slot, every = 100 / len(labels), -(-len(labels) // MOST_LABELS)
    shown = (
        (f"{(i + 0.5) * slot:.2f}", BARS_HEIGHT - 5, _short(label, len(labels)))
        for i, label in enumerate(labels)
        if i % every == 0
    )
    return format_html_join("", '<text x="{}%" y="{}">{}</text>', shown)


def _short(label: str, count: int) -> str:
    """What fits below its bar on a phone; the table and the bar's own title say it whole."""
    room = max(MOST_LETTERS // min(count, MOST_LABELS), 3)
    return label if len(label) <= room + 1 else f"{label[:room]}…"


def _legend(series: Sequence[Series]) -> SafeString:
    if len(series) < 2:
        return SafeString("")
    return format_html_join(
        "", '<span class="key {}">{}</span>', ((s.tone, s.name) for s in series)
    )


def _table(series: Sequence[Series], labels: Sequence[str], title: str) -> SafeString:
    heads = format_html_join("", '<th scope="col" class="num">{}</th>', ((s.name,) for s in series))
    rows = format_html_join(
        "",
        '<tr><th scope="row">{}</th>{}</tr>',
        ((label, _cells(series, i)) for i, label in enumerate(labels)),
    )
    return format_html(
        '<details class="figures"><summary>Show as table</summary><table>'
        '<caption class="vh">{}</caption>'
        "<thead><tr><td></td>{}</tr></thead><tbody>{}</tbody></table></details>",
        title,
        heads,
        rows,
    )


def _cells(series: Sequence[Series], i: int) -> SafeString:
    return format_html_join(
        "", '<td class="num">{}</td>', ((_number(s.values[i]),) for s in series)
    )


def _number(value: Number) -> str:
    return (
        f"{value:,}" if isinstance(value, int) or value.is_integer() is False else f"{int(value):,}"
    )


def segments(parts: Sequence[Part]) -> SafeString:
    """A thin bar of shares with its legend; pieces with an address filter the list below it."""
    total = sum(part.value for part in parts)
    if not total:
        return SafeString("")
    keys = format_html_join("", "{}", ((_key(part),) for part in parts))
    return format_html('<div class="segments">{}<p>{}</p></div>', _shares(parts, total), keys)


def _shares(parts: Sequence[Part], total: int) -> SafeString:
    ends = list(accumulate(part.value for part in parts))
    pieces = []
    for part, end in zip(parts, ends, strict=True):
        box = (f"{(end - part.value) / total * 100:.3f}", f"{part.value / total * 100:.3f}")
        rect = format_html('<rect class="{}" x="{}%" width="{}%" height="8"/>', part.tone, *box)
        if part.href:
            rect = format_html('<a href="{}" tabindex="-1">{}</a>', part.href, rect)
        pieces.append((rect,))
    return format_html(
        '<svg class="shares" height="8" aria-hidden="true">{}</svg>',
        format_html_join("", "{}", pieces),
    )


def _key(part: Part) -> SafeString:
    words = format_html("{} <b>{}</b>", part.label, _number(part.value))
    if not part.href:
        return format_html('<span class="key {}">{}</span>', part.tone, words)
    current = mark_safe(' aria-current="true"') if part.is_on else ""
    return format_html('<a class="key {}" href="{}"{}>{}</a>', part.tone, part.href, current, words)

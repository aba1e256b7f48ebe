"""A firm's own colour, made into the colours of a page that can be read (F-165).

Colours are "#rrggbb". Contrast is that of WCAG 2: 4.5 and more is readable.
"""

import re

ENOUGH = 4.5
COLOUR = re.compile(r"#[0-9a-f]{6}")
WHITE, BLACK = "#ffffff", "#000000"
SUNKEN, DARK = (
    "#f3f1ea",
    "#171c19",
)  # the least light and the least dark ground of static/css/tokens
STEPS = 50


def parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    def linear(part: int) -> float:
        share = part / 255
        return float(share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = map(linear, parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mix(colour: str, other: str, share: float) -> str:
    """`share` of the other colour, from 0 to 1."""
    pairs = zip(parts(colour), parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def is_readable(colour: str) -> bool:
    """As text on our paper, hence also under white text."""
    return contrast(colour, SUNKEN) >= ENOUGH


def readable(colour: str, ground: str, towards: str) -> str:
    """The colour itself, or the nearest on the way that can be read on the ground."""
    steps = (mix(colour, towards, step / STEPS) for step in range(STEPS + 1))
    return next(shade for shade in steps if contrast(shade, ground) >= ENOUGH)


def tokens(colour: str) -> dict[str, tuple[str, str]]:
    """The tokens of `static/css/tokens.css` that speak of the brand, for light and for dark."""
    bright = readable(colour, DARK, WHITE)
    return {
        "--brand": (colour, bright),
        "--brand-ink": (mix(colour, BLACK, 0.25), mix(bright, WHITE, 0.3)),
        "--brand-wash": (mix(colour, WHITE, 0.9), mix(DARK, colour, 0.15)),
    }

"""Pictures of figures: few colours, told apart by shape and dash as well, each value written out.

They are drawn by pygal as SVG and go into the page itself, so they need no address of their own.
Drawing takes some milliseconds: it is done in a thread, and the same figures are drawn once.
"""

import asyncio
import base64
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import pygal  # pyright: ignore[reportMissingTypeStubs]
from pygal.style import Style  # pyright: ignore[reportMissingTypeStubs]

DRAW: Any = pygal  # it says nothing of its types

WIDTH, HEIGHT = 760, 340
INK, SOFT, BRAND, WARM = "#1b2733", "#55636f", "#0b4a6f", "#b35c00"
DRAWN = ("———", "– – –")  # how the lines look, for who sees no colours
MOST_LABELS = 16  # below the picture; more run into one another

Series = tuple[str, tuple[float | None, ...]]

# Thin, dotted help lines; the second line of two is dashed.
CSS = """inline:
.axis .guide.line, .axis .major.guide.line { stroke: #b7c3cc; }
.series .line { stroke-width: 2.5px; }
.serie-1 .line { stroke-dasharray: 8,6; }
text.value { font-weight: 600; }
"""
BESIDE = "inline:text.value { text-anchor: start; transform: translateX(6px); }"


async def bars(labels: Sequence[str], values: Sequence[float]) -> str:
    """Standing bars with their values on them, as the address of a picture."""
    return await asyncio.to_thread(_bars, tuple(labels), tuple(values))


async def lines(labels: Sequence[str], series: Sequence[Series]) -> str:
    """One or two lines over days, the second dashed."""
    return await asyncio.to_thread(_lines, tuple(labels), tuple(series))


async def lying_bars(labels: Sequence[str], values: Sequence[float]) -> str:
    """Lying bars, for names that need room; the first stands on top."""
    return await asyncio.to_thread(_lying_bars, tuple(labels), tuple(values))


@lru_cache(maxsize=256)
def _bars(labels: tuple[str, ...], values: tuple[float, ...]) -> str:
    chart = DRAW.Bar(
        **_manner(), print_values=True, print_values_position="top", spacing=8, show_y_guides=False
    )
    chart.x_labels = labels
    chart.add("", list(values))
    return _address(chart)


@lru_cache(maxsize=256)
def _lines(labels: tuple[str, ...], series: tuple[Series, ...]) -> str:
    dots = len(labels) <= 62
    chart = DRAW.Line(**_manner(legend=len(series) > 1), show_dots=dots, dots_size=3)
    chart.x_labels = labels
    step = max(1, -(-len(labels) // MOST_LABELS))
    chart.x_labels_major = labels[::step]
    chart.show_minor_x_labels = step == 1
    for (name, values), drawn in zip(series, DRAWN, strict=False):
        chart.add(f"{name} {drawn}" if len(series) > 1 else name, list(values))
    return _address(chart)


@lru_cache(maxsize=256)
def _lying_bars(labels: tuple[str, ...], values: tuple[float, ...]) -> str:
    manner = _manner(BESIDE) | {"height": 60 + 36 * len(labels)}
    chart = DRAW.HorizontalBar(
        **manner, print_values=True, print_values_position="top", spacing=4, show_y_guides=False
    )
    chart.x_labels = labels[::-1]
    chart.add("", list(values[::-1]))
    return _address(chart)


def _manner(*css: str, legend: bool = False) -> dict[str, Any]:
    style = Style(
        background="white",
        plot_background="white",
        foreground=INK,
        foreground_strong=INK,
        foreground_subtle=SOFT,
        colors=(BRAND, WARM),
        value_colors=(INK, INK),
        opacity="1",
        font_family='"Be Vietnam Pro", "Noto Sans", "DejaVu Sans", sans-serif',
        label_font_size=15,
        major_label_font_size=15,
        legend_font_size=16,
        value_font_size=15,
    )
    return {
        "style": style,
        "css": ["file://style.css", "file://graph.css", CSS, *css],
        "js": [],
        "width": WIDTH,
        "height": HEIGHT,
        "show_legend": legend,
        "legend_at_bottom": True,
        "truncate_label": 40,
        "truncate_legend": -1,
        "include_x_axis": True,
        "min_scale": 3,
        "max_scale": 6,
        "value_formatter": _plain,
        "disable_xml_declaration": True,
        "no_prefix": True,  # each picture is alone in its file, and CSS above needs no name of it
        "margin": 10,
    }


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _address(chart: Any) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(chart.render().encode()).decode()

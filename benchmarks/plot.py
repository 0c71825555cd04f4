"""The results as an SVG of horizontal bars.

The scale is linear from zero, so that a bar twice as long is twice the time; a logarithmic one has no zero and would
make a tenth look like two thirds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import chain
from typing import Final

from .results import Results
from .works import BARE, FERRULE, FLOOR, FORM, FRAMEWORKS, JSON, LAST_SHAPE, PAGE, SESSION, STATIC

WIDTH: Final = 760
MARGIN: Final = 24
LABELS: Final = 150
VALUES: Final = 70
BAR: Final = 16
STEP: Final = 24
PANEL_HEAD: Final = 34
PANEL_GAP: Final = 22

STYLE: Final = """\
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 14px }
.value { font-variant-numeric: tabular-nums }
.ground { fill: #ffffff; stroke: #d1d9e0 }
.bar { fill: #9aa4ae }
.ours { fill: #0969da }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .ground { fill: #151b23; stroke: #3d444d }
  .bar { fill: #6e7681 }
  .ours { fill: #4493f8 }
}
"""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Bars under one heading.

    Attributes:
        title: The heading, with the unit.
        values: The length of each bar, by its label.
        full: The value of a bar as wide as the panel.
        digits: How many digits after the point a value is written with.
    """

    title: str
    values: dict[str, float]
    full: float
    digits: int

    @property
    def height(self) -> int:
        return PANEL_HEAD + STEP * len(self.values)


def render(results: Results) -> str:
    """Return the whole picture as SVG source."""
    panels = make_panels(results)
    height = 2 * MARGIN + sum(panel.height for panel in panels) + PANEL_GAP * (len(panels) - 1)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img">',
            "<title>Time per request and time to start, of Ferrule and its peers; shorter is better</title>",
            f"<style>\n{STYLE}</style>",
            f'<rect class="ground" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>',
            *draw_panels(panels),
            "</svg>\n",
        ]
    )


def make_panels(results: Results) -> list[Panel]:
    works = {
        "Static route, text: µs per request": STATIC,
        "Dynamic route, JSON: µs per request": JSON,
        "Last of 100 routes of one shape, JSON: µs per request": LAST_SHAPE,
        "Page of a template: µs per request": PAGE,
        "Session read and written: µs per request": SESSION,
        "Form POSTed: µs per request": FORM,
    }
    requests = {
        title: {
            framework.name: results.micros(framework, work)
            for framework in (*FRAMEWORKS, FLOOR)
            if (framework, work) in results.timings
        }
        for title, work in works.items()
    }
    slowest = max(chain.from_iterable(values.values() for values in requests.values()))
    starts = {framework.name: results.start_ms(framework).median for framework in FRAMEWORKS if framework is not BARE}
    return [
        *(Panel(title=title, values=values, full=slowest, digits=1) for title, values in requests.items()),
        Panel(
            title="Import and application: ms beyond the interpreter's own start",
            values=starts,
            full=max(starts.values()),
            digits=0,
        ),
    ]


def draw_panels(panels: Sequence[Panel]) -> Iterator[str]:
    top = MARGIN
    for panel in panels:
        yield f'<text class="title" x="{MARGIN}" y="{top + 14}">{escape(panel.title)}</text>'
        for index, (label, value) in enumerate(panel.values.items()):
            yield draw_bar(label, value, panel, top=top + PANEL_HEAD + STEP * index)
        top += panel.height + PANEL_GAP


def draw_bar(label: str, value: float, panel: Panel, *, top: int) -> str:
    left = MARGIN + LABELS
    length = (WIDTH - left - VALUES - MARGIN) * value / panel.full
    kind = "bar ours" if label == FERRULE.name else "bar"
    baseline = top + BAR - 4
    return (
        f'<text x="{left - 10}" y="{baseline}" text-anchor="end">{escape(label)}</text>'
        f'<rect class="{kind}" x="{left}" y="{top}" width="{length:.1f}" height="{BAR}" rx="2"/>'
        f'<text class="value" x="{left + length + 8:.1f}" y="{baseline}">{value:.{panel.digits}f}</text>'
    )

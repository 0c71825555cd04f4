"""The results as Markdown: sections between markers, so that a page can include each where it explains it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from . import machine
from .imports import IMPORTED as IMPORTED_MODULES
from .imports import SQLALCHEMY
from .migrations import REVISIONS
from .processes import differences
from .results import Results
from .samples import Spread
from .starts import (
    AMONG,
    FLASK_IMPORTED,
    FLASK_WITH,
    IMPORTED,
    INSTALLED,
    LOCK,
    LOCK_AMONG,
    MANY,
    SCAN,
    SCAN_AMONG,
    Way,
)
from .targets import targets_of
from .works import (
    BARE,
    BUSY,
    EXTENSION_WORKS,
    FERRULE,
    FLASK,
    FLOOR,
    FRAMEWORKS,
    GUARDED,
    LITESTAR,
    NONE,
    PLUGGY,
    ROUTE_WORKS,
    STATIC,
    STOCK_WORKS,
    VIEW_WORKS,
    Framework,
    Work,
)


def render(results: Results) -> str:
    """Return every section of the report."""
    sections = {
        "machine": machine_list(results),
        "targets": targets_table(results),
        "requests": requests_table(results),
        "ratios": ratios_table(results),
        "views": views_table(results),
        "view ratios": view_ratios_table(results),
        "extensions": extensions_table(results),
        "hooks": hooks_table(results),
        "logins": logins_table(results),
        "databases": databases_table(results),
        "imports": imports_table(results),
        "starts": starts_table(results),
        "lock": lock_table(results),
        "upgrades": upgrades_table(results),
        "processes": processes_table(results),
    }
    return "\n".join(f"<!-- {name} -->\n\n{text}\n\n<!-- end of {name} -->\n" for name, text in sections.items())


def machine_list(results: Results) -> str:
    compiled, loaded = machine.compiled_modules("falcon")
    pace = results.pace
    return "\n".join(
        [
            f"- Run on {datetime.now(UTC):%Y-%m-%d}: {machine.processor()}; {machine.python()}.",
            f"- {machine.libraries()}.",
            f"- Falcon is the wheel that pip installs; {compiled} of its {loaded} loaded modules are compiled.",
            f"- {pace.rounds} rounds, batches of {pace.batch_ms} ms; each process {results.process_rounds} times.",
        ]
    )


def targets_table(results: Results) -> str:
    return table(
        ["Ferrule's time for", "at most", "found", "quartiles", ""],
        (
            [
                target.title,
                decimal(target.limit),
                decimal(target.measured(results).median),
                quartiles(target.measured(results)),
                "met" if target.met(results) else "**missed**",
            ]
            for target in targets_of(results)
        ),
    )


def requests_table(results: Results) -> str:
    return works_table("µs per request", lambda framework, work: f"{results.micros(framework, work):.1f}")


def ratios_table(results: Results) -> str:
    return works_table(
        "ratio to Flask",
        lambda framework, work: decimal(results.request_ratio(framework, work, to=(FLASK, work)).median),
    )


def views_table(results: Results) -> str:
    def cell(framework: Framework, work: Work) -> str:
        return f"{results.micros(framework, work):.1f}" if (framework, work) in results.timings else "-"

    return works_table("µs per request", cell, VIEW_WORKS, (FLOOR, *FRAMEWORKS))


def view_ratios_table(results: Results) -> str:
    def cell(framework: Framework, work: Work) -> str:
        if (framework, work) not in results.timings:
            return "-"
        return decimal(results.request_ratio(framework, work, to=(FLASK, work)).median)

    return works_table("ratio to Flask", cell, VIEW_WORKS, (FLOOR, *FRAMEWORKS))


def works_table(
    corner: str,
    cell: Callable[[Framework, Work], str],
    works: Sequence[Work] = ROUTE_WORKS,
    frameworks: Sequence[Framework] = FRAMEWORKS,
) -> str:
    return table(
        [corner, *(framework.name for framework in frameworks)],
        ([work.title, *(cell(framework, work) for framework in frameworks)] for work in works),
    )


def extensions_table(results: Results) -> str:
    def row(work: Work) -> list[str]:
        to_none = results.request_ratio(FERRULE, work, to=(FERRULE, NONE))
        return [work.title, f"{results.micros(FERRULE, work):.2f}", decimal(to_none.median), quartiles(to_none)]

    return table(
        ["extensions enabled", "µs per request", "ratio to none", "quartiles"],
        [
            [NONE.title, f"{results.micros(FERRULE, NONE):.2f}", "", ""],
            *(row(work) for work in EXTENSION_WORKS if work is not NONE),
        ],
    )


def hooks_table(results: Results) -> str:
    def cell(framework: Framework, work: Work) -> str:
        to_loop = "" if framework is FLOOR else f" ({decimal(results.hooks_ratio(framework, work).median)})"
        return f"{results.hooks_micros(framework, work):.2f}{to_loop}"

    callers = {FLOOR: "plain loop", FERRULE: "Ferrule adds", PLUGGY: PLUGGY.name}
    callers |= {framework: f"{framework.name} adds" for framework in (FLASK, LITESTAR)}
    return table(
        ["µs for the hooks of a request (ratio to the loop)", *callers.values()],
        ([work.title, *(cell(framework, work) for framework in callers)] for work in BUSY.values()),
    )


def logins_table(results: Results) -> str:
    def row(framework: Framework) -> list[str]:
        micros = [f"{results.micros(framework, work):.1f}" for work in (STATIC, GUARDED)]
        ratio = results.login_ratio(framework, to=FLASK)
        shown = "" if framework is FLASK else f"{decimal(ratio.median)} ({quartiles(ratio)})"
        return [framework.name, *micros, f"{results.login_micros(framework):.1f}", shown]

    return table(
        ["µs per request", "static route", "behind a login", "the login adds", "ratio to Flask-Login (quartiles)"],
        map(row, (FERRULE, FLASK)),
    )


def databases_table(results: Results) -> str:
    def row(work: Work) -> list[str]:
        if work.store in results.missing:
            return [f"{work.title}: not measured, {results.missing[work.store]}", *["-"] * 5]
        micros = [f"{results.micros(framework, work):.0f}" for framework in (FLOOR, FERRULE, FLASK)]
        ratios = [results.request_ratio(framework, work, to=(FLOOR, work)) for framework in (FERRULE, FLASK)]
        return [work.title, *micros, *(f"{decimal(spread.median)} ({quartiles(spread)})" for spread in ratios)]

    return table(
        ["µs per request", "SQLAlchemy and Jinja alone", "Ferrule", "Flask", "Ferrule's ratio (quartiles)", "Flask's"],
        map(row, STOCK_WORKS),
    )


def imports_table(results: Results) -> str:
    imports = results.imports

    def row(name: str) -> list[str]:
        beyond = Spread.of(differences(imports.ms(name), imports.ms(SQLALCHEMY)))
        return [
            f"`import {name}`",
            f"{imports.median_ms(name):.0f}",
            f"{beyond.median:.0f}",
            f"{imports.mib(name):.1f}",
        ]

    return table(["process", "ms", "beyond SQLAlchemy's own", "peak memory, MiB"], map(row, IMPORTED_MODULES))


def starts_table(results: Results) -> str:
    starts = results.starts
    whole = {LOCK: IMPORTED, SCAN: IMPORTED, FLASK_WITH: FLASK_IMPORTED}

    def row(way: Way) -> list[str]:
        to_import = starts.ratio(way, whole[way]) if way in whole else None
        ratios = ["", ""] if to_import is None else [decimal(to_import.median), quartiles(to_import)]
        return [way.title, f"{starts.median_ms(way):.0f}", *ratios]

    return table(
        [f"{MANY} extensions, {AMONG} distributions installed", "ms", "ratio to the import", "quartiles"],
        map(row, (IMPORTED, LOCK, SCAN, FLASK_IMPORTED, FLASK_WITH)),
    )


def lock_table(results: Results) -> str:
    starts = results.starts

    def row(number: int) -> list[str]:
        lock, scan = LOCK_AMONG[number], SCAN_AMONG[number]
        with_one, without = starts.application_ms(lock), starts.application_ms(scan)
        saved = Spread.of(differences(without, with_one))
        medians = [Spread.of(times).median for times in (without, with_one)]
        return [
            str(number),
            *(f"{ms:.1f}" for ms in (*medians, saved.median)),
            f"{saved.lower:.1f} to {saved.upper:.1f}",
        ]

    return table(
        ["distributions installed", "without a lock, ms", "with one, ms", "saved, ms", "quartiles"],
        map(row, INSTALLED),
    )


def upgrades_table(results: Results) -> str:
    upgrades = results.upgrades
    return table(
        [f"nothing to do, on {REVISIONS} revisions", "ms", "ratio to Alembic's", "quartiles"],
        [
            ["`alembic upgrade head`", f"{upgrades.alembic.median_ms:.0f}", "", ""],
            [
                "`ferrule db upgrade`",
                f"{upgrades.ferrule.median_ms:.0f}",
                decimal(upgrades.ratio.median),
                quartiles(upgrades.ratio),
            ],
        ],
    )


def processes_table(results: Results) -> str:
    alone = results.processes.interpreter
    interpreter = [
        "interpreter alone (in ms and MiB; not in the rows below)",
        f"{Spread.of(alone.start_ms).median:.0f}",
        "",
        f"{Spread.of(alone.peak_mib).median:.1f}",
    ]
    return table(
        ["process", "import and application, ms", "… and first answer, ms", "peak memory, MiB"],
        [
            interpreter,
            *(
                [
                    framework.name,
                    f"{results.start_ms(framework).median:.0f}",
                    f"{results.first_answer_ms(framework).median:.0f}",
                    f"{results.memory_mib(framework):.1f}",
                ]
                for framework in FRAMEWORKS
                if framework is not BARE
            ),
        ],
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; every column but the first is numbers, aligned to the right."""
    return "\n".join(table_lines(head, rows))


def table_lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"| --- |{' ---: |' * (len(head) - 1)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def decimal(ratio: float) -> str:
    """Write a ratio with about three digits that matter."""
    return f"{ratio:.3f}" if ratio < 1 else f"{ratio:.2f}"


def quartiles(spread: Spread) -> str:
    return f"{decimal(spread.lower)} to {decimal(spread.upper)}"

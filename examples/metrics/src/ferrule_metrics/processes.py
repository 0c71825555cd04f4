"""Metrics of several processes: each writes to files of its own in one folder, and whoever is asked sums them all."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final
from weakref import WeakValueDictionary

from prometheus_client import CollectorRegistry, Metric, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from ferrule import ConfigError

__all__ = ["APPLICATION", "VARIABLE", "SharedMetrics", "mark_the_dead", "shared_folder", "unique_name"]

APPLICATION: Final = "ferrule_application"
"""The label that tells the applications of one process apart in the files, which they share. No reader sees it."""

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"

_LIVE: Final = re.compile(r"gauge_live[a-z]+_(\d+)\.db")
_names: Final[WeakValueDictionary[str, CollectorRegistry]] = WeakValueDictionary()


def shared_folder() -> Path | None:
    """Return the folder that the processes of a service share; ``None`` where each process keeps its own metrics.

    Raises:
        ConfigError: The variable names no folder, or came too late.
    """
    folder = os.environ.get(VARIABLE)
    if (folder is not None) is (values.ValueClass is values.MutexValue):  # it decides once, at its import
        raise ConfigError(
            f"environment {VARIABLE}={folder!r}: it was changed after prometheus_client had been imported, which reads"
            " it then; set it in the environment that the process starts with"
        )
    if folder is not None and not (folder and Path(folder).is_dir() and os.access(folder, os.W_OK)):
        raise ConfigError(
            f"environment {VARIABLE}={folder!r}: no folder that this process can write to; make it, and empty it before"
            " each start of the service"
        )
    return None if folder is None else Path(folder)


def unique_name(name: str, registry: CollectorRegistry) -> str:
    """Return what one application of this process is called in the files: its name, numbered if another has it.

    Args:
        name: The application's name.
        registry: The application's registry, for as long as which the name is taken.
    """
    number, unique = 1, name
    while _names.setdefault(unique, registry) is not registry:
        number += 1
        unique = f"{name} {number}"
    return unique


def mark_the_dead(folder: Path) -> None:
    """Remove the live gauges of processes that were killed: nobody else would, and their requests are over."""
    for file in folder.iterdir():
        if (live := _LIVE.fullmatch(file.name)) and not _is_running(int(live[1])):
            with suppress(FileNotFoundError):  # another process was asked at the same time
                mark_process_dead(int(live[1]), str(folder))  # type: ignore[no-untyped-call]  # no types in the library


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is somebody else's by now, or runs as another user
        return True
    return True


class SharedMetrics(Collector):
    """The metrics of one application over all processes, and nobody else's from the same folder.

    Args:
        registry: The registry of the application in this process, which knows the names.
        folder: Where the files are.
        application: What the application is called in them.
    """

    def __init__(self, registry: CollectorRegistry, folder: Path, application: str) -> None:
        self.registry = registry
        self.folder = folder
        self.application = application

    def collect(self) -> Iterator[Metric]:
        """Read the files of all processes."""
        mark_the_dead(self.folder)
        names = {metric.name for metric in self.registry.collect()}
        collector = MultiProcessCollector(None, str(self.folder))  # type: ignore[no-untyped-call]  # no types in the library
        metrics: Iterable[Metric] = collector.collect()  # type: ignore[no-untyped-call]  # as above
        for metric in metrics:
            if metric.name in names:
                metric.samples = [*self._own(metric.samples)]
                yield metric

    def _own(self, samples: Iterable[Sample]) -> Iterator[Sample]:
        for sample in samples:
            labels = {**sample.labels}
            if labels.pop(APPLICATION, self.application) == self.application:
                yield sample._replace(labels=labels)

"""What was measured on: processor, Python, and the versions of the libraries; nothing that names the machine."""

import importlib.machinery
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

from .works import FRAMEWORKS, LITESTAR, PLUGGY

DATABASE_LIBRARIES: Final = ("sqlalchemy", "flask-sqlalchemy", "flask-login", "psycopg")


def processor() -> str:
    """Return the processor's model and how many of it there are, as far as the system tells."""
    return f"{processor_model()}, {os.cpu_count()} logical processors"


def processor_model() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def python() -> str:
    return f"{platform.python_implementation()} {platform.python_version()} on {platform.system()}"


def libraries() -> str:
    frameworks = [framework.distribution for framework in (*FRAMEWORKS, LITESTAR, PLUGGY)]
    names = [name for name in (*frameworks, *DATABASE_LIBRARIES) if name is not None]
    return ", ".join(f"{name} {version(name)}" for name in names)


def compiled_modules(package: str) -> tuple[int, int]:
    """Return how many of a package's loaded modules are compiled to machine code, and how many are loaded."""
    files = [
        str(getattr(module, "__file__", ""))
        for name, module in sys.modules.items()
        if name == package or name.startswith(f"{package}.")
    ]
    suffixes = tuple(importlib.machinery.EXTENSION_SUFFIXES)
    return sum(file.endswith(suffixes) for file in files), len(files)

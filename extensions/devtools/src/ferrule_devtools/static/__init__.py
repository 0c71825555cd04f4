"""The check of a package as its sources say, without running or importing it."""

from .checking import check
from .findings import RULES, Finding, Place
from .package import Package
from .sources import package_at, package_in, package_of

__all__ = ["RULES", "Finding", "Package", "Place", "check", "package_at", "package_in", "package_of"]

"""Enums of PostgreSQL, and those that are a CHECK elsewhere: compared, written into revisions, and changed."""

from . import checks, comparing, statements
from .operations import AddEnumValuesOp, CreateEnumOp, DropEnumOp, RenameEnumValueOp, ReplaceEnumOp
from .rendering import render_enum

__all__ = [
    "AddEnumValuesOp",
    "CreateEnumOp",
    "DropEnumOp",
    "RenameEnumValueOp",
    "ReplaceEnumOp",
    "checks",
    "comparing",
    "render_enum",
    "statements",
]

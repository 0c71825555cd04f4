"""The JSON Schema of a configuration file, for editors."""

from .document import schema_of_file

__all__ = ["schema_of_file"]

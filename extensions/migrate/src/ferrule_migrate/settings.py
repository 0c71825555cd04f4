"""The settings of the extension: the ``[migrate]`` table of the configuration."""

from dataclasses import dataclass

from ferrule import setting

__all__ = ["MigrateSettings"]


@dataclass(frozen=True, kw_only=True)
class MigrateSettings:
    """The settings of the extension."""

    directory: str = setting(
        "migrations",
        doc="The folder with `versions/`, relative to the configuration file's, without a file to the project's.",
    )
    models: list[str] = setting(
        default_factory=list,
        doc="Modules with models that importing the application does not import; they are, before revisions are made.",
    )

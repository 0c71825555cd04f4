"""What ``ferrule new`` writes: folders of templates, filled in with names."""

from .application import FEATURES, application, application_mistakes
from .author import DEFAULT_LICENSE, LICENSES, extension, extension_mistakes
from .scaffold import Scaffold, ScaffoldError, render
from .writing import next_steps, target_mistakes, write

__all__ = [
    "DEFAULT_LICENSE",
    "FEATURES",
    "LICENSES",
    "Scaffold",
    "ScaffoldError",
    "application",
    "application_mistakes",
    "extension",
    "extension_mistakes",
    "next_steps",
    "render",
    "target_mistakes",
    "write",
]

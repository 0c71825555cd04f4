"""The documentation's build: Sphinx with MyST, offline, every warning an error (`make docs`)."""

import logging
import sys
import tomllib
from pathlib import Path
from typing import Final

from docutils.nodes import Element, TextElement, reference
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import make_refnode

ROOT: Final = Path(__file__).parents[1]
PROJECT: Final = tomllib.loads((ROOT / "core/pyproject.toml").read_text(encoding="utf-8"))["project"]

# The theme's colours (accessible-pygments) configure the root logger when imported; others' start-up notes are no news.
logging.getLogger("alembic").setLevel(logging.WARNING)

project = "Ferrule"
author = "the Ferrule authors"
copyright = f"2026, {author}"
version = release = PROJECT["version"]

sys.path.insert(0, str(ROOT / "docs/_directives"))
extensions = ["myst_parser", "settings_directive", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["attrs_block", "colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"Ferrule {release}"
html_copy_source = False
html_show_sphinx = False

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_preserve_defaults = True
autodoc_inherit_docstrings = False  # what others wrote refers to their own pages
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

nitpick_ignore_regex = [
    (r"py:.*", r"(?!ferrule).*"),  # the build is offline and knows no other project's names; our own are checked
    (r"py:.*", r"ferrule[\w.]*\.[A-Z]"),  # a type variable has no page
    (r"py:.*", r"ferrule\.claims\.Claims"),  # for the core alone
    (r"py:.*", r"ferrule\.config\.(indirection|provenance|source)\.(DEFAULT|Outside|Stratum)"),  # likewise
]


def setup(app: Sphinx) -> None:
    """Let a reference to the file that holds a name find the public name under which it is documented."""
    app.connect("missing-reference", find_public_name)


def find_public_name(app: Sphinx, env: BuildEnvironment, node: pending_xref, content: TextElement) -> Element | None:
    """Resolve ``ferrule.app.App`` to ``ferrule.App``.

    Args:
        app: The running build.
        env: What the build knows of all pages.
        node: The reference that no object answers.
        content: What the reader sees of it.

    Returns:
        The reference to the public name, or None for a name that nothing documents.
    """
    package, _, path = node.get("reftarget", "").partition(".")
    if node.get("refdomain") != "py" or not package.startswith("ferrule"):
        return None
    objects = env.domains.python_domain.objects
    parts = path.split(".")
    for start in range(1, len(parts)):
        name = ".".join([package, *parts[start:]])
        if name in objects:
            found = objects[name]
            link: reference = make_refnode(app.builder, node["refdoc"], found.docname, found.node_id, content, name)
            return link
    return None

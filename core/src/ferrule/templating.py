"""Templates: the functions that render them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from .context import Context, current_context
from .streaming import stream_with_context

if TYPE_CHECKING:
    from jinja2 import Template  # PERF: slow to import; an application without templates never pays

__all__ = [
    "get_template_attribute",
    "render_template",
    "render_template_string",
    "select_autoescape",
    "stream_template",
    "stream_template_string",
    "template_names",
]

_ESCAPED: Final = (".html", ".htm", ".xml", ".xhtml", ".svg")


def select_autoescape(filename: str | None) -> bool:
    """Tell whether a template escapes what it prints: HTML, XML and SVG do, and so do templates from a string."""
    return filename is None or filename.endswith(_ESCAPED)


def template_names(context: Context, given: dict[str, Any]) -> dict[str, Any]:
    """Collect the names of a template: the extensions', the context processors', and those given, which win."""
    names: dict[str, Any] = context.app.hooks.template_context(context)
    for processor in context.plan.context_processors:
        names |= processor()
    return names | given


def _render(template: Template, given: dict[str, Any]) -> str:
    context = current_context()
    names = template_names(context, given)
    text = template.render(names)
    context.app.hooks.template_rendered(context, template, names)
    return text


def _stream(template: Template, given: dict[str, Any]) -> Iterator[str]:
    context = current_context()
    names = template_names(context, given)

    def generate() -> Iterator[str]:
        yield from template.generate(names)
        context.app.hooks.template_rendered(context, template, names)

    return stream_with_context(generate())


def render_template(template_name_or_list: str | Template | list[str | Template], **context: Any) -> str:
    """Render a template, or the first that exists of several.

    Args:
        template_name_or_list: Its name, or names.
        **context: The names that it sees, beside those of the framework, the extensions and the context processors.

    Raises:
        jinja2.TemplateNotFound: No folder has it.
    """
    return _render(current_context().app.jinja_env.get_or_select_template(template_name_or_list), context)


def render_template_string(source: str, **context: Any) -> str:
    """Render a template from a string; what it prints is escaped."""
    return _render(current_context().app.jinja_env.from_string(source), context)


def stream_template(template_name_or_list: str | Template | list[str | Template], **context: Any) -> Iterator[str]:
    """Render a template piece by piece, for a response that begins before it is complete."""
    return _stream(current_context().app.jinja_env.get_or_select_template(template_name_or_list), context)


def stream_template_string(source: str, **context: Any) -> Iterator[str]:
    """Render a template from a string piece by piece."""
    return _stream(current_context().app.jinja_env.from_string(source), context)


def get_template_attribute(template_name: str, attribute: str) -> Any:
    """Return a macro or a variable that a template exports."""
    return getattr(current_context().app.jinja_env.get_template(template_name).module, attribute)

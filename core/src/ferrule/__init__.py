"""Ferrule, a WSGI micro framework with checked extensions."""

from .app import App
from .blueprints import Blueprint
from .bodies import InvalidInput, Mistake
from .builtin import cross_origin_allowed
from .checks import Check
from .config import Config, setting
from .context import (
    Context,
    after_this_request,
    copy_current_request_context,
    current_app,
    current_context,
    g,
    has_app_context,
    has_request_context,
    request,
    session,
)
from .exceptions import ConfigError, ConflictError, ContextError, ExtensionError, FerruleError, SetupError
from .extensions import Extension
from .files import send_file, send_from_directory
from .flashing import flash, get_flashed_messages
from .hooks import Deprecation, hookimpl, hookspec
from .json import jsonify
from .requests import Request
from .responses import Response, make_response
from .streaming import stream_with_context
from .templating import (
    get_template_attribute,
    render_template,
    render_template_string,
    stream_template,
    stream_template_string,
)
from .urls import abort, redirect, url_for

__all__ = [
    "App",
    "Blueprint",
    "Check",
    "Config",
    "ConfigError",
    "ConflictError",
    "Context",
    "ContextError",
    "Deprecation",
    "Extension",
    "ExtensionError",
    "FerruleError",
    "InvalidInput",
    "Mistake",
    "Request",
    "Response",
    "SetupError",
    "abort",
    "after_this_request",
    "copy_current_request_context",
    "cross_origin_allowed",
    "current_app",
    "current_context",
    "flash",
    "g",
    "get_flashed_messages",
    "get_template_attribute",
    "has_app_context",
    "has_request_context",
    "hookimpl",
    "hookspec",
    "jsonify",
    "make_response",
    "redirect",
    "render_template",
    "render_template_string",
    "request",
    "send_file",
    "send_from_directory",
    "session",
    "setting",
    "stream_template",
    "stream_template_string",
    "stream_with_context",
    "url_for",
]

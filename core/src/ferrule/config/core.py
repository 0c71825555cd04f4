"""The core's own settings: Flask's documented keys, and Ferrule's."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, TypedDict

from .declare import Section, setting

__all__ = ["CORE", "CoreSettings", "ProxyFixSettings"]


class ProxyFixSettings(TypedDict, total=False):
    """How many proxies in front of the application set each header: arguments of Werkzeug's ``ProxyFix``.

    Attributes:
        x_for: For ``X-Forwarded-For``, the client's address.
        x_proto: For ``X-Forwarded-Proto``, ``http`` or ``https``.
        x_host: For ``X-Forwarded-Host``, the host that the client asked.
        x_port: For ``X-Forwarded-Port``, the port that the client asked.
        x_prefix: For ``X-Forwarded-Prefix``, the path that the application is mounted at.
    """

    x_for: int
    x_proto: int
    x_host: int
    x_port: int
    x_prefix: int


@dataclass(frozen=True, kw_only=True)
class CoreSettings:
    """The settings of the framework itself, at the top of the configuration file.

    Names, types and defaults are Flask's, except that ``session_cookie_samesite`` is ``"Lax"``,
    ``session_cookie_secure`` depends on the environment, and ``max_content_length`` has a limit.
    """

    application: str | None = setting(None, doc="The application, for commands: `module:name`, perhaps of a factory.")
    extensions: list[str] = setting(
        default_factory=list, doc="The enabled extensions: entry points, or `module:attribute` for the app's own."
    )
    debug: bool = setting(
        False, doc="Show the debugger and reload changed code. Never in production; commands set it in development."
    )
    testing: bool = setting(False, doc="Let exceptions reach the test client, and extensions ease testing.")
    propagate_exceptions: bool | None = setting(
        None, doc="Raise exceptions again that no handler answers; unset, it follows `debug` and `testing`."
    )
    secret_key: str | bytes | None = setting(
        None, secret=True, doc="The key that all others, for sessions and tokens, are derived from. Long and random."
    )
    secret_key_fallbacks: list[str | bytes] = setting(
        default_factory=list, secret=True, doc="Earlier secret keys, newest first, which read but no longer write."
    )
    permanent_session_lifetime: timedelta = setting(
        timedelta(days=31), doc="How long a permanent session lasts: seconds, or an ISO 8601 duration."
    )
    session_cookie_name: str = setting("session", doc="The name of the session cookie.")
    session_cookie_domain: str | None = setting(None, doc="The session cookie's domain; unset, the exact host.")
    session_cookie_path: str | None = setting(None, doc="The session cookie's path; unset, `application_root`.")
    session_cookie_httponly: bool = setting(True, doc="Hide the session cookie from JavaScript.")
    session_cookie_secure: bool | None = setting(
        None, doc="Send the session cookie over HTTPS only; unset, on unless the environment is development or testing."
    )
    session_cookie_partitioned: bool = setting(
        False, doc="Keep a separate session cookie for each site that embeds the application (CHIPS)."
    )
    session_cookie_samesite: Literal["Lax", "Strict", "None"] | None = setting(
        "Lax", doc="Which requests from other sites carry the session cookie; unset, the browser decides."
    )
    session_refresh_each_request: bool = setting(
        True, doc="Send a permanent session's cookie whenever it was looked at: its lifetime starts anew."
    )
    use_x_sendfile: bool = setting(False, doc="Let the web server send files, by the X-Sendfile header.")
    send_file_max_age_default: timedelta | None = setting(
        None,
        doc="How long browsers keep a sent file without asking: seconds, or an ISO 8601 duration; unset, they ask.",
    )
    trusted_hosts: list[str] | None = setting(
        None, doc="The hosts that requests may be for, `.example.com` with its subdomains; unset, any."
    )
    server_name: str | None = setting(
        None, doc="The host, and port if any, of URLs that are built outside a request and of subdomains."
    )
    application_root: str = setting("/", doc="The path that the application is mounted at, outside a request.")
    preferred_url_scheme: str = setting("http", doc="The scheme of URLs that are built outside a request.")
    proxy_fix: ProxyFixSettings | None = setting(
        None, doc="How many proxies set which header: `x_for`, `x_proto`, `x_host`, `x_port`, `x_prefix`; unset, none."
    )
    max_content_length: int | None = setting(
        16 * 1024 * 1024, doc="The largest request body, in bytes; a larger one is refused with 413. Unset: no limit."
    )
    max_form_memory_size: int | None = setting(
        500_000, doc="The largest multipart form field that is no file, in bytes; a larger one is refused with 413."
    )
    max_form_parts: int | None = setting(
        1_000, doc="The greatest number of fields in a multipart form; more are refused with 413."
    )
    max_cookie_size: int = setting(4093, doc="Warn of a cookie that is larger, in bytes; 0 never warns.")
    server_timing: bool = setting(
        True, doc="In debug, tell the browser's developer tools how long the view and each extension's hooks take."
    )
    trap_bad_request_errors: bool | None = setting(
        None, doc="Raise a missing form key as an error in the view, not as a 400; unset, it follows `debug`."
    )
    trap_http_exceptions: bool = setting(False, doc="Raise HTTP exceptions to the debugger, and do not answer.")
    explain_template_loading: bool = setting(False, doc="Log where each template was looked for.")
    templates_auto_reload: bool | None = setting(None, doc="Read changed templates anew; unset, it follows `debug`.")
    provide_automatic_options: bool = setting(True, doc="Answer OPTIONS requests where no view does.")
    origin_guard: bool = setting(
        True, doc="Refuse unsafe requests that a page of another origin made (Fetch Metadata; RFC 6454)."
    )
    trusted_origins: list[str] = setting(
        default_factory=list, doc="Other origins that may make unsafe requests, such as `https://admin.example.com`."
    )
    silenced_checks: list[str] = setting(
        default_factory=list, doc="Ids of findings that `ferrule check` leaves out, such as `core.trusted_hosts`."
    )


CORE: Final = Section("", CoreSettings, "ferrule")
"""The section at the top of the file."""

"""Entity tags of encoded bodies: made on the way out, understood on the way in.

A strong entity tag stands for bytes, so that an encoded body needs another than the body as it is (RFC 9110, section
8.8.3.3). It gets a suffix: ``"v7"`` becomes ``"v7~br"``. To make it weak would be simpler, and would break
``If-Match``, which takes strong ones alone: who read a document compressed could no longer say which version of it is
to be changed.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

__all__ = ["understand", "with_suffix"]

_SUFFIXED: Final = re.compile(r'((?:W/)?"[^"]*)~([a-z]+)"')


def with_suffix(tag: str, encoding: str) -> str:
    """Return the entity tag of the encoded body; a weak one, which stands for a meaning, is the same for all."""
    return f'{tag[:-1]}~{encoding}"' if re.fullmatch(r'"[^"]*"', tag) else tag


def understand(environ: dict[str, Any], encoding: str | None, offered: Iterable[str]) -> None:
    """Put the application's own tags beside those of encoded bodies in the conditions of a request.

    Args:
        environ: The WSGI environment; its ``If-None-Match`` and ``If-Match`` change.
        encoding: What this request gets. A cached body counts as unchanged only if it has this encoding: with another
            the client might not read what its cache answers.
        offered: All encodings. Whichever it was read in, a document is that version which may be changed.
    """
    for name, known in (("HTTP_IF_NONE_MATCH", (encoding,)), ("HTTP_IF_MATCH", offered)):
        header = environ.get(name)
        if header and "~" in header:
            own = [f'{tag}"' for tag, suffix in _SUFFIXED.findall(header) if suffix in known]
            environ[name] = ", ".join([header, *own])

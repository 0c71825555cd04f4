"""A server between the application and its database, which can be cut and restored."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self

import sqlalchemy as sa


class TCPProxy:
    """Passes bytes on in both directions until it is cut.

    Args:
        url: The URL of the database.
    """

    def __init__(self, url: str) -> None:
        self._target = sa.make_url(url)
        self._open: list[socket.socket] = []
        self._port = 0
        self.restore()

    @property
    def url(self) -> str:
        """The URL of the database through the proxy."""
        return self._target.set(host="127.0.0.1", port=self._port).render_as_string(hide_password=False)

    def restore(self) -> None:
        """Take connections."""
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        """End all connections, and take no more."""
        ending, self._open = [self._listener, *self._open], []
        for each in ending:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.cut()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection((self._target.host or "127.0.0.1", self._target.port or 0))
                self._open += [client, server]
                for pair in ((client, server), (server, client)):
                    threading.Thread(target=_pass_on, args=pair, daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)

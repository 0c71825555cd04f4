"""No framework: a WSGI function for each site, the least that anything in Python can do."""

import json
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


def hello() -> WSGIApplication:
    def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        if environ["PATH_INFO"] == "/":
            return text("Hello, World!", start_response)
        return not_found(start_response)

    return application


def item() -> WSGIApplication:
    def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        _, collection, number = environ["PATH_INFO"].split("/")
        if collection == "items":
            return document({"id": int(number)}, start_response)
        return not_found(start_response)

    return application


def prefixes() -> WSGIApplication:
    collections = {f"r{index}" for index in range(100)}

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        _, collection, number = environ["PATH_INFO"].split("/")
        if collection in collections:
            return document({"id": int(number)}, start_response)
        return not_found(start_response)

    return application


def shapes() -> WSGIApplication:
    kinds = {f"t{index}" for index in range(100)}

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        _, tenant, kind, name = environ["PATH_INFO"].split("/")
        if kind in kinds:
            return document({"tenant": tenant, "name": name}, start_response)
        return not_found(start_response)

    return application


def text(content: str, start_response: StartResponse) -> list[bytes]:
    return answer("200 OK", "text/plain; charset=utf-8", content.encode(), start_response)


def document(content: dict[str, object], start_response: StartResponse) -> list[bytes]:
    return answer("200 OK", "application/json", json.dumps(content).encode(), start_response)


def not_found(start_response: StartResponse) -> list[bytes]:
    return answer("404 Not Found", "text/plain; charset=utf-8", b"Not Found", start_response)


def answer(status: str, content_type: str, body: bytes, start_response: StartResponse) -> list[bytes]:
    start_response(status, [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]

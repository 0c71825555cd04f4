"""What a module does when it is merely imported, and should not."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Final

from .findings import Finding
from .modules import Imported, Module, dotted, top_level
from .package import Package

__all__ = ["effect_findings"]

_CALLS: Final = {
    "ferrule.App": "makes an application",
    "ferrule.app.App": "makes an application",
    "flask.Flask": "makes an application",
    "atexit.register": "registers work for the end of the process",
    "builtins.open": "opens a file",
    "builtins.print": "prints",
    "locale.setlocale": "sets the locale of the process",
    "logging.basicConfig": "sets up the logging of the process",
    "logging.config.dictConfig": "sets up the logging of the process",
    "logging.config.fileConfig": "sets up the logging of the process",
    "multiprocessing.set_start_method": "decides how the process starts others",
    "os.chdir": "changes the working directory",
    "os.putenv": "writes the environment",
    "os.environ.pop": "writes the environment",
    "os.environ.setdefault": "writes the environment",
    "os.environ.update": "writes the environment",
    "os.umask": "changes the rights of new files",
    "random.seed": "seeds the random numbers of the process",
    "signal.signal": "takes a signal",
    "socket.setdefaulttimeout": "changes all sockets",
    "subprocess.run": "runs a program",
    "subprocess.Popen": "runs a program",
    "sys.path.append": "changes the path of imports",
    "sys.path.insert": "changes the path of imports",
    "sys.setrecursionlimit": "changes the interpreter",
    "time.sleep": "waits",
    "warnings.filterwarnings": "changes the warnings of the process",
    "warnings.simplefilter": "changes the warnings of the process",
}
_PREFIXES: Final = {
    "requests.": "asks the network",
    "httpx.": "asks the network",
    "urllib.request.urlopen": "asks the network",
    "gevent.monkey.": "patches the standard library",
    "eventlet.monkey_patch": "patches the standard library",
}
_CURE: Final = "do it in a hook, such as app_init, or in a function"


def effect_findings(package: Package) -> Iterator[Finding]:
    """Go through what the modules of a package do when they are imported."""
    for module in package.modules.values():
        if not module.name.endswith("__main__"):
            for node, what in _effects(package, module, module.tree.body):
                yield Finding("side_effect", module.place(node), f"importing {module.name} {what}", _CURE)


def _effects(package: Package, module: Module, body: Iterable[ast.stmt]) -> Iterator[tuple[ast.AST, str]]:
    for statement, type_only in top_level(_run(body)):
        if type_only or isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if isinstance(statement, ast.ClassDef):
            yield from _effects(package, module, statement.body)
            continue
        for node in _expressions(statement):
            if isinstance(node, ast.Call) and (what := _what_of_call(package, module, node)):
                yield node, what
        for target in _targets(statement):
            if what := _what_of_write(module, target):
                yield statement, what


def _run(body: Iterable[ast.stmt]) -> list[ast.stmt]:
    """Leave out what only runs where the module is the program."""
    return [each for each in body if not (isinstance(each, ast.If) and "__name__" in ast.unparse(each.test))]


def _expressions(statement: ast.AST) -> Iterator[ast.AST]:
    """Go through what a statement evaluates at once: neither statements nor functions inside of it."""
    for child in ast.iter_child_nodes(statement):
        if not isinstance(child, (ast.stmt, ast.ExceptHandler, ast.Lambda, ast.match_case)):
            yield child
            yield from _expressions(child)


def _what_of_call(package: Package, module: Module, call: ast.Call) -> str | None:
    target = package.resolve(module, call.func)
    if not isinstance(target, str):
        return None
    return _CALLS.get(target) or next((what for start, what in _PREFIXES.items() if target.startswith(start)), None)


def _targets(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, (ast.Assign, ast.Delete)):
        return statement.targets
    return [statement.target] if isinstance(statement, (ast.AnnAssign, ast.AugAssign)) else []


def _what_of_write(module: Module, target: ast.expr) -> str | None:
    if isinstance(target, ast.Subscript) and dotted(target.value) in ("os.environ", "environ"):
        return "writes the environment"
    name = dotted(target) if isinstance(target, ast.Attribute) else None
    binding = module.names.get(name.partition(".")[0]) if name else None
    if isinstance(binding, Imported):
        return f"writes {name}, which belongs to {binding.target.partition('.')[0]}"
    return None

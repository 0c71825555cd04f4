"""The promise of the types: mypy finds that implementations fit the specifications of their hooks."""

from __future__ import annotations

import ast
import builtins
import importlib.util
import inspect
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

from ferrule import Extension, hookspecs
from ferrule.callers import described as function_at
from ferrule.extensions.specifications import specifications_in
from ferrule.extensions.validation import functions_of, mark_of
from ferrule.hooks import Result

from .subject import NotExamined, Subject, clean_environment

__all__ = ["check_module", "types"]

_HEAD: Final = (
    "from __future__ import annotations\n\nfrom collections.abc import Generator\nfrom typing import Protocol\n"
)
_LINE: Final = re.compile(r"^(?P<file>.+?):(?P<line>\d+): error: (?P<text>.*)$")
_GOT: Final = re.compile(r'got "(?P<type>[^"]*)", expected "Hook')
_OPTIONS: Final = (
    "--config-file=",
    "--follow-imports=silent",
    "--implicit-reexport",
    "--no-error-summary",
    "--no-pretty",
    "--hide-error-context",
    "--show-error-codes",
    "--no-color-output",
)


class Implementation(NamedTuple):
    """An implementation of a hook, and the specification that it has to fit.

    Attributes:
        attribute: The name of the method.
        function: The method.
        is_wrapper: Whether it is a generator around the others.
        specification: The function that specifies the hook.
    """

    attribute: str
    function: Callable[..., Any]
    is_wrapper: bool
    specification: Callable[..., Any]


def types(subject: Subject) -> Iterator[str]:
    """Generate a Protocol for each implementation, assign the bound method to it, and let mypy look."""
    if importlib.util.find_spec("mypy") is None:
        raise NotExamined("mypy is not installed; pip install mypy")
    if "<locals>" in subject.kind.__qualname__:
        raise NotExamined(f"{subject.kind.__qualname__} is a class of a function, which mypy cannot import")
    implementations = list(_implementations(subject))
    if not implementations:
        return
    text, lines = check_module(subject.kind, implementations)
    subject.folder.mkdir(parents=True, exist_ok=True)
    file = subject.folder / f"conformance_of_{subject.name.replace('-', '_')}.py"
    file.write_text(text, encoding="utf-8")
    for line, message in _errors(subject, file):
        found = next((each for first, each in reversed(lines) if first <= line), None)
        if found is None:
            yield f"mypy: {message}; types are part of an extension: ship an empty file py.typed in its package"
        else:
            yield (
                f"{function_at(found.function)}: {_explained(message)}, and the hook is {_header(found.specification)};"
                " annotate the arguments that it names, and the result, as the specification does"
            )


def _explained(message: str) -> str:
    """Return what mypy says of a type that does not fit, without the names of the generated module."""
    match = _GOT.search(message)
    return message if match is None else f"its type is {match['type']}"


def _header(specification: Callable[..., Any]) -> str:
    definition = _definition(specification)
    result = "" if definition.returns is None else f" -> {ast.unparse(definition.returns)}"
    known = {
        name: value for name, value in vars(sys.modules[specification.__module__]).items() if isinstance(value, type)
    }
    annotations = [node for part in (definition.args, definition.returns) if part for node in ast.walk(part)]
    used = sorted({node.id for node in annotations if isinstance(node, ast.Name) and node.id in known})
    meant = "".join(f", {name} being {known[name].__module__}.{known[name].__qualname__}" for name in used)
    return f"{definition.name}({ast.unparse(definition.args)}){result}{meant}"


def check_module(
    kind: type[Extension], implementations: list[Implementation]
) -> tuple[str, list[tuple[int, Implementation]]]:
    """Return the module that mypy is to check, and in which line what stands of which implementation."""
    modules = dict.fromkeys([kind.__module__, *(each.specification.__module__ for each in implementations)])
    text = _HEAD + "".join(f"import {module}\n" for module in modules)
    lines: list[tuple[int, Implementation]] = []
    for number, each in enumerate(implementations):
        lines.append((text.count("\n") + 1, each))
        text += _check(number, kind, each)
    return text, lines


def _check(number: int, kind: type[Extension], implementation: Implementation) -> str:
    definition, module = _definition(implementation.specification), implementation.specification.__module__
    named = list(inspect.signature(implementation.function).parameters)[1:]
    given = {argument.arg: argument.annotation for argument in definition.args.args}
    arguments = ", ".join(f"{name}: {_qualified(given[name], module)}" for name in named if name in given)
    result = _qualified(definition.returns, module)
    if implementation.is_wrapper and _result(implementation.specification) is not Result.WRAPPED:
        result = f"Generator[None, {result}, {result}]"
    return textwrap.dedent(f"""

        class Hook{number}(Protocol):
            def __call__(self, {arguments}) -> {result}: ...


        def check_{number}(extension: {kind.__module__}.{kind.__qualname__}) -> Hook{number}:
            return extension.{implementation.attribute}
    """)


def _implementations(subject: Subject) -> Iterator[Implementation]:
    specifications = dict(_specifications(subject))
    for attribute, function in functions_of(subject.kind).items():
        options: Any = mark_of(function)
        if options is not None and attribute not in functions_of(Extension):
            specification = specifications.get(options.get("specname") or attribute)
            if specification is not None:
                yield Implementation(attribute, function, bool(options.get("wrapper")), specification)


def _specifications(subject: Subject) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Go through the core's hooks, the extension's own, and those of the extensions that it requires."""
    opened = [Subject(name=name).kind.hookspecs for name in subject.required]
    for namespace in (hookspecs, subject.kind.hookspecs, *opened):
        for specification in specifications_in(cast(Any, namespace)):  # a class or a module, which can be hashed
            yield specification.name, getattr(namespace, specification.name)


def _result(specification: Callable[..., Any]) -> Result:
    namespace: Any = sys.modules[specification.__module__]
    found = {each.name: each.result for each in specifications_in(namespace)}
    return found.get(specification.__name__, Result.NOTHING)


def _definition(function: Callable[..., Any]) -> ast.FunctionDef:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    if not isinstance(definition, ast.FunctionDef):
        raise NotExamined(f"{function_at(function)} is no function whose source can be read")
    return definition


def _qualified(annotation: ast.expr | None, module: str) -> str:
    """Return an annotation as text, each name in it looked up in the module that it was written in."""
    if annotation is None:
        return "object"
    return ast.unparse(_Qualifier(module).visit(annotation))


class _Qualifier(ast.NodeTransformer):
    def __init__(self, module: str) -> None:
        self.module = module

    def visit_Name(self, node: ast.Name) -> ast.expr:  # ast calls it so
        """Put the module before a name, unless it is a builtin's."""
        if hasattr(builtins, node.id) and node.id not in vars(sys.modules[self.module]):
            return node
        return ast.parse(f"{self.module}.{node.id}", mode="eval").body

    def visit_Constant(self, node: ast.Constant) -> ast.expr:  # as above
        """Read a name that is written as a text."""
        if not isinstance(node.value, str):
            return node
        found: ast.expr = self.visit(ast.parse(node.value, mode="eval").body)
        return found


def _errors(subject: Subject, file: Path) -> Iterator[tuple[int, str]]:
    """Run mypy over a file and go through what it finds there."""
    source = Path(inspect.getfile(subject.kind)).resolve()
    root = source.parents[subject.kind.__module__.count(".") + (source.name == "__init__.py")]
    path = "" if "site-packages" in root.parts else str(root)
    cache = f"--cache-dir={subject.cache or subject.folder}"
    command = [sys.executable, "-m", "mypy", *_OPTIONS, cache, str(file)]
    with clean_environment(MYPYPATH=os.pathsep.join(filter(None, [path])), PYTHONPATH=os.pathsep.join(sys.path)):
        done = subprocess.run(command, cwd=subject.folder, capture_output=True, text=True, check=False)  # noqa: S603  # this interpreter
    if done.returncode not in (0, 1):
        raise RuntimeError(f"mypy ended with {done.returncode}: {done.stdout}{done.stderr}"[:2000])
    for line in done.stdout.splitlines():
        match = _LINE.match(line)
        if match is not None:
            yield int(match["line"]), match["text"]

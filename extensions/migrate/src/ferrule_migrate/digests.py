"""Digests of the revisions that a database has applied, so that one whose file is edited later is noticed."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import decode_source
from pathlib import Path
from typing import Final

import sqlalchemy as sa

__all__ = ["Digest", "Digests", "digest_name", "digest_of", "digest_table", "text_digest"]

_NO_MATTER: Final = frozenset({"branch_labels"})


@dataclass(frozen=True)
class Digest:
    """What a file was when it was applied (SHA-256, FIPS 180-4, in hexadecimal).

    Attributes:
        text: Of its text.
        meaning: Of what it does to a database: without comments, layout, docstrings, imports, annotations, and the way
            back, which may all be mended later.
    """

    text: str
    meaning: str

    def fits(self, text: str) -> bool:
        """Tell whether a text still means the same."""
        return self.text == text_digest(text) or self.meaning == _hash(_meaning(text))


def digest_name(version_table: str) -> str:
    """Return the name of the table of digests, beside that of the versions."""
    return f"{version_table}_digest"


def digest_table(version_table: str, schema: str | None) -> sa.Table:
    """Return the table of digests.

    Args:
        version_table: The table of the versions.
        schema: Its schema.
    """
    return sa.Table(
        digest_name(version_table),
        sa.MetaData(),
        sa.Column("revision", sa.String(255), primary_key=True),
        sa.Column("text", sa.String(64), nullable=False),
        sa.Column("meaning", sa.String(64), nullable=False),
        schema=schema,
    )


class Digests:
    """The digests in a database.

    Args:
        table: What :func:`digest_table` says.
        connection: The database; ``None`` where statements are only written, of which nothing is known.
    """

    def __init__(self, table: sa.Table, connection: sa.Connection | None) -> None:
        self._table = table
        self._connection = connection

    def read(self) -> Mapping[str, Digest]:
        """Return the digests by revision; none where the database has no table of them."""
        if self._connection is None or not self._is_there():
            return {}
        rows = self._connection.execute(sa.select(self._table))
        return {row.revision: Digest(row.text, row.meaning) for row in rows}

    def prepare(self) -> None:
        """Make the table, if it is not there."""
        if self._connection is not None:
            self._table.create(self._connection, checkfirst=True)

    def record(self, revision: str, file: Path) -> None:
        """Note that a revision was applied as its file is now.

        Args:
            revision: Its identifier.
            file: Its file.
        """
        if self._connection is not None:
            self.forget([revision])
            digest = digest_of(decode_source(file.read_bytes()))
            values = {"revision": revision, "text": digest.text, "meaning": digest.meaning}
            self._connection.execute(self._table.insert().values(values))

    def forget(self, revisions: Iterable[str] | None = None) -> None:
        """Note nothing any more of some revisions, all unless given."""
        if self._connection is None or (revisions is None and not self._is_there()):
            return
        delete = self._table.delete()
        chosen = delete if revisions is None else delete.where(self._table.c.revision.in_([*revisions]))
        self._connection.execute(chosen)

    def _is_there(self) -> bool:
        return sa.inspect(self._connection).has_table(self._table.name, schema=self._table.schema)


def digest_of(text: str) -> Digest:
    """Return the digest of a revision's file.

    Args:
        text: What it says.
    """
    return Digest(text_digest(text), _hash(_meaning(text)))


def text_digest(text: str) -> str:
    """Return the digest of a text, whatever its line ends are."""
    return _hash(text.replace("\r\n", "\n"))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _meaning(text: str) -> str:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return text
    return ast.unparse(_Meaning().visit(tree))


class _Meaning(ast.NodeTransformer):
    """Leaves out what does not matter to a database that has applied a revision."""

    def visit_Module(self, node: ast.Module) -> ast.AST:
        node.body = [
            each for each in _without_docstring(node.body) if not isinstance(each, ast.Import | ast.ImportFrom)
        ]
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        if node.name == "downgrade" or node.name.startswith("downgrade_"):
            return None
        node.body = _without_docstring(node.body) or [ast.Pass()]
        node.returns = None
        for argument in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
            argument.annotation = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return self.visit_Assign(ast.copy_location(ast.Assign([node.target], node.value), node))

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        named = {target.id for target in node.targets if isinstance(target, ast.Name)}
        return None if named and named <= _NO_MATTER else node


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    has_one = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return body[1:] if has_one else body

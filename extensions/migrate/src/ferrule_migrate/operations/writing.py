"""What writes the files of revisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from alembic.autogenerate import RevisionContext
from alembic.operations.ops import MigrationScript
from alembic.runtime.migration import MigrationContext
from alembic.script import Script

from ..databases import Database
from ..exceptions import MigrationError
from ..models import import_models
from ..running import execute, refuse_unknown
from ..scripts import Repository
from ..shipping import owners_of_tables, table_name
from .depending import dependencies_of
from .drops import refuse_mere_drops
from .examining import OnHazards, hazards_of_directive
from .looking import show
from .placing import Wanted, joining, placed, shipment_of

__all__ = ["Wanted", "compared", "edit", "merge", "migrate", "revision"]


def revision(repository: Repository, wanted: Wanted) -> Path:
    """Write an empty revision; see :func:`ferrule_migrate.revision`."""
    if wanted.sql:
        raise MigrationError("an empty revision has no statements to be printed; leave --sql out")
    context = _context(repository, wanted)
    _for_template(context, {d.key: d.suffix for d in repository.databases if d.key is not None})
    repository.app.hooks.migrate_process_revision(app=repository.app, directives=context.generated_revisions)
    return _written(repository, context)


def migrate(repository: Repository, wanted: Wanted, *, allow_drop: bool, on_hazards: OnHazards) -> Path | None:
    """Write a revision that brings the databases to what the models say; see :func:`ferrule_migrate.migrate`."""
    if wanted.sql:
        raise MigrationError(
            "the models are compared with a database, so there are no statements before the revision is written; leave"
            " --sql out, and look at `ferrule db upgrade --sql` after it"
        )
    context = compared(repository, wanted, allow_drop=allow_drop)
    directives = context.generated_revisions
    _process(repository, directives, allow_drop=allow_drop)
    if not directives:
        return None
    _for_template(context, _changed(repository, directives[0]))
    hazards = hazards_of_directive(repository, directives[0])
    made = _written(repository, context)
    if hazards:
        on_hazards(hazards)
    return made


def compared(repository: Repository, wanted: Wanted, *, allow_drop: bool = False) -> RevisionContext:
    """Compare the databases with the models; what was found is in ``generated_revisions``.

    Raises:
        MigrationError: There are no models.
    """
    import_models(repository.app)
    if not allow_drop:
        _refuse_nothing(repository)
    made = _context(repository, wanted, autogenerate=True)

    def work(database: Database, heads: Any, context: MigrationContext) -> list[Any]:
        refuse_unknown(repository.scripts, database, heads)
        made.run_autogenerate(heads, context)
        return []

    execute(repository, work, dont_mutate=True, template_args=made.template_args, revision_context=made)
    return made


def _refuse_nothing(repository: Repository) -> None:
    """Refuse to compare databases with no tables at all; those of other owners do not count."""
    owners = owners_of_tables(repository.app)
    tables = [table for database in repository.databases for table in database.metadata.tables.values()]
    if any(owners.get(table_name(table)) == repository.extension for table in tables):
        return
    if repository.extension is not None:
        raise MigrationError(
            f"extension {repository.extension!r} claims no table that is in db.metadata; let its hook migrate_tables"
            " return them"
        )
    raise MigrationError(
        "there are no models, so every table of the database would be dropped; import them with the application, or"
        ' name their modules: `[migrate] models = ["notes.models"]`. If it is meant, --allow-drop'
    )


def merge(
    repository: Repository,
    revisions: Sequence[str],
    *,
    message: str | None,
    branch_label: str | None,
    rev_id: str | None,
) -> Path:
    """Join heads; see :func:`ferrule_migrate.merge`."""
    scripts = repository.scripts
    joined, identifier = joining(repository, revisions, rev_id)
    if len(joined) < 2:
        raise MigrationError(
            f"{' '.join(revisions)!r}: that is one revision, and there is nothing to join; see `ferrule db heads`"
        )
    made = scripts.generate_revision(
        identifier,
        message or f"merge {' and '.join(joined)}",
        refresh=True,
        head=tuple(joined),
        branch_labels=branch_label,
        config=repository.config,
        binds={},
    )
    return _path(made)


def edit(repository: Repository, revision: str) -> list[Path]:
    """Open revisions in an editor; see :func:`ferrule_migrate.edit`."""
    found = show(repository, revision)
    if not found:
        raise MigrationError(f"{revision!r}: there is no such revision; see `ferrule db history`")
    for each in found:
        click.edit(filename=str(each.path))
    return [each.path for each in found]


def _context(repository: Repository, wanted: Wanted, *, autogenerate: bool = False) -> RevisionContext:
    arguments = asdict(placed(repository, wanted))
    if shipment_of(repository) is None:
        (repository.directory / "versions").mkdir(parents=True, exist_ok=True)
    return RevisionContext(repository.config, repository.scripts, {**arguments, "autogenerate": autogenerate})


def _process(repository: Repository, directives: list[MigrationScript], *, allow_drop: bool) -> None:
    """Look at what was found before it is written; no directives are left if there is nothing to be written."""
    if directives and all(ops.is_empty() for ops in directives[0].upgrade_ops_list):
        directives.clear()
    if directives and not allow_drop:
        refuse_mere_drops(repository, directives[0])
    if directives:
        _depend(repository, directives[0])
        repository.app.hooks.migrate_process_revision(app=repository.app, directives=directives)


def _depend(repository: Repository, directive: MigrationScript) -> None:
    """Let a revision that refers to tables of extensions come after those that make them."""
    if repository.shipments and not directive.depends_on:
        directive.depends_on = dependencies_of(directive, repository, owners_of_tables(repository.app)) or None


def _for_template(context: RevisionContext, binds: dict[str, str]) -> None:
    arguments: dict[str, Any] = context.template_args  # Alembic's annotation knows its own alone
    arguments["binds"] = binds


def _changed(repository: Repository, directive: MigrationScript) -> dict[str, str]:
    """Return the binds beside the default one in which something changes, with what their functions end in."""
    changed = {ops.upgrade_token for ops in directive.upgrade_ops_list if not ops.is_empty()}
    return {d.key: d.suffix for d in repository.databases if d.key is not None and d.token("upgrades") in changed}


def _written(repository: Repository, context: RevisionContext) -> Path:
    return next(_path(script) for script in list(context.generate_scripts()))


def _path(script: Script | None) -> Path:
    if script is None:
        raise MigrationError("Alembic wrote no revision")
    return Path(script.path)

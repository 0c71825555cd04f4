"""The command of the extension."""

from datetime import UTC, datetime, timedelta

import click
import sqlalchemy as sa

from ferrule import current_app
from ferrule.cli import AppGroup
from ferrule_sqlalchemy import db

from .events import AuditEvent

__all__ = ["audit"]

audit = AppGroup("audit", help="Keep the record of events.")


@audit.command("purge")
@click.option("--days", type=click.IntRange(min=1), required=True, help="Keep the events of so many days.")
def purge(days: int) -> None:
    """Delete what happened long ago."""
    before = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=days)
    with db.engine_of(current_app).begin() as connection:
        count = connection.execute(sa.delete(AuditEvent).where(AuditEvent.at < before)).rowcount
    click.echo(f"Deleted {count} events from before {before:%Y-%m-%d}.")

"""The tables: users, and the notes that belong to them."""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import DateTime, Dialect, ForeignKey, Index, String, Text, TypeDecorator
from sqlalchemy.dialects.mysql import MEDIUMTEXT
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, validates

from ferrule_login import UserMixin
from ferrule_sqlalchemy import Model

from .folding import fold

__all__ = ["LONGEST_BODY", "LONGEST_NAME", "LONGEST_TITLE", "Note", "User"]

LONGEST_NAME: Final = 40
LONGEST_TITLE: Final = 120
LONGEST_BODY: Final = 20_000
"""Characters, of what a person typed."""

_FOLDED: Final = 18
"""How much longer a folded text can be: NFKC makes eighteen letters of the one sign U+FDFA."""

_LongText: Final = Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb")
"""The TEXT of MySQL holds 65,535 bytes, which is less than the longest body can have."""


def _now() -> datetime:
    return datetime.now(UTC)


def _as_written(context: DefaultExecutionContext) -> Any:
    return context.get_current_parameters()["written"]  # type: ignore[no-untyped-call]  # SQLAlchemy's own


class Moment(TypeDecorator[datetime]):
    """A point in time, always aware and always UTC; SQLite and MySQL by themselves would forget the time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return moment


class User(UserMixin, Model):
    """Who can log in.

    Attributes:
        name: The name, as it was typed.
        name_key: The name without its case; the constraint on it is what keeps two people from having one name.
        password_hash: What Argon2 made of the password, parameters included.
    """

    __tablename__ = "users"  # "user" is a reserved word of SQL

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    name_key: Mapped[str] = mapped_column(String(LONGEST_NAME * _FOLDED), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    registered: Mapped[datetime] = mapped_column(Moment, default=_now)

    @validates("name")
    def _keep_key(self, _attribute: str, name: str) -> str:
        self.name_key = fold(name)
        return name


class Note(Model):
    """A note, and whose it is.

    Attributes:
        folded: Title and body without their case: what a search looks into.
    """

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE))
    body: Mapped[str] = mapped_column(_LongText, default="")
    folded: Mapped[str] = mapped_column(_LongText)
    written: Mapped[datetime] = mapped_column(Moment, default=_now)
    changed: Mapped[datetime] = mapped_column(Moment, default=_as_written, onupdate=_now)

    __table_args__ = (Index(None, "owner_id", "changed", "id"),)  # the order of the notebook

    @validates("title", "body")
    def _keep_folded(self, attribute: str, text: str) -> str:
        texts = {"title": self.title, "body": self.body, attribute: text}
        self.folded = fold("\n".join(text or "" for text in texts.values()))
        return text

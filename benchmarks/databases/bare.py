"""SQLAlchemy and Jinja, with nothing around."""

from collections.abc import Callable

import sqlalchemy as sa
from jinja2 import Environment, FileSystemLoader
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from ..views.content import TEMPLATES
from .stores import ACCOUNT, ENGINE_OPTIONS, urls


class Base(DeclarativeBase):
    """The base class of models."""


class Account(Base):
    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]


class Product(Base):
    __tablename__ = "product"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    price: Mapped[float]
    note: Mapped[str]


def stock(store: str) -> Callable[[], object]:
    """Prepare the page: what one request takes without a request, a user's session, a login or an extension."""
    engine = sa.create_engine(urls[store], **ENGINE_OPTIONS)
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, auto_reload=False)
    template = environment.get_template("stock.html")

    def once() -> str:
        with Session(engine) as session:
            user = session.get(Account, ACCOUNT)
            statement = sa.select(Product).where(Product.price > 100).order_by(Product.id).limit(10)
            products = session.scalars(statement).all()
            return template.render(current_user=user, products=products)

    return once

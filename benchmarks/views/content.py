"""What the views show, send and expect, the same for all of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent.parent / "content"
STATIC_FOLDER: Final = FOLDER / "static"
TEMPLATES: Final = FOLDER / "templates"
EXPECTED_PAGE: Final = FOLDER / "page.html"
EXPECTED_STOCK: Final = FOLDER / "stock.html"

SECRET: Final = "a secret of the benchmark's own: 0d7bb2d6"
PASSWORD_HASH: Final = f"$argon2id$v=19$m=19456,t=2,p=1${'c2FsdA' * 3}${'aGFzaA' * 7}"  # of no password

PRODUCTS: Final = [
    {"name": f"Anvil <no. {number}>", "price": 12.5 * number, "note": "heavy" if number % 3 == 0 else ""}
    for number in range(1, 11)
]
PAGE: Final[dict[str, Any]] = {"title": "Anvils & more", "products": PRODUCTS}

BLOCK: Final = b"." * 4096


def megabyte() -> Iterator[bytes]:
    for _ in range(256):
        yield BLOCK


@dataclass
class TypedOrder:
    """An order, for those who read bodies into types."""

    customer: str
    product: str
    quantity: int
    tags: list[str]


class InvalidOrderError(Exception):
    """A body is no order."""


class Order(TypedOrder):
    """An order, checked by hand: for those who have no types for bodies."""

    @classmethod
    def checked(cls, data: Any) -> "Order":
        """Return the order that a decoded JSON body is.

        Raises:
            InvalidOrderError: It is none.
        """
        if not isinstance(data, dict):
            raise InvalidOrderError("expected an object")
        customer, product = data.get("customer"), data.get("product")
        quantity, tags = data.get("quantity"), data.get("tags")
        if not isinstance(customer, str) or not isinstance(product, str):
            raise InvalidOrderError("customer and product: expected text")
        if not isinstance(quantity, int) or isinstance(quantity, bool):
            raise InvalidOrderError("quantity: expected a whole number")
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise InvalidOrderError("tags: expected a list of texts")
        return cls(customer, product, quantity, tags)

    def summary(self) -> dict[str, Any]:
        return {"customer": self.customer, "quantity": self.quantity, "tags": len(self.tags)}

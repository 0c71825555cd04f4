"""The extension keeps what every extension promises."""

from ferrule_devtools.conformance import conformance

test_conformance = conformance("audit", config={"SQLALCHEMY_DATABASE_URI": "sqlite://"})

"""The extension keeps what every extension promises."""

from ferrule_devtools.conformance import conformance

test_conformance = conformance(
    "devtools", exports={"commands": ["config.schema", "extensions.check", "extensions.lock", "new"]}
)

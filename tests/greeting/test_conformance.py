"""The example keeps what every extension promises."""

from ferrule_devtools.conformance import conformance

test_conformance = conformance("greeting", exports={"commands": ["greet"]})

"""What an import of the extension loads."""

import subprocess
import sys

LOOK = """
import sys
import ferrule_sqlalchemy
print(sorted({"psycopg", "pymysql", "sqlite3"} & set(sys.modules)))
print([name for name in sys.modules if name.startswith("sqlalchemy.dialects.")])
"""


def test_importing_the_extension_loads_no_driver_and_no_dialect() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["[]", "[]"]

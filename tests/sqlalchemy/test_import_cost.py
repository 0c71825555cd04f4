"""What an import of the extension loads."""

import subprocess
import sys


def test_importing_the_extension_loads_no_driver() -> None:
    look = "import ferrule_sqlalchemy, sys; print(sorted({'psycopg', 'pymysql', 'sqlite3'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", look], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"

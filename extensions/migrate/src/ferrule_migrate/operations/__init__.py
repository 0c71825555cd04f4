"""What the commands do, with Alembic; the functions of ``api`` open a repository for them."""

"""A page for somebody who is logged in, from a database: with Ferrule's extensions, with Flask's, and with none."""

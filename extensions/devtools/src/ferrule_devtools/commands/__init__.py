"""The commands that this distribution adds to ``ferrule``; each works without an application."""

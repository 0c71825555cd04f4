"""Values and their declared types: of settings, and of what requests bring. All mistakes in a value at once."""

"""What login keeps in the database of the application; loaded where both extensions are enabled."""

"""What login keeps beyond a session."""

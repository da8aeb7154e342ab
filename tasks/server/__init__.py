"""scores that passed → server: the promoted version, and a chat with it."""

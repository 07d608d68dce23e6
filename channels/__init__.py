"""Where messages come in and go out. One folder a channel."""

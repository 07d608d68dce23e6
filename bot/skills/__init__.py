"""What the bot can do: one file a skill, in the order that config/app.py gives them."""

"""Settings, the city's own data, and the composition root (app.py, cli.py)."""

"""The web console: pages for agents, handlers and the office, mounted at /console."""

"""The REST API by which other platforms file orders and follow them (docs/api.md)."""

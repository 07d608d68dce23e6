"""The dialogue: understanding, triage and skills. Knows no WeChat."""

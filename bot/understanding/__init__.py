"""From a text to what was meant: intent, details, knowledge entries near it."""

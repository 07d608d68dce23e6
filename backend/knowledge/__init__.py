"""The knowledge base: what may be answered, as its editors approved it (docs/knowledge.md)."""

"""Field encryption. A plain package: it imports nothing else of ours (import-linter holds it to that)."""

"""SQL lives here and nowhere else: one module a table."""

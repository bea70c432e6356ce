"""One reader a format, and the table that names them."""

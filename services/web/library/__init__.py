"""The library: documents, their chunks and vectors, and finding the right one. Knows no Quart; SQL is in storage."""

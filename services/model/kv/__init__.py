"""Prefixes that outlive their sequence: keys and values in blocks, in memory for a moment and on disk for weeks."""

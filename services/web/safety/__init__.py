"""Keeping people's data: backups, restoring, repairing what a disk has spoiled, and minding a full one. No Quart here;
SQL is in storage."""

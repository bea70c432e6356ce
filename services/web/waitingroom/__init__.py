"""What web is while its data cannot be opened for a reason that another start would not mend: a page that says so.

Nothing is tried again and again: each try would copy the database, and an SD card wears."""

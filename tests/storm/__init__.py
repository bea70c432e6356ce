"""A house under fire: people chat and drop files while its processes are killed, and every promise is checked."""

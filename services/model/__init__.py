"""The engine process: `python -m services.model`."""

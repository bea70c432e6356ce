"""The chat domain: settings, prompts, runs. No Quart here."""

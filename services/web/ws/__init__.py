"""The chat socket: a viewer of a session's runs, and the way to ask and to stop."""

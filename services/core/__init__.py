"""What all services share: settings, errors, logs, process manners, the model protocol. Imports no other service."""

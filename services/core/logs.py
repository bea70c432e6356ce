"""One line a record, to stderr; supervisor collects and rotates."""

import logging
import sys
import time


def setup_logging(service: str, level: str) -> None:
    """Send records of `level` and above to stderr as `time level service logger: message` (UTC)."""
    formatter = logging.Formatter(
        f"%(asctime)s.%(msecs)03dZ %(levelname)s {service} %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.getLogger("httpx").setLevel(logging.WARNING)

"""What only the machine itself can say of itself: whether its disk has room."""

import shutil
from pathlib import Path

LEAST_FREE = 64 * 1024 * 1024  # PostgreSQL takes its log in pieces of 16 MB


def disk_full(folder: Path) -> bool:
    """Whether what is answered could soon not be kept any more; a folder not there is not asked."""
    try:
        return shutil.disk_usage(folder).free < LEAST_FREE
    except OSError:
        return False

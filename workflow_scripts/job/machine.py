"""The machine that a job runs on."""

import platform
import re
from contextlib import suppress
from pathlib import Path

UNKNOWN = "unknown"


def processor() -> str:
    """The processor's name; "unknown" where the system does not tell."""
    with suppress(OSError):
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        if match := re.search(r"^model name\s*:\s*(.+)$", text, re.M):
            return match[1]
    return platform.processor() or platform.machine() or UNKNOWN

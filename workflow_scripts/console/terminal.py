"""Lines on a stream and, if it is a terminal, a last line below them that changes."""

import os
import shutil
import threading
from collections.abc import Callable
from typing import TextIO

ERASE = "\r\x1b[J"  # from the start of this line to the end of the screen
UP = "\x1b[A\r"
COLOURS = {"warning": "\x1b[33m", "error": "\x1b[31m", "faint": "\x1b[2m"}
RESET = "\x1b[0m"
EVERY = 1.0  # seconds


class Terminal:
    """A stream that several threads write to, line by line.

    The cursor rests on an empty line above the changing one, so that what jobs write themselves
    begins there and leaves whole lines.
    """

    def __init__(self, stream: TextIO, status: Callable[[], str], coloured: bool = True):
        """Begin; the status is asked for once a second, and may be empty."""
        self._stream, self._status = stream, status
        self.live = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._coloured = self.live and coloured and not os.environ.get("NO_COLOR")
        self._lock, self._end = threading.RLock(), threading.Event()
        if self.live:
            threading.Thread(target=self._tick, daemon=True).start()

    def line(self, text: str, kind: str = "") -> None:
        """Write a line, in the colour of its kind where there are colours."""
        if self._coloured and kind:
            text = f"{COLOURS[kind]}{text}{RESET}"
        with self._lock:
            self._write(f"{text}\n")

    def close(self) -> None:
        """Write no status any more, and leave none behind."""
        with self._lock:
            if self.live and not self._end.is_set():
                self._end.set()
                self._write("")

    def _tick(self) -> None:
        while not self._end.wait(EVERY):
            with self._lock:
                self._write("")

    def _write(self, text: str) -> None:
        if self.live:
            text = f"{ERASE}{text}"
            if not self._end.is_set() and (status := self._status()):
                columns = shutil.get_terminal_size().columns
                cut = status if len(status) < columns else f"{status[: columns - 2]}…"
                text += f"\n{cut}{UP}"
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:  # nobody reads any more: no reason for the run to end
            self._end.set()

"""What surrounds the work of every script: its log, its threads, and how it ends."""

import logging
import resource
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workflow_scripts.job import records
from workflow_scripts.job.errors import (
    InputError,
    memory_message,
    package_message,
    storage_message,
)

# Libraries that report their inner steps at level INFO, which would bury ours.
_TALKATIVE = ("fontTools", "h5py", "httpx", "matplotlib", "PIL")

_EXIT_FAILED = 1
_EXIT_INTERRUPTED = 130
_EXIT_TERMINATED = 143

log = logging.getLogger(__name__)


@contextmanager
def job(snakemake: Any) -> Iterator[logging.Logger]:
    """Run the block as the work of one Snakemake job.

    Messages of level INFO go to the rule's log file with the time, warnings and errors also to
    the standard error stream. The process ends with code 1 and a message alone after a mistake
    in the input, exhausted memory, failing storage or for want of a package; with 130 or 143 after
    an interruption, by an ordinary exception, so that half-written files are removed on the way.
    Any other exception leaves its traceback in the log and passes on.

    Parameters
    ----------
    snakemake: the object that Snakemake gives to a script; read are `log`, `rule`, `threads`,
        `input` and `params`
    """
    with _logging_to(_log_file(snakemake)) as file_handler, _terminable():
        _limit_torch_threads(snakemake.threads)
        log.info("rule %s begins", snakemake.rule)
        try:
            with _recorded(snakemake):
                yield logging.getLogger("workflow")
        except Exception as error:
            message = _message(error)
            if message is None:
                _record_traceback(file_handler, snakemake.rule)
                raise
            log.error("%s", message)
            raise SystemExit(_EXIT_FAILED) from None
        except KeyboardInterrupt:
            log.warning("rule %s was interrupted; run the same command again", snakemake.rule)
            raise SystemExit(_EXIT_INTERRUPTED) from None
        except SystemExit as end:
            if end.code == _EXIT_TERMINATED:
                log.warning("rule %s was told to stop; run the same command again", snakemake.rule)
            raise
        log.info("rule %s is done: %.1f CPU-seconds, %.0f MiB", snakemake.rule, *costs())


def named_inputs(snakemake: Any) -> dict[str, Any]:
    """A job's inputs by the names that its rule gives them, without what stands for a change."""
    return {key: value for key, value in snakemake.input.items() if key != "changed"}


def costs() -> tuple[float, float]:
    """CPU-seconds of this process and of those that it has started, and the memory of the largest.

    Snakemake's benchmark looks at a job every half minute, and so misses the end of each.
    """
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    unit = 1 if sys.platform == "darwin" else 2**10  # of ru_maxrss, in bytes
    return (
        sum(each.ru_utime + each.ru_stime for each in used),
        max(each.ru_maxrss for each in used) * unit / 2**20,
    )


def _message(error: Exception) -> str | None:
    if isinstance(error, InputError):
        return str(error)
    return storage_message(error) or memory_message(error) or package_message(error)


@contextmanager
def _recorded(snakemake: Any) -> Iterator[None]:
    """Check what the block reads, and record it and what the block makes.

    Nothing is done for a rule without a record, such as a download.

    Raises
    ------
    InputError: an input is not as its job left it
    """
    params: Any = getattr(snakemake, "params", {})
    record = params.get("record")
    if not record:
        yield
        return
    flags = snakemake.input.get("changed", [])
    inputs = [path for path in snakemake.input if path not in flags]
    records.begin(record)
    records.check_inputs(params.records, inputs)
    yield
    records.write_digests(snakemake.output)
    records.finish(record, params.stamp, inputs, snakemake.output)
    for flag in flags:
        Path(flag).unlink(missing_ok=True)


def _log_file(snakemake: Any) -> Path | None:
    return Path(str(snakemake.log[0])) if len(snakemake.log) else None


@contextmanager
def _logging_to(path: Path | None) -> Iterator[logging.Handler]:
    """Send the root logger to `path` and to the standard error stream while the block runs."""
    console = logging.StreamHandler(sys.stderr)
    console.setLevel(logging.WARNING if path else logging.INFO)
    console.setFormatter(logging.Formatter("%(message)s"))
    handlers: list[logging.Handler] = [console]
    if path:
        handlers.append(_file_handler(path))
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.INFO)
    for handler in handlers:
        root.addHandler(handler)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    try:
        yield handlers[-1]
    finally:
        logging.captureWarnings(False)
        root.setLevel(level)
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()


def _file_handler(path: Path) -> logging.Handler:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        # Appending, as do the processes of a job that has several.
        handler = logging.FileHandler(path, mode="a", encoding="utf-8")
    except OSError as error:
        message = storage_message(error, path.parent) or f"cannot write {path}: {error}"
        print(message, file=sys.stderr)
        raise SystemExit(_EXIT_FAILED) from None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    return handler


def _record_traceback(handler: logging.Handler, rule: str) -> None:
    # Given to this handler alone: on the standard error stream the interpreter prints it itself.
    if isinstance(handler, logging.FileHandler):
        record = log.makeRecord(
            log.name, logging.ERROR, __file__, 0, "rule %s failed", (rule,), sys.exc_info()
        )
        handler.handle(record)


@contextmanager
def _terminable() -> Iterator[None]:
    """Turn SIGTERM into SystemExit while the block runs, so that clean-up code gets its turn."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: Any) -> None:
        raise SystemExit(_EXIT_TERMINATED)

    previous = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _limit_torch_threads(threads: int) -> None:
    # Importing torch takes a second or more, so a script that does without is not made to pay.
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(max(1, int(threads)))

"""Start a script's work in several processes on this machine, one for each GPU.

torch's own launcher starts and watches them: if one fails, the others are ended, and its error
becomes that of the job.
"""

import json
import logging
import os
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from signal import SIGINT, SIGTERM, Signals, getsignal, signal
from types import SimpleNamespace
from typing import Any

import torch

from workflow_scripts.files.atomic import write_json
from workflow_scripts.files.digests import represented
from workflow_scripts.job.errors import InputError
from workflow_scripts.training import launched
from workflow_scripts.training.images import TrainingFiles
from workflow_scripts.training.loop import fingerprint

ROOT = Path(__file__).resolve().parents[2]


def launch_training(snakemake: Any, module: str, *causes: str, **arguments: Any) -> None:
    """Do the training of a Snakemake job: call `main` of a module with what the job says.

    That is `files` (the fields of `TrainingFiles`), the `folder` of the bundle, the training's
    `cause` (a `fingerprint`), device, threads and the settings.

    Parameters
    ----------
    snakemake: the job; read are the inputs store, store_digest, archives_digest and captions, the
        output card, threads, the resource gpu, and the params stamp and settings.
    module: dotted name.
    causes: small files that the training depends on, beside store and captions.
    arguments: others of `main`.
    """
    archives, captions = (snakemake.input.get(key) for key in ("archives_digest", "captions"))
    files = TrainingFiles(
        str(snakemake.input.store),
        represented(archives[0]) if archives else None,
        represented(captions) if captions else None,
    )
    every = (snakemake.input.store_digest, *([captions] if captions else []), *causes)
    launch(
        module,
        snakemake.resources.get("gpu", 1),
        threads=snakemake.threads,
        files=asdict(files),
        folder=str(Path(snakemake.output.card).parent),
        cause=fingerprint(snakemake.params.stamp, *every),
        **arguments,
        **snakemake.params.settings,
    )


def launch(module: str, processes: int, *, device: str, threads: int, **arguments: Any) -> None:
    """Call `main(device=..., threads=..., **arguments)` of a module in several processes.

    One process is this one. Others share the threads, and know of one another by `distributed`.

    Parameters
    ----------
    module: dotted name.
    processes: how many; with GPUs each has one of its own.
    device: "auto", "cpu" or "cuda", see `devices.prepare`.
    threads: cores of all together.
    arguments: what JSON can hold.

    Raises
    ------
    InputError: there are fewer GPUs, or a process raised one or was killed.
    RuntimeError: a process failed otherwise; has its traceback.
    """
    if processes <= 1:
        import_module(module).main(device=device, threads=threads, **arguments)
        return
    _check_gpus(processes, device)
    arguments |= {"device": device, "threads": max(1, threads // processes)}
    with tempfile.TemporaryDirectory(prefix="training-") as folder, _quiet(), _signals():
        work = Path(folder) / "work.json"
        write_json(work, {"module": module, "log": _log_file(), "arguments": arguments})
        _launch(work, processes)


def _check_gpus(processes: int, device: str) -> None:
    if device == "cpu" or not torch.cuda.is_available():
        return
    if processes > torch.cuda.device_count():
        raise InputError(
            f"found {torch.cuda.device_count()} GPUs, expected {processes}, one for each process "
            "of the training; give the job fewer (snakemake --set-resources RULE:gpu=N)"
        )


def _launch(work: Path, processes: int) -> None:
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=processes,
        run_id=uuid.uuid4().hex,
        rdzv_backend="c10d",
        rdzv_endpoint="127.0.0.1:0",
        local_addr="127.0.0.1",
        max_restarts=0,
        signals_to_handle="SIGTERM,SIGINT",
        logs_specs=DefaultLogsSpecs(log_dir=str(work.parent)),
    )
    command = ("-m", launched.__name__, str(work))
    try:
        with _importable():
            elastic_launch(config, sys.executable)(*command)
    except SignalException as end:
        if end.sigval == SIGINT:
            raise KeyboardInterrupt from None
        raise SystemExit(128 + end.sigval) from None
    except ChildFailedError as error:
        raise cause_of(error.failures) from None
    except json.JSONDecodeError:
        # torch's launcher reads the error of a process that it ended while that was being written.
        raise cause_of(failures_in(work.parent)) from None


def failures_in(folder: Path) -> dict[int, Any]:
    """The failures of processes by number, as torch's launcher has them, from below its folder."""
    failures = {}
    for path in folder.rglob("error.json"):
        message = None
        with suppress(json.JSONDecodeError):
            message = json.loads(path.read_bytes())["message"]
        code = 1 if message else -SIGTERM
        failures[int(path.parent.name)] = SimpleNamespace(message=message, exitcode=code)
    return failures


def cause_of(failures: Mapping[int, Any]) -> Exception:
    """The error behind the failures of processes by number; some only follow from others."""
    told = {
        rank: failure.message for rank, failure in failures.items() if type(failure.message) is dict
    }
    mistake = f"{InputError.__name__}: "
    for message in told.values():
        if message["message"].startswith(mistake):
            return InputError(message["message"].removeprefix(mistake))
    # The launcher ends the others with SIGTERM.
    silent = {rank: failure.exitcode for rank, failure in failures.items() if rank not in told}
    first = min(silent, key=lambda rank: silent[rank] == -SIGTERM, default=-1)
    if silent and (silent[first] != -SIGTERM or not told):
        return InputError(
            f"process {first} of the training {_end(silent[first])}; if memory ran out, lower "
            "micro_batch_size in the recipe. Run the same command again: the training goes on "
            "after its last finished epoch"
        )
    tracebacks = (f"process {n}:\n{each['extraInfo']['py_callstack']}" for n, each in told.items())
    return RuntimeError("the training failed in\n" + "\n".join(tracebacks))


def _end(exitcode: int) -> str:
    return f"was killed by {Signals(-exitcode).name}" if exitcode < 0 else f"ended with {exitcode}"


def _log_file() -> str | None:
    """Path of the job's log, which the processes continue; None if it has none."""
    handlers = logging.getLogger().handlers
    files = [each.baseFilename for each in handlers if isinstance(each, logging.FileHandler)]
    return files[-1] if files else None


@contextmanager
def _importable() -> Iterator[None]:
    """Let processes that start in the block import the project."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), before]))
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back what torch's launcher logs: its failures are raised."""
    logger, nothing = logging.getLogger("torch.distributed.elastic"), logging.NullHandler()
    logger.addHandler(nothing)  # without any, warnings would go to the standard error stream
    logger.propagate = False
    try:
        yield
    finally:
        logger.propagate = True
        logger.removeHandler(nothing)


@contextmanager
def _signals() -> Iterator[None]:
    """Put the handlers of signals back that torch's launcher replaces."""
    before = {number: getsignal(number) for number in (SIGTERM, SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal(number, handler)

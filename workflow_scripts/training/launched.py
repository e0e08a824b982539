"""One of the processes of a training: the program that `launcher` starts."""

import json
import logging
import os
import signal
import sys
import threading
import time
import warnings
from importlib import import_module
from pathlib import Path

import torch
from torch.distributed.elastic.multiprocessing.errors import record

from workflow_scripts.job.errors import InputError, memory_message, storage_message
from workflow_scripts.networks import distributed
from workflow_scripts.networks.devices import claim_gpu


@record
def main(path: str) -> None:
    """Call a module's `main` as the file at `path` says, as one of a group of processes."""
    work = json.loads(Path(path).read_text(encoding="utf-8"))
    _end_with(os.getppid())
    on_gpu = work["arguments"]["device"] != "cpu" and torch.cuda.is_available()
    if on_gpu:
        torch.cuda.set_device(claim_gpu(int(os.environ["LOCAL_RANK"])))
    torch.distributed.init_process_group("nccl" if on_gpu else "gloo")
    _log_to(work["log"])
    try:
        import_module(work["module"]).main(**work["arguments"])
    except Exception as error:
        message = storage_message(error) or memory_message(error)
        if message is None or isinstance(error, InputError):
            raise
        raise InputError(message) from error
    torch.distributed.destroy_process_group()


def _end_with(parent: int) -> None:
    """End at once when told to, and when the launcher is gone: nothing of use is left to do."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _log_to(path: str | None) -> None:
    """Continue the job's log; the first process tells what it does, all tell what goes wrong."""
    logging.basicConfig(
        filename=path, format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING
    )
    logging.captureWarnings(True)
    # open_clip gathers features by a function that torch is to replace; the layout of the gradients
    # of convolutions is ambiguous if they are of one pixel.
    for message in ("torch.distributed.nn.functional", "Grad strides do not match"):
        warnings.filterwarnings("ignore", message)
    if distributed.is_first():
        logging.getLogger("workflow_scripts").setLevel(logging.INFO)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except Exception:
        # The launcher raises what was recorded. Taking leave of the others could take for ever.
        logging.shutdown()
        os._exit(1)

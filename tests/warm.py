"""A Python that starts at once: a process that has imported the packages, and forks itself.

A workflow's run is some hundred processes, each of which would import torch, pandas or matplotlib
anew: half of what the tests compute. `python()` is the path of a program to be called as the
interpreter would be. It hands its arguments, environment and files to a server, which forks, and
ends as the fork does. The project's own modules are imported by each fork, from where it is told.
"""

import array
import atexit
import gc
import marshal
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

PRELOADED = (
    "h5py", "jsonschema", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_svg", "matplotlib.figure", "numba", "numpy", "pandas",
    "PIL.Image", "platformdirs", "requests", "safetensors.torch", "scipy.optimize", "scipy.stats",
    "smart_open", "snakemake.cli", "snakemake.report.html_reporter", "snakemake.storage",
    "torch._dynamo", "tqdm", "yaml", "yte",
)  # fmt: skip
# With `_socket` and `marshal` it starts in half the time that `socket` and `json` take.
CLIENT = """\
#!{interpreter} -IS
import _socket, marshal, os, sys
server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
server.connect({address!r})
content = marshal.dumps((sys.argv[1:], os.getcwd(), dict(os.environ)))
files = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, files)]
server.sendmsg([len(content).to_bytes(8, "big")], rights)
while content:
    content = content[server.send(content):]
code = int(server.recv(8) or b"1")
if code < 0:
    os.kill(os.getpid(), -code)
sys.exit(code)
"""


@cache
def python() -> str:
    """Path of the program; the server that it needs ends with this process.

    It is Python itself where a process cannot be forked safely, or be waited for beside a caller.
    """
    if not hasattr(os, "pidfd_open"):
        return sys.executable
    folder = tempfile.TemporaryDirectory(prefix="warm-")
    address, program = f"{folder.name}/socket", Path(folder.name, "python")
    program.write_text(CLIENT.format(interpreter=sys.executable, address=address))
    program.chmod(0o755)
    one_core = {"OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    command = [sys.executable, __file__, address, str(program)]
    server = subprocess.Popen(command, env=os.environ | one_core, stdout=subprocess.PIPE)
    assert server.stdout and server.stdout.read(6) == b"ready\n"
    atexit.register(folder.cleanup)
    atexit.register(server.kill)
    return str(program)


def serve(address: str, program: str) -> None:
    """Fork for each caller, for ever; tell it how the fork ended, which ends with the caller."""
    gc.disable()
    for name in PRELOADED:
        __import__(name)
    # Whatever a fork looks at in its collections of garbage, it would have to copy.
    gc.collect()
    gc.freeze()
    gc.enable()
    atexit._clear()  # What libraries do at the end takes half of what a short job does
    sys.path.remove(str(Path(__file__).parent))
    # Its forks compile a module of the project once, wherever the user wants to have no bytecode.
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(program).with_name("bytecode"))
    processes: dict[int, int] = {}  # by what tells of the end of each
    callers: dict[int, socket.socket] = {}  # likewise, those that are there
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        print("ready", flush=True)
        while True:
            told = select.select([listening, *processes, *callers.values()], [], [])[0]
            for ended in processes.keys() & {*told}:
                _, status = os.waitpid(processes.pop(ended), 0)
                os.close(ended)
                if caller := callers.pop(ended, None):
                    with suppress(OSError), caller:  # it may have ended by now
                        caller.sendall(str(os.waitstatus_to_exitcode(status)).encode())
            for ended in [each for each, caller in callers.items() if caller in told]:
                os.kill(processes[ended], signal.SIGKILL)
                callers.pop(ended).close()
            if listening in told:
                caller, _ = listening.accept()
                request, files = received(caller)
                process = os.fork()
                if process == 0:
                    for each in (listening, caller, *callers.values()):
                        each.close()
                    for ended in processes:
                        os.close(ended)
                    run(request, files, program)
                for number in files:
                    os.close(number)
                ended = os.pidfd_open(process)
                processes[ended], callers[ended] = process, caller


def received(caller: socket.socket) -> tuple[Any, array.array]:
    """What a caller asks for, and its files; that of one which ended at once is nothing."""
    files = array.array("i")
    size, rights, *_ = caller.recvmsg(8, socket.CMSG_SPACE(3 * files.itemsize))
    for _, _, numbers in rights:
        files.frombytes(numbers)
    content = part = b""
    while len(content) < int.from_bytes(size, "big") and (part := caller.recv(1 << 20)):
        content += part
    return marshal.loads(content) if part else None, files


def run(request: Any, files: array.array, program: str) -> NoReturn:
    """Become what `python arguments` would be."""
    if request is None:
        os._exit(1)
    arguments, folder, environment = request
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.executable = program
    is_module = arguments[0] == "-m"
    name, *others = arguments[is_module:]
    sys.argv = [name, *others]
    first = folder if is_module else str(Path(name).resolve().parent)
    sys.path[:0] = [first, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    code = 0
    try:
        if is_module:
            runpy.run_module(name, run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(name, run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        code = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    serve(*sys.argv[1:])

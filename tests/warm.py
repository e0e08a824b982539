"""A Python that starts at once: a process that has imported the packages, and forks itself.

A workflow's run is some hundred processes, each of which would import torch, pandas or matplotlib
anew: half of what the tests compute. `python()` is the path of a program to be called as the
interpreter would be. It hands its arguments, environment and files to a server, which forks, and
ends as the fork does. The project's own modules are imported by each fork, from where it is told.
"""

import array
import atexit
import json
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
from functools import cache
from pathlib import Path

PRELOADED = (
    "h5py", "jsonschema", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_svg", "matplotlib.figure", "numba", "numpy", "pandas",
    "PIL.Image", "platformdirs", "requests", "safetensors.torch", "scipy.optimize", "scipy.stats",
    "smart_open", "snakemake.cli", "snakemake.report.html_reporter", "snakemake.storage",
    "torch._dynamo", "tqdm", "yaml", "yte",
)  # fmt: skip
CLIENT = """\
#!{interpreter} -IS
import array, json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    request = dict(arguments=sys.argv[1:], folder=os.getcwd(), environment=dict(os.environ))
    content = json.dumps(request).encode()
    files = array.array("i", [0, 1, 2])
    server.sendmsg(
        [len(content).to_bytes(8, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)]
    )
    server.sendall(content)
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
    """Fork for each caller, for ever."""
    for name in PRELOADED:
        __import__(name)
    sys.path.remove(str(Path(__file__).parent))
    # Its forks compile a module of the project once, wherever the user wants to have no bytecode.
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(program).with_name("bytecode"))
    # The children of this process are waited for by nobody.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        print("ready", flush=True)
        while True:
            caller, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                supervise(caller, program)
            caller.close()


def supervise(caller: socket.socket, program: str) -> None:
    """Run what a caller asks for in a fork, to the end of either; tell the caller how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    files = array.array("i", [0, 0, 0])
    size, ((_, _, received),), *_ = caller.recvmsg(8, socket.CMSG_SPACE(3 * files.itemsize))
    content = b""
    while len(content) < int.from_bytes(size, "big"):
        content += caller.recv(1 << 20)
    process = os.fork()
    if process == 0:
        caller.close()
        run(json.loads(content), array.array("i", received), program)
    ended = os.pidfd_open(process)
    if ended not in select.select([ended, caller], [], [])[0]:
        os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    caller.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def run(request: dict, files: array.array, program: str) -> None:
    """Become what `python arguments` would be."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.executable = program
    is_module = request["arguments"][0] == "-m"
    name, *others = request["arguments"][is_module:]
    sys.argv = [name, *others]
    first = request["folder"] if is_module else str(Path(name).resolve().parent)
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

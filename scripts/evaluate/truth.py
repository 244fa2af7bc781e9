"""Executes the chosen Python files with the real Keras and PyTorch, and writes down what every network really is.

    python3 scripts/evaluate/truth.py OUT [FIRST LAST]      # files FIRST to LAST of files.tsv; writes OUT/truth/*.json

Run it with a Python that has keras (TensorFlow behind it), torch and torchvision. The files are of strangers: each runs in a
forked process of its own, in an empty folder, as `nobody`, without network (`unshare -n`), with limits on memory and time.
Modules that are not installed, data sets and weights are stood in for (`standins.py`); nothing is trained. What is written
down is only what the frameworks themselves count: parameters, and the shapes that leave each layer.
"""

import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SECONDS, BYTES = 40, 16 << 30


def rows():
    lines = (HERE / "files.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return [line.split("\t") for line in lines if not line.startswith("tfjs\t")]


def outside(out, first, last):
    """Starts the same script again without network and rights, and takes over what it found."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        isolated = [
            "unshare",
            "-n",
            "-p",
            "-f",
            "--kill-child",
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "--no-new-privs",
        ]
        command = [*isolated, sys.executable, __file__, str(out), str(first), str(last), folder]
        hidden = {"CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "PYTHONDONTWRITEBYTECODE": "1", **hidden}
        try:
            subprocess.run(command, env=environment, cwd=folder, check=True)
        finally:
            target = out / "truth"
            target.mkdir(exist_ok=True)
            for file in pathlib.Path(folder).glob("*.json"):
                shutil.copy(file, target / file.name)


def inside(out, first, last, folder):
    """Without network and rights: one forked process for each file; the frameworks are loaded once."""
    sys.path.insert(0, str(HERE))
    import keras  # noqa: F401  (loaded before the forks)
    import tensorflow  # noqa: F401
    import torch
    import torchvision  # noqa: F401

    torch.set_num_threads(1)
    for framework, _, place in rows()[first:last]:
        name = place.replace("/", "+").replace(":", "+")
        child = os.fork()
        if child == 0:
            try:
                one(out, framework, place, folder / f"{name}.json")
            except BaseException as error:  # noqa: BLE001  (whatever a stranger's code raises)
                print(f"{place}: {type(error).__name__}: {str(error)[:200]}", flush=True)
            os._exit(0)
        os.waitpid(child, 0)


def one(out, framework, place, result):
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (50 << 20, 50 << 20))
    own = tempfile.mkdtemp(dir=result.parent)
    os.chdir(own)
    silent = os.open(os.devnull, os.O_RDWR)
    report = os.dup(1)
    for stream in (0, 1, 2):
        os.dup2(silent, stream)
    import observe

    repository, rest = place.split("@", 1)
    root = out / "repos" / repository.replace("/", "+", 1)
    observer = observe.Observer(framework, root / rest.split(":", 1)[1], root)

    def stop(*_):
        raise TimeoutError("time is up")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        observer.run()
    except BaseException as error:  # noqa: BLE001
        observer.errors.append(f"{type(error).__name__}: {str(error)[:200]}")
    signal.alarm(SECONDS)
    found = observer.found()
    signal.alarm(0)
    result.write_text(json.dumps(found, indent=1), encoding="utf-8")
    line = f"{place}: {len(found['models'])} models, {len(found['modules'])} modules, {len(found['errors'])} errors\n"
    os.write(report, line.encode())


if __name__ == "__main__":
    first, last = (int(sys.argv[2]), int(sys.argv[3])) if len(sys.argv) > 3 else (0, len(rows()))
    if len(sys.argv) > 4:
        inside(pathlib.Path(sys.argv[1]), first, last, pathlib.Path(sys.argv[4]))
    else:
        outside(pathlib.Path(sys.argv[1]).resolve(), first, last)

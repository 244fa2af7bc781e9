"""Takes ImageNet's 1,000 class names, in the order every framework numbers them, out of torchvision 0.20.1 (BSD-3-Clause).

    python scripts/samples/imagenet_names.py

Needs pip and a package index; nothing is installed and nothing of the wheel is run. Writes media/labels/imagenet.txt and the
licence beside it.
"""

import ast
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

VERSION = "0.20.1"
SOURCE = "torchvision/models/_meta.py"
TARGET = Path(__file__).resolve().parents[2] / "media" / "labels"
# Places whose names are known from the ILSVRC2012 synset list, so that a list in another order is refused.
ANCHORS = {
    0: "tench",
    1: "goldfish",
    207: "golden retriever",
    281: "tabby",
    388: "giant panda",
    504: "coffee mug",
    657: "missile",
    817: "sports car",
    985: "daisy",
    999: "toilet tissue",
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = ["download", "--no-deps", "--only-binary=:all:", f"torchvision=={VERSION}", "-d", folder]
        subprocess.run([sys.executable, "-m", "pip", *command], check=True)
        wheel = zipfile.ZipFile(next(Path(folder).glob("torchvision-*.whl")))
        tree = ast.parse(wheel.read(SOURCE))
        licence = wheel.read(f"torchvision-{VERSION}.dist-info/LICENSE").decode()
    names = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_IMAGENET_CATEGORIES"
    )
    assert len(names) == len(set(names)) == 1000
    for place, name in ANCHORS.items():
        assert names[place] == name, (place, names[place])
    TARGET.mkdir(parents=True, exist_ok=True)
    (TARGET / "imagenet.txt").write_text("\n".join(names) + "\n")
    head = (
        f"`imagenet.txt` holds the 1,000 ImageNet class names as torchvision {VERSION} lists them in `{SOURCE}`,\n"
        "taken by `scripts/samples/imagenet_names.py`. torchvision's licence:\n\n"
    )
    body = "\n".join(line.rstrip() for line in licence.strip().splitlines())
    (TARGET / "LICENSES.md").write_text(f"# Where the class names come from\n\n{head}```\n{body}\n```\n")


if __name__ == "__main__":
    main()

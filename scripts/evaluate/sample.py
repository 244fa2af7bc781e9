"""Chooses the files of the evaluation from snapshots of public repositories, by the rule in README.md.

    python3 scripts/evaluate/sample.py MIRRORS OUT

MIRRORS holds one folder `owner+name/repo` for each repository: a git directory, or a work tree with one. Written are
OUT/repos/owner+name/… (the texts of each chosen repository, which its files may import) and files.tsv beside this script.
Nothing of a repository is executed.
"""

import ast
import hashlib
import json
import pathlib
import re
import subprocess
import sys

OWN = {"keras-team", "tensorflow", "pytorch", "huggingface", "google-research"}
LIBRARIES = re.compile(r"/(timm|pytorch-image-models|segmentation_models(\.\w+)?)$")
VENDORED = re.compile(
    r"(^|/)(site-packages|node_modules|bower_components|\.?v?env|virtualenv|dist|build|vendors?|third_party|lib/python[\d.]+)/"
    r"|\.min\.|\.bundle\.|(^|/)\.[^/]+/"
)
#: Bytes of a file, and of a notebook with its outputs.
LARGEST, LARGEST_NOTEBOOK = 200_000, 8_000_000
#: Texts that a chosen file may import or read.
KEPT = re.compile(r"\.(py|ipynb|jsx?|mjs|cjs|tsx?|json|ya?ml)$")

BACKBONES = (
    r"(VGG1[69]|ResNet\d+(V2)?|Inception(V3|ResNetV2)|Xception|MobileNet(V[23](Small|Large)?)?|DenseNet\d+|NASNet\w+|"
    r"EfficientNet(V2)?[BSML]\d?|ConvNeXt\w+)"
)
TORCHVISION = (
    r"(alexnet|vgg\d+(_bn)?|resnet\d+|resnext\w+|wide_resnet\w+|squeezenet\w+|densenet\d+|inception_v3|googlenet|"
    r"mobilenet_v\w+|shufflenet\w+|efficientnet_\w+|mnasnet\w+|regnet\w+|convnext\w+)"
)
#: For each framework: file endings, files a repository, files in all, and what a candidate's code has to contain.
FRAMEWORKS = {
    "keras": (
        (".py", ".ipynb"),
        2,
        60,
        (
            r"\b(import|from)\b[^\n]*\b(keras|tensorflow)\b",
            r"\bkeras\b",
            rf"\b(Conv(olution)?[123]D|SeparableConv[12]D|DepthwiseConv2D|{BACKBONES})\s*\(",
            r"\b(Sequential|Model)\s*\(",
        ),
    ),
    "pytorch": (
        (".py", ".ipynb"),
        2,
        60,
        (
            r"\b(import|from)\s+torch\b",
            rf"\bConv[123]d\s*\(|\bmodels\.{TORCHVISION}\s*\(",
            r"\b(Module|LightningModule)\)|\bSequential\s*\(",
        ),
    ),
    "tfjs": (
        (".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx"),
        3,
        40,
        (
            r"\b(conv[123]d|separableConv2d|depthwiseConv2d)\s*\(\s*\{",
            r"\b(sequential|model)\s*\(",
            r"tensorflow|\btf\b",
        ),
    ),
}


def digest(text):
    return hashlib.sha1(text.encode()).hexdigest()


def git(folder, *arguments):
    command = ["git", "-c", "safe.directory=*", "--git-dir", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, check=True).stdout


def git_folder(mirror):
    folder = mirror / "repo"
    return folder / ".git" if (folder / ".git").exists() else folder


def code_of(path, data):
    """The code a file holds, or `None` where it is no text, no notebook or (Python) no Python 3."""
    try:
        text = data.decode("utf-8-sig")
        if path.endswith(".ipynb"):
            cells = json.loads(text)["cells"]
            text = "\n".join(blanked("".join(cell["source"])) for cell in cells if cell["cell_type"] == "code")
        if path.endswith((".py", ".ipynb")):
            ast.parse(text)
        return text
    except (UnicodeDecodeError, ValueError, KeyError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def blanked(cell):
    """A cell without IPython's magics and shell lines."""
    if re.match(r"\s*%%(?!time|timeit|capture)", cell):
        return ""
    return re.sub(r"(?m)^(\s*)([%!?].*|[\w.]+\?{1,2}\s*)$", r"\1pass", cell)


def candidates(folder):
    """`(framework, path, blob)` of each file that defines a CNN by the look of it."""
    for line in git(folder, "ls-tree", "-r", "-l", "-z", "HEAD").decode("utf-8", "replace").split("\0"):
        if not line:
            continue
        meta, path = line.split("\t", 1)
        mode, _, blob, size = meta.split()
        if mode == "120000" or not size.isdigit() or VENDORED.search("/" + path):
            continue
        if int(size) > (LARGEST_NOTEBOOK if path.endswith(".ipynb") else LARGEST):
            continue
        wanted = [name for name, (endings, *_) in FRAMEWORKS.items() if path.endswith(endings)]
        if not wanted:
            continue
        try:
            code = code_of(path, git(folder, "cat-file", "blob", blob))
        except subprocess.CalledProcessError:
            continue  # listed in the snapshot, not in it
        if code is None or len(code) > LARGEST:
            continue
        for name in wanted:
            if all(re.search(pattern, code) for pattern in FRAMEWORKS[name][3]):
                yield name, path, digest(re.sub(r"\s+", " ", code))


def unpack(folder, commit, target):
    """The repository's texts, for imports across its files."""
    for line in git(folder, "ls-tree", "-r", "-l", "-z", commit).decode("utf-8", "replace").split("\0"):
        if not line:
            continue
        meta, path = line.split("\t", 1)
        mode, _, blob, size = meta.split()
        limit = LARGEST_NOTEBOOK if path.endswith(".ipynb") else 1_000_000
        if (
            mode == "120000"
            or not size.isdigit()
            or int(size) > limit
            or not KEPT.search(path)
            or "node_modules/" in path
        ):
            continue
        try:
            data = git(folder, "cat-file", "blob", blob)
        except subprocess.CalledProcessError:
            continue
        file = target / path
        if target.resolve() not in file.resolve().parents:
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def main(mirrors, out):
    repositories = sorted((one.name.replace("+", "/", 1) for one in mirrors.iterdir()), key=digest)
    chosen, seen, left = [], set(), {name: total for name, (_, _, total, _) in FRAMEWORKS.items()}
    for repository in repositories:
        if repository.split("/")[0] in OWN or LIBRARIES.search("/" + repository):
            continue
        folder = git_folder(mirrors / repository.replace("/", "+", 1))
        try:
            commit = git(folder, "rev-parse", "HEAD").decode().strip()
            found = sorted(candidates(folder), key=lambda one: digest(f"{repository}:{one[1]}"))
        except subprocess.CalledProcessError:
            continue
        half = "development" if int(digest(repository), 16) % 2 == 0 else "held-out"
        taken = dict.fromkeys(FRAMEWORKS, 0)
        for name, path, same in found:
            if taken[name] == FRAMEWORKS[name][1] or left[name] == 0 or same in seen:
                continue
            seen.add(same)
            taken[name] += 1
            left[name] -= 1
            chosen.append((name, half, repository, commit, path))
        if any(taken.values()):
            unpack(folder, commit, out / "repos" / repository.replace("/", "+", 1))
    chosen.sort()
    listing = pathlib.Path(__file__).with_name("files.tsv")
    rows = ["framework\thalf\trepository@commit:path"]
    rows += [f"{name}\t{half}\t{repository}@{commit}:{path}" for name, half, repository, commit, path in chosen]
    listing.write_text("\n".join(rows) + "\n", encoding="utf-8")
    for name in FRAMEWORKS:
        halves = [half for one, half, *_ in chosen if one == name]
        print(f"{name}: {len(halves)} files, {halves.count('development')} for development")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))

"""Writes the file to serve: frozen TorchScript with normalisation, softmax and metadata inside.

Its input is uint8 [N, 3, S, S] RGB, its output float32 [N, 2] probabilities of cat and dog. The extra file
`metadata.json` holds classes, size, metrics, the hash of the data, the revision and the golden answers.
"""

import argparse
import json
import subprocess
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from model.checkpoint import load_checkpoint
from model.command import new_file, run
from model.contract.classes import CLASSES
from model.contract.errors import Mistake
from model.contract.golden import golden_image
from model.contract.metadata import model_version
from model.dataset import load_summary
from model.network import Classifier, build
from model.presets import eval_preset

GOLDEN_COUNT = 6
MAX_DIFFERENCE = 1e-4


class Exported(nn.Module):
    """The whole of serving's arithmetic: uint8 [N, 3, S, S] to float32 probabilities [N, 2].

    Normalises whole rows of RGB pixels at a time: channel by channel, in the `channels_last` layout, it would cost as
    much as a sixth of the network.
    """

    scale: Tensor
    shift: Tensor

    def __init__(self, classifier: Classifier, temperature: float, size: int):
        super().__init__()
        self.backbone = classifier.backbone
        self.temperature = temperature
        self.size = size
        self.register_buffer("scale", classifier.scale.flatten().repeat(size))
        self.register_buffer("shift", -(classifier.mean * classifier.scale).flatten().repeat(size))

    def forward(self, images: Tensor) -> Tensor:
        rows = images.permute(0, 2, 3, 1).reshape(-1, self.size, 3 * self.size).to(torch.float32)
        rows = rows.mul_(self.scale).add_(self.shift)
        pixels = rows.view(-1, self.size, self.size, 3).permute(0, 3, 1, 2)
        return torch.softmax(self.backbone(pixels) / self.temperature, 1)


def load_network(path: Path) -> Classifier:
    """The trained network of a checkpoint, ready to evaluate."""
    checkpoint = load_checkpoint(path)
    network = build(checkpoint["params"]["network"])
    network.load_state_dict(checkpoint["network"])
    return network.eval()


@contextmanager
def _without_deprecations() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # TorchScript is deprecated, and it is the contract
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def freeze(network: Classifier, temperature: float, size: int) -> torch.jit.ScriptModule:
    """Traces and freezes; the result holds for every number of images.

    Not `optimize_for_inference`, which is known to give wrong results on CPUs.
    """
    exported = Exported(network, temperature, size).eval()
    example = torch.zeros(2, 3, size, size, dtype=torch.uint8)
    with _without_deprecations():
        return torch.jit.freeze(torch.jit.trace(exported, example))


@torch.no_grad()
def parity(network: Classifier, temperature: float, frozen: nn.Module, size: int) -> float:
    """Largest difference in probability between trained and frozen network, over golden images, 1 and 16 at once."""
    images = _golden_batch(range(16), size)
    eager = torch.softmax(network(eval_preset(images)) / temperature, 1)
    together = (frozen(images) - eager).abs().max()
    alone = max((frozen(images[i : i + 1]) - eager[i : i + 1]).abs().max() for i in range(len(images)))
    return float(max(together, alone))


@torch.no_grad()
def golden_answers(frozen: nn.Module, size: int, candidates: int = 1024) -> list[dict]:
    """Half of them the surest cats, half the surest dogs among some drawn images, so that swapped labels show."""
    probabilities = torch.cat([frozen(_golden_batch([seed], size)) for seed in range(candidates)]).numpy()
    order = np.argsort(probabilities[:, 0])
    chosen = [*order[-GOLDEN_COUNT // 2 :][::-1], *order[: GOLDEN_COUNT // 2]]
    return [{"seed": int(seed), "probabilities": probabilities[seed].tolist()} for seed in chosen]


def _golden_batch(seeds: Iterable[int], size: int) -> Tensor:
    pixels = np.stack([golden_image(seed, size) for seed in seeds])
    return torch.from_numpy(pixels).permute(0, 3, 1, 2)


def export(checkpoint: Path, evaluation: Path, prepared: Path, out: Path) -> dict:
    """Writes `out`. Returns its metadata.

    Raises:
        Mistake: an input is missing, or the frozen network differs from the trained one.
    """
    try:
        figures = json.loads(evaluation.read_text())
    except OSError:
        raise Mistake(f"there is no {evaluation}: run python -m model.evaluate first") from None
    summary = load_summary(prepared)
    size, temperature = figures["size"], figures["temperature"]
    network = load_network(checkpoint)
    frozen = freeze(network, temperature, size)
    if (difference := parity(network, temperature, frozen, size)) > MAX_DIFFERENCE:
        raise Mistake(f"the frozen network differs from the trained one by {difference:.1e}: not exported")
    metadata = {
        "classes": list(CLASSES),
        "size": size,
        "metrics": figures["test"],
        "data": summary["data"],
        "revision": current_revision(),
        "golden": golden_answers(frozen, size),
    }
    with new_file(out) as work, _without_deprecations():
        torch.jit.save(frozen, str(work), _extra_files={"metadata.json": json.dumps(metadata)})
    return metadata


def current_revision() -> str:
    """The commit of the code that exports, "-dirty" if it has changes; "unknown" outside git."""
    try:
        command = ["git", "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m model.export", description=__doc__)
    parser.add_argument("checkpoint", type=Path, help="best.pt of model.train")
    parser.add_argument("evaluation", type=Path, help="metrics.json of model.evaluate")
    parser.add_argument("prepared", type=Path, help="folder that model.prepare wrote")
    parser.add_argument("out", type=Path, help="file to write, such as catdog.pt")
    args = parser.parse_args()
    export(args.checkpoint, args.evaluation, args.prepared, args.out)
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.1f} MB, model version {model_version(args.out)}")


if __name__ == "__main__":
    run(main)

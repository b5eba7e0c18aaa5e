#!/usr/bin/env python3
"""Images a second through a PyTorch DataLoader with Pillow, as image trainers commonly read them.

    dataloader.py FOLDER SIDE WORKERS SECONDS

Each file is decoded, its shorter side is resized to SIDE and the center is cut out, by torchvision's
transforms where it is installed and by Pillow alone where not. Prints one line of JSON.
"""

import json
import pathlib
import sys
import time

import PIL
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

try:
    import torchvision
    from torchvision import transforms
except ImportError:
    torchvision = None


class Files(Dataset):
    """The files of a folder as uint8 tensors [3, side, side]."""

    def __init__(self, folder, side):
        self.files = sorted(p for p in pathlib.Path(folder).rglob("*") if p.is_file())
        self.side = side
        self.transform = torchvision and transforms.Compose(
            [transforms.Resize(side), transforms.CenterCrop(side), transforms.PILToTensor()]
        )

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        with Image.open(self.files[index]) as image:
            rgb = image.convert("RGB")
        if self.transform:
            return self.transform(rgb)
        side = self.side
        scale = side / min(rgb.size)
        width, height = (max(side, round(n * scale)) for n in rgb.size)
        rgb = rgb.resize((width, height), Image.BILINEAR)
        left, top = (width - side) // 2, (height - side) // 2
        rgb = rgb.crop((left, top, left + side, top + side))
        return torch.frombuffer(bytearray(rgb.tobytes()), dtype=torch.uint8).view(side, side, 3)


def main():
    folder, side, workers, seconds = sys.argv[1], *map(int, sys.argv[2:5])
    torch.set_num_threads(1)
    loader = DataLoader(
        Files(folder, side), batch_size=16, num_workers=workers, persistent_workers=workers > 0
    )
    for _ in loader:  # workers have started and the files are in the page cache
        pass
    images, begun = 0, time.monotonic()
    while time.monotonic() - begun < seconds:
        for batch in loader:
            images += len(batch)
    took = time.monotonic() - begun
    print(
        json.dumps(
            {
                "imagesPerSecond": images / took,
                "images": images,
                "torch": torch.__version__,
                "torchvision": torchvision.__version__ if torchvision else None,
                "pillow": PIL.__version__,
            }
        )
    )


if __name__ == "__main__":
    main()

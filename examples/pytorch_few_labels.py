"""Trains a small classifier on few labels, without and with one of Millrace's losses beside its own.

Needs torch and Pillow, and a running Millrace that has learned from images like these:

    python3 pytorch_few_labels.py cifar10.zip --millrace http://127.0.0.1:8470

The zip holds train/<class>/... and test/<class>/...; a share of each class keeps its labels, the
other images of train/ are used without them. All runs of a seed have the same labeled images and
the same initial weights. An update with the loss costs more than one without, so that --longer N
adds a run of N times as many updates without it. Prints a line of JSON for each run, with its
accuracy on all of test/ in percent and its seconds.
"""

import argparse
import io
import json
import sys
import time
import zipfile

import torch
from PIL import Image
from torch import nn
from torch.nn import functional

from pytorch_auxiliary_loss import MillraceLoss


def read(path):
    """Pixels, uint8 [n, 3, side, side], and classes of train/ and of test/."""
    parts = {"train": ([], []), "test": ([], [])}
    with zipfile.ZipFile(path) as archive:
        names = sorted(n for n in archive.namelist() if n.lower().endswith((".jpg", ".png")))
        classes = sorted({n.split("/")[-2] for n in names})
        for name in names:
            images, labels = parts[name.split("/")[-3]]
            image = Image.open(io.BytesIO(archive.read(name))).convert("RGB")
            pixels = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8)
            images.append(pixels.reshape(image.height, image.width, 3).permute(2, 0, 1))
            labels.append(classes.index(name.split("/")[-2]))
    return [(torch.stack(images), torch.tensor(labels)) for images, labels in parts.values()]


def few(labels, share, generator):
    """Numbers of the images that keep their labels: a share of each class."""
    kept = []
    for c in labels.unique():
        of_class = (labels == c).nonzero()[:, 0]
        order = torch.randperm(len(of_class), generator=generator)
        kept.append(of_class[order[: max(1, round(share * len(of_class)))]])
    return torch.cat(kept)


def augment(images, generator):
    """Shifted by up to an eighth of the side, and half of them mirrored."""
    side = images.shape[-1]
    pad = side // 8
    padded = functional.pad(images.float(), (pad, pad, pad, pad), mode="reflect").to(torch.uint8)
    out = []
    for image in padded:
        y, x, mirrored = torch.randint(0, 2 * pad + 1, (3,), generator=generator).tolist()
        crop = image[:, y : y + side, x : x + side]
        out.append(crop.flip(2) if mirrored > pad else crop)
    return torch.stack(out)


def block(inputs, outputs, stride):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


class Network(nn.Module):
    """Four convolutions, 256 features."""

    features = 256

    def __init__(self, classes):
        super().__init__()
        self.body = nn.Sequential(
            block(3, 32, 1), block(32, 64, 2), block(64, 128, 2), block(128, self.features, 2)
        )
        self.classifier = nn.Linear(self.features, classes)

    def forward(self, pixels):
        return self.body(pixels.float() / 127.5 - 1).mean((2, 3))


def accuracy(network, images, labels):
    network.eval()
    with torch.no_grad():
        hits = sum(
            (network.classifier(network(x)).argmax(1) == y).sum().item()
            for x, y in zip(images.split(500), labels.split(500))
        )
    return 100 * hits / len(labels)


def train(seed, data, auxiliary, updates, args):
    """Accuracy after so many updates; auxiliary is a MillraceLoss, or None to do without."""
    (images, labels), (test_images, test_labels) = data
    torch.manual_seed(seed)
    chance = torch.Generator().manual_seed(seed)
    labeled = few(labels, args.labels, chance)
    network = Network(int(labels.max()) + 1)
    parameters = list(network.parameters())
    if auxiliary:
        head = nn.Linear(network.features, auxiliary.columns)
        parameters += head.parameters()
    optimizer = torch.optim.SGD(parameters, args.rate, momentum=0.9, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, updates)
    unlabeled = torch.Generator().manual_seed(seed)  # so that both runs draw the same labeled ones
    network.train()
    for step in range(updates):
        of = labeled[torch.randint(len(labeled), (args.batch,), generator=chance)]
        scores = network.classifier(network(augment(images[of], chance)))
        loss = functional.cross_entropy(scores, labels[of])
        if auxiliary:
            of = torch.randint(len(images), (args.unlabeled,), generator=unlabeled)
            seen = head(network(augment(images[of], unlabeled)))
            loss = loss + args.weight * auxiliary(seen, images[of])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 100 == 99:
            print(f"seed {seed}: update {step + 1}, loss {loss.item():.3f}", file=sys.stderr)
    return accuracy(network, test_images, test_labels)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", help="a zip of labeled images, all of one size")
    parser.add_argument("--millrace", required=True, help="such as http://127.0.0.1:8470")
    parser.add_argument("--method", default="distillation", help="of the loss")
    parser.add_argument("--weight", type=float, default=10.0, help="of the loss")
    parser.add_argument("--labels", type=float, default=0.01, help="share that keeps its label")
    parser.add_argument("--seeds", type=int, default=1, help="1 to N")
    parser.add_argument("--steps", type=int, default=600, help="updates")
    parser.add_argument("--longer", type=int, default=0, help="N times the updates without the loss")
    parser.add_argument("--batch", type=int, default=32, help="labeled images in an update")
    parser.add_argument("--unlabeled", type=int, default=128, help="images of the loss in an update")
    parser.add_argument("--rate", type=float, default=0.05, help="learning rate at the start")
    args = parser.parse_args()

    data = read(args.images)
    auxiliary = MillraceLoss(args.millrace, args.method)  # one version for all runs
    arms = [(None, args.steps), (auxiliary, args.steps)]
    if args.longer:
        arms.append((None, args.longer * args.steps))
    for seed in range(1, args.seeds + 1):
        for loss, updates in arms:
            run = {"seed": seed, "auxiliary": loss and args.method, "updates": updates}
            begun = time.monotonic()
            run["accuracy"] = train(seed, data, loss, updates, args)
            run["seconds"] = round(time.monotonic() - begun)
            print(json.dumps(run), flush=True)


if __name__ == "__main__":
    main()

"""Loads the backbone of a Millrace release or export into torchvision or timm.

python3 load_backbone.py model.safetensors

Needs torch and torchvision for ResNets, torch and timm for vision transformers.
"""
import json
import struct
import sys

import torch


def read(path):
    """The file's words and its tensors by name (safetensors, read by hand)."""
    kinds = {"F32": torch.float32, "F64": torch.float64, "I64": torch.int64}
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    words = header.pop("__metadata__")
    tensors = {}
    for name, t in header.items():
        begin, end = t["data_offsets"]
        flat = torch.frombuffer(data[begin:end], dtype=kinds[t["dtype"]])
        tensors[name] = flat.reshape(t["shape"])
    return words, tensors


def resnet(architecture, stem, width):
    from torchvision.models import resnet as models

    channels = round(64 * width)

    class Scaled(models.ResNet):
        def _make_layer(self, block, planes, *args, **kwargs):
            if planes == 64:  # the first stage follows the stem
                self.inplanes = channels
            return super()._make_layer(block, planes // 64 * channels, *args, **kwargs)

    shapes = {
        "resnet18": (models.BasicBlock, [2, 2, 2, 2]),
        "resnet34": (models.BasicBlock, [3, 4, 6, 3]),
        "resnet50": (models.Bottleneck, [3, 4, 6, 3]),
    }
    net = Scaled(*shapes[architecture])
    small = stem == "small"
    net.conv1 = torch.nn.Conv2d(
        3, channels, 3 if small else 7, 1 if small else 2, 1 if small else 3, bias=False
    )
    net.bn1 = torch.nn.BatchNorm2d(channels)
    if small:
        net.maxpool = torch.nn.Identity()
    net.fc = torch.nn.Identity()
    return net


def transformer(architecture, width, patch, depth, size):
    import timm

    heads = {"vit-tiny": 3, "vit-small": 6}[architecture]
    return timm.models.vision_transformer.VisionTransformer(
        img_size=size,
        patch_size=patch,
        embed_dim=heads * round(64 * width),
        depth=depth,
        num_heads=heads,
        num_classes=0,
    )


def load(path):
    """The network [batch, 3, size, size] -> [batch, features], in eval mode, and the file's words."""
    words, tensors = read(path)
    of = {key[9:]: value for key, value in words.items() if key.startswith("backbone.")}
    if of["architecture"].startswith("resnet"):
        net = resnet(of["architecture"], of["stem"], float(of["width"]))
    else:
        size = words.get("preprocessing.size") or json.loads(words["preprocessing"])["size"]
        net = transformer(
            of["architecture"], float(of["width"]), int(of["patchSize"]), int(of["depth"]), int(size)
        )
    own = net.state_dict()
    # A release holds other networks too, under prefixes; all that the backbone needs must be there.
    net.load_state_dict({name: tensors[name] for name in own})
    if "whitening.weight" in tensors:  # release.whitening: its last layer
        weight = tensors["whitening.weight"]
        last = torch.nn.Linear(weight.shape[1], weight.shape[0])
        last.load_state_dict({"weight": weight, "bias": tensors["whitening.bias"]})
        net = torch.nn.Sequential(net, last)
    return net.eval(), words


if __name__ == "__main__":
    network, about = load(sys.argv[1])
    size = int(about.get("preprocessing.size") or json.loads(about["preprocessing"])["size"])
    ramp = torch.arange(3 * size * size, dtype=torch.float32).reshape(1, 3, size, size)
    with torch.no_grad():
        features = network(ramp / ramp.max())
    print(json.dumps({"shape": list(features.shape), "features": features[0].tolist()}))

"""Millrace's self-supervised losses in a PyTorch training loop, over HTTP.

The teacher, its projector or vocabulary and the loss stay in Millrace; your model and its head
stay here. Standard library and torch only.

    from pytorch_auxiliary_loss import MillraceLoss
    byol = MillraceLoss("http://127.0.0.1:8470", "byol")       # the version that serves
    prediction = head(backbone(view))                          # [n, byol.columns]
    loss = task_loss + 0.5 * byol(prediction, other_view)      # pixels, uint8 [n, 3, h, w]
    loss.backward()

What the head has to give, [n, columns] of any scale: byol, simsiam: the other view's projection;
moco: its key; dino: logits of the prototypes, of any number of views of each image, side by side;
obow: the backbone's own features of any number of crops of each image, side by side;
distillation: the release's features, whichever method it was learned by.

Run as a program it checks loss and gradient against the same loss in PyTorch:

    python3 pytorch_auxiliary_loss.py check http://127.0.0.1:8470 byol
"""

import ctypes
import json
import sys
import time
import urllib.error
import urllib.request

import torch


class MillraceLoss:
    """An auxiliary loss of a release, pinned to one version from the first call on."""

    def __init__(self, url, method, version=None, token=None, timeout=60.0):
        self.base = url.rstrip("/") + "/v2/models/auxiliary/" + method
        self.headers = {"Authorization": "Bearer " + token} if token else {}
        self.timeout = timeout
        about = json.loads(self._open(self.base + (f"/versions/{version}" if version else "")))
        self.version = about["versions"][0]
        self.side = about["parameters"]["side"]
        self.numbers = about["parameters"]["objective"]  # such as temperatures
        [prediction] = [i for i in about["inputs"] if i["name"] != "images"]
        self.name, self.columns = prediction["name"], prediction["shape"][1]

    def __call__(self, prediction, images):
        return _Remote.apply(prediction, images, self)

    def ask(self, prediction, images):
        """Loss and gradient of predictions [rows, columns] for the teacher's view of images."""
        inputs, bodies = [], []
        for name, datatype, tensor in (
            ("images", "UINT8", images.to(torch.uint8)),
            (self.name, "FP32", prediction.float()),
        ):
            tensor = tensor.contiguous()
            body = ctypes.string_at(tensor.data_ptr(), tensor.numel() * tensor.element_size())
            shape = list(tensor.shape)
            size = {"binary_data_size": len(body)}
            inputs.append(
                {"name": name, "datatype": datatype, "shape": shape, "parameters": size}
            )
            bodies.append(body)
        head = json.dumps({"inputs": inputs, "parameters": {"binary_data_output": True}}).encode()
        answer, length = self._infer(head, b"".join([head] + bodies))
        outputs, at = {}, length
        for output in json.loads(answer[:length])["outputs"]:
            size = output["parameters"]["binary_data_size"]
            values = torch.frombuffer(bytearray(answer[at : at + size]), dtype=torch.float32)
            outputs[output["name"]] = values.reshape(output["shape"])
            at += size
        return outputs["loss"].reshape(()), outputs["gradient"]

    def _infer(self, head, body):
        url = f"{self.base}/versions/{self.version}/infer"
        headers = dict(self.headers)
        headers["Content-Type"] = "application/octet-stream"
        headers["Inference-Header-Content-Length"] = str(len(head))
        request = urllib.request.Request(url, data=body, headers=headers)
        answer, headers = self._send(request)
        return answer, int(headers["Inference-Header-Content-Length"])

    def _open(self, url):
        return self._send(urllib.request.Request(url, headers=self.headers))[0]

    def _send(self, request):
        for attempt in range(5):
            try:
                with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                    return answer.read(), answer.headers
            except urllib.error.HTTPError as e:
                if e.code not in (429, 503) or attempt == 4:  # 429, 503: busy, so ask again
                    why = e.read().decode(errors="replace")
                    raise RuntimeError(f"{request.full_url}: {e.code} {why}") from None
                time.sleep(2**attempt)


class _Remote(torch.autograd.Function):
    @staticmethod
    def forward(ctx, prediction, images, remote):
        loss, gradient = remote.ask(prediction.detach().cpu(), images.detach().cpu())
        ctx.save_for_backward(gradient.to(prediction))
        return loss.to(prediction)

    @staticmethod
    def backward(ctx, upstream):
        (gradient,) = ctx.saved_tensors
        return upstream * gradient, None, None


def infer(url, model, images, outputs, version):
    """Outputs of a model such as `teacher`, by name."""
    request = {
        "inputs": [
            {
                "name": "images",
                "datatype": "UINT8",
                "shape": list(images.shape),
                "data": images.reshape(-1).tolist(),
            }
        ],
        "outputs": [{"name": name} for name in outputs],
    }
    body = json.dumps(request).encode()
    where = f"{url.rstrip('/')}/v2/models/{model}/versions/{version}/infer"
    with urllib.request.urlopen(urllib.request.Request(where, data=body)) as answer:
        found = json.loads(answer.read())["outputs"]
    return {o["name"]: torch.tensor(o["data"]).reshape(o["shape"]) for o in found}


def cosine(a, b):
    return torch.nn.functional.cosine_similarity(a, b, dim=1).mean()


def moco(query, seen, numbers):
    unit = torch.nn.functional.normalize
    query, key = unit(query, dim=1), unit(seen["key"], dim=1)
    positive = (query * key).sum(1, keepdim=True)
    logits = torch.cat([positive, query @ seen["queue"].t()], 1) / numbers["temperature"]
    return -torch.log_softmax(logits, 1)[:, 0].mean()


def dino(student, seen, numbers):
    targets = torch.softmax((seen["teacher"] - seen["centre"]) / numbers["teacherTemperature"], 1)
    views = len(student) // len(targets)
    log_p = torch.log_softmax(student / numbers["studentTemperature"], 1)
    return -(targets.repeat_interleave(views, 0) * log_p).sum(1).mean()


def obow(features, seen, numbers):
    levels = [name[len("weights.") :] for name in seen if name.startswith("weights.")]
    loss = 0
    for level in levels:
        bags = seen["target." + level]
        log_p = torch.log_softmax(numbers["kappa"] * features @ seen["weights." + level].t(), 1)
        bags = bags.repeat_interleave(len(features) // len(bags), 0)
        divergence = torch.nn.functional.kl_div(log_p, bags, reduction="batchmean")
        loss = loss + divergence / len(levels)
    return loss


LOSSES = {
    "byol": lambda p, seen, numbers: 2 - 2 * cosine(p, seen["target"]),
    "simsiam": lambda p, seen, numbers: 1 - cosine(p, seen["target"]),
    "moco": moco,
    "dino": dino,
    "obow": obow,
    "distillation": lambda p, seen, numbers: 1 - cosine(p, seen["embedding"]),
}


def check(url, method):
    """Compares loss and gradient with autograd's on the same loss written in PyTorch."""
    remote = MillraceLoss(url, method)
    generator = torch.Generator().manual_seed(1)
    size = (4, 3, remote.side, remote.side)
    images = torch.randint(0, 256, size, generator=generator, dtype=torch.uint8)
    rows = 8 if method in ("dino", "obow") else 4  # these take several views of an image
    prediction = torch.randn(rows, remote.columns, generator=generator, requires_grad=True)
    loss = remote(prediction, images)
    (2 * loss).backward()
    mine = prediction.grad.clone() / 2
    model = "embed" if method == "distillation" else "teacher"
    where = f"{url.rstrip('/')}/v2/models/{model}/versions/{remote.version}"
    names = [o["name"] for o in json.loads(remote._open(where))["outputs"]]
    names = [n for n in names if n != "features" and not n.startswith("map.")]
    seen = infer(url, model, images, names, remote.version)
    again = prediction.detach().clone().requires_grad_()
    local = LOSSES[method](again, seen, remote.numbers)
    local.backward()
    off = (mine - again.grad).abs().max().item()
    print(f"{method}@{remote.version}: loss {loss.item():.6f}, autograd's {local.item():.6f}")
    print(f"largest difference of a gradient component: {off:.2e}")
    if abs(loss.item() - local.item()) > 1e-5 * max(1, abs(local.item())) or off > 1e-5:
        sys.exit("the gradient is not autograd's")


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] != "check" or sys.argv[3] not in LOSSES:
        sys.exit(f"usage: pytorch_auxiliary_loss.py check URL {'|'.join(LOSSES)}")
    check(sys.argv[2], sys.argv[3])

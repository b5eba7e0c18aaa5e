#!/usr/bin/env python3
"""What learner/bench/gpu runs on the machine with the GPU; standard library and torch alone.

    gpu.py run --root UNPACKED [options]   all stages, a table, JSON
    gpu.py step --case resnet18 ...        one row of PyTorch's, in a process of its own

Each row is a process of its own: its memory is its own, and one that fails ends no other. What does
not fit into the time says so in the table.
"""

import argparse
import contextlib
import glob
import json
import os
import platform
import re
import shutil
import site
import subprocess
import sys
import tempfile
import threading
import time

# Side, batch and, for BYOL, the projector's and predictor's hidden layer, as GpuStep's presets have.
CASES = {
    "resnet18": {"name": "ResNet-18, 32", "side": 32, "batch": 256, "hidden": 1024},
    "resnet50": {"name": "ResNet-50, 224", "side": 224, "batch": 64, "hidden": 4096},
}
SMALL = {"resnet18": (16, 0.25), "resnet50": (4, 0.125)}
PROJECTION = 256
FASTEST_ROW_SECONDS = 12


def rows():
    """What is measured, what matters most first."""
    out = []
    for case in CASES:
        for work in ("network", "byol", "obow"):
            for precision in ("bf16", "float32"):
                out.append((case, work, precision, True))
        out.append((case, "network", "float32", False))
    return out


# ---- PyTorch's side -------------------------------------------------------------------------


def resnet(case, width):
    """The network of torchvision's names and shapes, its channels times width."""
    import torch
    from torch import nn

    base = int(64 * width)

    class Block(nn.Module):
        def __init__(self, inside, planes, stride, expansion):
            super().__init__()
            outside = planes * expansion
            if expansion == 1:
                shapes = [(inside, planes, 3, stride), (planes, planes, 3, 1)]
            else:
                shapes = [(inside, planes, 1, 1), (planes, planes, 3, stride), (planes, outside, 1, 1)]
            layers = []
            for n, (i, o, kernel, s) in enumerate(shapes):
                layers += [nn.Conv2d(i, o, kernel, s, kernel // 2, bias=False), nn.BatchNorm2d(o)]
                if n < len(shapes) - 1:
                    layers.append(nn.ReLU(inplace=True))
            self.body = nn.Sequential(*layers)
            self.skip = nn.Identity()
            if stride != 1 or inside != outside:
                self.skip = nn.Sequential(
                    nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside)
                )

        def forward(self, x):
            return torch.relu(self.body(x) + self.skip(x))

    if case == "resnet18":
        expansion, blocks = 1, (2, 2, 2, 2)
        layers = [nn.Conv2d(3, base, 3, 1, 1, bias=False), nn.BatchNorm2d(base), nn.ReLU(inplace=True)]
    else:
        expansion, blocks = 4, (3, 4, 6, 3)
        layers = [
            nn.Conv2d(3, base, 7, 2, 3, bias=False),
            nn.BatchNorm2d(base),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, 2, 1),
        ]
    inside = base
    for stage, count in enumerate(blocks):
        for n in range(count):
            planes = base * 2**stage
            layers.append(Block(inside, planes, 2 if stage and n == 0 else 1, expansion))
            inside = planes * expansion
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*layers), inside


def mlp(inside, hidden, outside):
    from torch import nn

    return nn.Sequential(
        nn.Linear(inside, hidden, bias=False),
        nn.BatchNorm1d(hidden),
        nn.ReLU(inplace=True),
        nn.Linear(hidden, outside),
    )


def pytorch_step(a):
    """Times one row and prints it as JSON."""
    import copy

    import torch
    from torch.nn import functional

    torch.manual_seed(1)
    device = torch.device(a.device)
    cuda = device.type == "cuda"
    layout = torch.channels_last if a.channels_last else torch.contiguous_format
    side = CASES[a.case]["side"]
    torch.backends.cudnn.benchmark = True

    def images():
        return torch.randn(a.batch, 3, side, side, device=device).to(memory_format=layout)

    def autocast():
        if a.precision == "bf16":
            return torch.autocast(device.type, dtype=torch.bfloat16)
        return contextlib.nullcontext()

    backbone, features = resnet(a.case, a.width)
    if a.work == "network":
        student = backbone.to(device, memory_format=layout)
        run = torch.compile(student) if a.compile else student
        x = images()

        def loss():
            y = run(x)
            return (y.float() ** 2).mean()

        teacher = None
    else:
        hidden = CASES[a.case]["hidden"]
        encoder = torch.nn.Sequential(backbone, mlp(features, hidden, PROJECTION))
        teacher = copy.deepcopy(encoder).to(device, memory_format=layout).requires_grad_(False)
        predictor = mlp(PROJECTION, hidden, PROJECTION)
        student = torch.nn.ModuleList([encoder, predictor]).to(device, memory_format=layout)

        def both(x1, x2):
            q1, q2 = predictor(encoder(x1)), predictor(encoder(x2))
            with torch.no_grad():
                z1, z2 = teacher(x1), teacher(x2)
            return 4 - 2 * sum(
                functional.cosine_similarity(q.float(), z.float()).mean()
                for q, z in ((q1, z2), (q2, z1))
            )

        run = torch.compile(both) if a.compile else both
        v1, v2 = images(), images()

        def loss():
            return run(v1, v2)

    optimizer = torch.optim.SGD(student.parameters(), lr=0.01, momentum=0.9)

    def step():
        optimizer.zero_grad(set_to_none=True)
        with autocast():
            value = loss()
        value.backward()
        optimizer.step()
        if teacher is not None:
            with torch.no_grad():
                torch._foreach_mul_(list(teacher.parameters()), 0.99)
                torch._foreach_add_(
                    list(teacher.parameters()), list(student[0].parameters()), alpha=0.01
                )
        value.item()

    def wait():
        if cuda:
            torch.cuda.synchronize()

    for _ in range(3):
        step()
    wait()
    steps, began = 0, time.monotonic()
    while steps < 3 or time.monotonic() - began < a.seconds:
        step()
        steps += 1
    wait()
    took = time.monotonic() - began
    print(
        json.dumps(
            {
                "imagesPerSecond": a.batch * steps / took,
                "millisPerStep": 1000 * took / steps,
                "steps": steps,
                "device": torch.cuda.get_device_name(device) if cuda else platform.processor(),
                "library": torch.__version__,
            }
        )
    )


# ---- All stages -----------------------------------------------------------------------------


class GpuMemory:
    """The most that the GPU holds while something runs, over what it held before; None on a CPU."""

    def __init__(self, device):
        index = device.partition(":")[2] or "0"
        self.command = [
            "nvidia-smi",
            "--query-gpu=memory.used",
            "--format=csv,noheader,nounits",
            "-i",
            index,
        ]
        self.on = device.startswith("cuda") and shutil.which("nvidia-smi") is not None

    def used(self):
        said = subprocess.run(self.command, capture_output=True, text=True, check=False).stdout
        return int(said) if said.strip().isdigit() else None

    @contextlib.contextmanager
    def peak(self, row):
        if not self.on:
            yield
            return
        before, most, over = self.used(), [0], threading.Event()

        def look():
            while not over.wait(0.2):
                most[0] = max(most[0], self.used() or 0)

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            if before is not None and most[0]:
                row["mebibytes"] = most[0] - before


def cuda_libraries():
    """Folders of NVIDIA's libraries: those of this Python's wheels, then the system's."""
    places = site.getsitepackages() + [site.getusersitepackages()]
    places += [p for p in sys.path if p.endswith("-packages")]
    found = []
    for place in dict.fromkeys(places):
        found += sorted(glob.glob(os.path.join(place, "nvidia", "*", "lib")))
    return found + sorted(glob.glob("/usr/local/cuda*/lib64"))


def java_environment(root):
    # What the launcher sets, and a system's libraries behind those of CUDA.
    libraries = cuda_libraries() + [os.environ.get("LD_LIBRARY_PATH", "")]
    libraries.append(os.path.join(root, "system-lib"))
    return dict(
        os.environ,
        LD_LIBRARY_PATH=":".join(filter(None, libraries)),
        OPENBLAS_NUM_THREADS="1",
        GOMP_SPINCOUNT="10000",
        MALLOC_ARENA_MAX="2",
        LC_ALL="C.UTF-8",
    )


class Stages:
    """Runs one stage after another until the time is over."""

    def __init__(self, a):
        self.a = a
        self.end = time.monotonic() + 60 * a.minutes - a.spent
        self.java = os.path.join(a.root, "java", "bin", "java")
        self.environment = java_environment(a.root)
        self.memory = GpuMemory(a.device)
        self.logs = tempfile.mkdtemp(prefix="millrace-gpu-")

    def left(self):
        return self.end - time.monotonic()

    def java_command(self, heap, main, *arguments):
        path = os.path.join(self.a.root, "lib", "*")
        return [self.java, f"-Xmx{heap}", "-cp", path, main, *arguments]

    def call(self, command, most, environment=None):
        """Runs a command; returns what it printed, its seconds, peak resident MiB and why it failed."""
        out, err = (os.path.join(self.logs, name) for name in ("out", "err"))
        began = time.monotonic()
        with open(out, "wb") as o, open(err, "wb") as e:
            process = subprocess.Popen(
                command, stdout=o, stderr=e, env=environment, start_new_session=True
            )
            timer = threading.Timer(most, lambda: os.killpg(process.pid, 9))
            timer.start()
            _, status, usage = os.wait4(process.pid, 0)
            timer.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
        took = time.monotonic() - began
        said = open(out, errors="replace").read()
        reason = None
        if process.returncode:
            tail = [x for x in (open(err, errors="replace").read() + said).splitlines() if x.strip()]
            tellers = [x for x in tail if re.search(r"Error|Exception|error:", x)] or tail[-1:]
            reason = f"ended by the time limit of {most:.0f} s" if took >= most else " ".join(tellers[:1])[:300]
            reason = reason or f"exit status {process.returncode}"
        return said, took, usage.ru_maxrss >> 10, reason

    def doctor(self):
        # Names the CUDA library that is missing and what brings it.
        command = self.java_command(
            "512m", "io.millrace.ops.cli.Main", "doctor", "--set", f"engine.device={self.a.device}"
        )
        said, _, _, _ = self.call(command, min(60, self.left()), self.environment)
        return [line.strip() for line in said.splitlines() if "engine" in line.lower()]

    def tests(self):
        """The tests tagged gpu, by JUnit's launcher."""
        jars = ":".join(glob.glob(os.path.join(self.a.root, "test-lib", "*tests.jar")))
        others = [
            jar
            for jar in glob.glob(os.path.join(self.a.root, "test-lib", "*.jar"))
            if not jar.endswith("tests.jar")
        ]
        path = ":".join(others + [jars, os.path.join(self.a.root, "lib", "*")])
        command = [self.java, "-Xmx2g", "-cp", path, "org.junit.platform.console.ConsoleLauncher"]
        command += ["execute", "--include-tag", "gpu", "--details=tree", "--disable-banner"]
        command += ["--disable-ansi-colors", "--select-class", "io.millrace.learner.torch.TorchCudaTest"]
        said, took, _, reason = self.call(command, min(120, self.left()), self.environment)
        counts = {
            word: int(n)
            for n, word in re.findall(r"\[\s*(\d+) tests (successful|failed|skipped|aborted|found)", said)
        }
        containers = re.findall(r"\[\s*(\d+) containers aborted", said)
        failed = [line.strip() for line in said.splitlines() if "[X]" in line]
        return {
            "counts": counts,
            "abortedContainers": int(containers[0]) if containers else 0,
            "failures": failed[:20],
            "seconds": round(took, 1),
            "error": None if counts else reason,
        }

    def sizes(self, case):
        batch, width = SMALL[case] if self.a.small else (CASES[case]["batch"], 1.0)
        return ["--batch", str(batch), "--width", str(width), "--seconds", str(self.a.seconds)]

    def measured(self, command, until, environment=None):
        if self.left() - until < FASTEST_ROW_SECONDS:
            return {"error": "no time left"}
        row = {}
        with self.memory.peak(row):
            said, took, resident, reason = self.call(
                command, min(self.a.most, self.left() - until), environment
            )
        if reason is None:
            row.update(json.loads(said.strip().splitlines()[-1]))
            if not self.memory.on:
                row["mebibytes"] = resident
        else:
            row = {"error": reason}
        row["seconds"] = round(took, 1)
        return row

    def millrace(self, row, until):
        case, work, precision, channels_last = row
        command = self.java_command("2g", "io.millrace.learner.bench.Bench", "gpu-step")
        command += ["--case", case.upper(), "--work", work.upper(), "--precision", precision.upper()]
        command += ["--device", self.a.device, *self.sizes(case)]
        command += ["--channels-last"] if channels_last else []
        return self.measured(command, until, self.environment)

    def pytorch(self, row, until, compiled):
        case, work, precision, channels_last = row
        command = [sys.executable, os.path.abspath(__file__), "step", "--case", case, "--work", work]
        command += ["--precision", precision, "--device", self.a.device, *self.sizes(case)]
        command += ["--channels-last"] if channels_last else []
        command += ["--compile"] if compiled else []
        return self.measured(command, until)

    def demo(self):
        summary = os.path.join(self.logs, "summary.json")
        seconds = self.a.demo
        command = self.java_command("768m", "io.millrace.ops.cli.Main", "demo", "--port", "0")
        command += ["--duration", f"{seconds}s", "--summary", summary]
        command += ["--set", f"engine.device={self.a.device}"]
        _, took, _, reason = self.call(command, seconds + 45, self.environment)
        if reason is not None or not os.path.exists(summary):
            return {"error": reason or "no summary", "seconds": round(took, 1)}
        with open(summary) as file:
            return json.load(file)


def machine(a):
    import torch

    out = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "torchCuda": torch.version.cuda,
        "processors": os.cpu_count(),
        "device": a.device,
        "glibc": platform.libc_ver()[1],
    }
    if shutil.which("nvidia-smi"):
        query = "--query-gpu=name,driver_version,memory.total,compute_cap"
        said = subprocess.run(
            ["nvidia-smi", query, "--format=csv,noheader"], capture_output=True, text=True, check=False
        )
        out["gpus"] = said.stdout.strip().splitlines()
    with open("/proc/cpuinfo") as file:
        names = re.findall(r"model name\s*:\s*(.*)", file.read())
    out["cpu"] = names[0] if names else "unknown"
    return out


def number(value):
    if value is None:
        return "–"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(result):
    head = ["network", "step", "precision", "layout", "batch", "Millrace, images/s", "PyTorch eager"]
    head += ["PyTorch compiled", "÷ eager", "÷ compiled", "MiB", "PyTorch MiB"]
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    remarks = []
    for row in result["steps"]:
        ours, eager, compiled = (row.get(k) or {} for k in ("millrace", "eager", "compiled"))
        speed = [x.get("imagesPerSecond") for x in (ours, eager, compiled)]
        ratios = [speed[0] / s if speed[0] and s else None for s in speed[1:]]
        cells = [row["network"], row["step"], row["precision"], row["layout"], str(row["batch"])]
        cells += [number(x) for x in speed + ratios]
        cells += [number(x.get("mebibytes")) for x in (ours, eager)]
        lines.append("| " + " | ".join(cells) + " |")
        for who in ("millrace", "eager", "compiled"):
            error = (row.get(who) or {}).get("error")
            if error:
                remarks.append(
                    f"{who}, {row['network']} {row['step']} {row['precision']} {row['layout']}: {error}"
                )
    lines.append("")
    tests, demo = result.get("tests"), result.get("demo")
    if tests:
        counts = ", ".join(f"{n} {word}" for word, n in tests["counts"].items())
        lines.append(f"tests tagged gpu: {tests.get('error') or counts}, {tests['seconds']} s")
        if tests["abortedContainers"]:
            lines.append("(skipped as a whole: no CUDA device answered)")
        lines += tests["failures"]
    if demo:
        if "error" in demo:
            lines.append(f"demo: {demo['error']}")
        else:
            knn = demo.get("knn") or {}
            lines.append(
                f"demo: {number(demo['imagesPerSecond'])} images/s, {demo['steps']} updates, kNN"
                f" {number(knn.get('trained'))} % (raw pixels {number(knn.get('raw'))} %, untrained"
                f" {number(knn.get('untrained'))} %), {demo['peakResidentBytes'] >> 20} MiB resident"
            )
    return "\n".join(lines + remarks)


def run(a):
    began = time.monotonic()
    stages = Stages(a)
    wanted = a.only.split(",")
    demo = a.demo + 20 if "demo" in wanted else 0
    result = {"measuredAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "machine": machine(a)}
    result["engine"] = stages.doctor()
    print(*result["engine"], sep="\n", file=sys.stderr)

    def write():
        with open(a.out, "w") as file:
            json.dump(result, file, indent=2)

    result["steps"] = []
    if "tests" in wanted:
        result["tests"] = stages.tests()
        write()
    if "steps" in wanted:
        for row in rows():
            case, work, precision, channels_last = row
            entry = {
                "network": CASES[case]["name"],
                "step": work,
                "precision": precision,
                "layout": "channels-last" if channels_last else "contiguous",
                "batch": SMALL[case][0] if a.small else CASES[case]["batch"],
                "millrace": stages.millrace(row, demo),
            }
            if work != "obow":
                entry["eager"] = stages.pytorch(row, demo, False)
            result["steps"].append(entry)
            print(json.dumps(entry), file=sys.stderr)
            write()
    if "demo" in wanted:
        result["demo"] = stages.demo()
        write()
    # Compiling takes long: it gets what time is left.
    if "steps" in wanted and not a.no_compile:
        for row, entry in zip(rows(), result["steps"]):
            if row[1] != "obow" and row[3]:
                entry["compiled"] = stages.pytorch(row, 0, True)
                write()
    result["seconds"] = round(time.monotonic() - began + a.spent, 1)
    write()
    shutil.rmtree(stages.logs)
    print(table(result))


def main():
    parser = argparse.ArgumentParser(prog="gpu")
    commands = parser.add_subparsers(dest="command", required=True)
    p = commands.add_parser("run", prog="gpu run")
    p.add_argument("--root", required=True, help=argparse.SUPPRESS)
    p.add_argument("--spent", type=float, default=0, help=argparse.SUPPRESS)
    p.add_argument("--device", default="cuda:0", help="cuda:N or cpu (cuda:0)")
    p.add_argument("--minutes", type=float, default=10, help="for all of it (10)")
    p.add_argument("--demo", type=int, default=180, help="seconds of the demo (180)")
    p.add_argument("--seconds", type=float, default=2, help="timed seconds of a row (2)")
    p.add_argument("--most", type=float, default=90, help="most seconds of a row's process (90)")
    p.add_argument("--only", default="tests,steps,demo", help="stages (tests,steps,demo)")
    p.add_argument("--no-compile", action="store_true", help="without torch.compile")
    p.add_argument("--small", action="store_true", help="narrow networks and small batches, to try it")
    p.add_argument("--out", default="gpu.json", help="file for the JSON (gpu.json)")
    p = commands.add_parser("step")
    p.add_argument("--case", choices=CASES, required=True)
    p.add_argument("--work", choices=("network", "byol"), required=True)
    p.add_argument("--precision", choices=("float32", "bf16"), required=True)
    p.add_argument("--channels-last", action="store_true")
    p.add_argument("--compile", action="store_true")
    p.add_argument("--device", required=True)
    p.add_argument("--batch", type=int, required=True)
    p.add_argument("--width", type=float, required=True)
    p.add_argument("--seconds", type=float, required=True)
    a = parser.parse_args()
    if a.command == "step":
        pytorch_step(a)
    else:
        run(a)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""temper against PyTorch: one training step of LeNet-5 (28 x 28) and ResNet-20 (32 x 32 x 3), batch 128, SGD with momentum, softmax
cross-entropy.

    bench/peers/torch_conv.py BUILD_DIR/bin/bench_conv_step

In turns within the same minute, wall time, least of many steps; PyTorch in both memory formats, the faster one counts. PyTorch has its
batch at hand; temper draws it from a data set. The BLAS is OpenBLAS with OpenMP, where it is installed."""
import glob
import os
import subprocess
import sys

TORCH = """
import sys, time, torch
from torch import nn
from torch.nn import functional as F
threads, rounds = int(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(threads)
torch.manual_seed(1)

class Block(nn.Module):
    def __init__(self, before, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.norm1, self.norm2 = nn.BatchNorm2d(width), nn.BatchNorm2d(width)
        self.stride, self.new = stride, width - before
    def forward(self, x):
        y = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        if self.new:  # a shortcut without weights
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.new // 2, self.new - self.new // 2))
        return F.relu(x + y)

def resnet20():
    layers, before = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()], 16
    for width in (16, 32, 64):
        for k in range(3):
            layers.append(Block(before, width, 2 if k == 0 and width > 16 else 1))
            before = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))

def lenet5():
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))

for name, net, shape, times in (("lenet5", lenet5, (1, 28, 28), 8), ("resnet20", resnet20, (3, 32, 32), 1)):
    for form in (torch.contiguous_format, torch.channels_last):
        model = net().to(memory_format=form)
        sgd = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
        loss = nn.CrossEntropyLoss()
        x, y = torch.rand(128, *shape).to(memory_format=form), torch.randint(0, 10, (128,))
        def step():
            sgd.zero_grad(set_to_none=True)
            loss(model(x), y).backward()
            sgd.step()
        best = 1e300
        step(), step()
        for _ in range(rounds):
            start = time.perf_counter()
            for _ in range(times):
                step()
            best = min(best, (time.perf_counter() - start) / times)
        print(name, threads, best * 1e3, "NCHW" if form == torch.contiguous_format else "channels_last", torch.__version__)
"""


def fair_blas():
    """The environment in which Debian's PyTorch finds OpenBLAS with OpenMP."""
    found = glob.glob("/usr/lib/*/openblas-openmp")
    return {**os.environ, "LD_LIBRARY_PATH": found[0]} if found else dict(os.environ)


def torch_python():
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0:
            return python
    return None


def rows_of(command, environment=None):
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        sys.exit(f"{command[0]} failed: {done.stderr}")
    return [line.split() for line in done.stdout.splitlines()]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    python = torch_python()
    if python is None:
        print("skipped: no Python with PyTorch")
        return
    ours, theirs, version = {}, {}, ""
    for _ in range(3):  # in turns
        for threads in ("1", "2"):
            for model, n, ms, form, version in rows_of([python, "-c", TORCH, threads, "8"], fair_blas()):
                theirs[model, n] = min((float(ms), form), theirs.get((model, n), (1e300, "")))
        for word in rows_of([sys.argv[1], "8"]):  # lenet5 batch 128 1 thread 2.0 ms
            key = (word[0], word[3])
            ours[key] = min(float(word[-2]), ours.get(key, 1e300))
    print(f"one training step at batch 128, ms: temper, PyTorch {version}, ratio")
    for (model, threads), (ms, form) in theirs.items():
        print(f"{model:9s} threads {threads}  {ours[model, threads]:8.3f} {ms:8.3f} ({form})  {ms / ours[model, threads]:5.2f}")


if __name__ == "__main__":
    main()

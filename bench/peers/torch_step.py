#!/usr/bin/env python3
"""temper against PyTorch: one training step of a network (SGD, softmax cross-entropy).

    bench/peers/torch_step.py BUILD_DIR/bin/bench_train_step

In turns within the same minute, wall time, least of many windows. PyTorch has its batch at hand; temper draws it from a data set. Where
Debian's PyTorch is used, its BLAS is OpenBLAS with OpenMP (the pthread one spins against PyTorch's own threads), if it is installed."""
import glob
import os
import subprocess
import sys

TORCH = """
import sys, time, torch
import torch.nn.functional as F
from torch import nn
threads, rounds = int(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(threads)
torch.manual_seed(1)

class Block(nn.Module):
    def __init__(self, a, b, stride):
        super().__init__()
        self.one, self.n1 = nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b)
        self.two, self.n2, self.stride, self.more = nn.Conv2d(b, b, 3, 1, 1, bias=False), nn.BatchNorm2d(b), stride, b - a
    def forward(self, x):
        y = self.n2(self.two(F.relu(self.n1(self.one(x)))))
        if self.stride > 1:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.more // 2, self.more // 2))
        return F.relu(x + y)

def mlp(*sizes):
    layers = []
    for a, b in zip(sizes, sizes[1:]):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1])

def lenet():
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))

def resnet():
    blocks = [Block(a, b, s) for a, b, s in ((16, 16, 1),) * 3 + ((16, 32, 2),) + ((32, 32, 1),) * 2 + ((32, 64, 2),) + ((64, 64, 1),) * 2]
    return nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), *blocks, nn.AdaptiveAvgPool2d(1),
                         nn.Flatten(), nn.Linear(64, 10))

class Batched(nn.Module):  # ten members as one batched product a layer
    def __init__(self, members, *sizes):
        super().__init__()
        self.w = nn.ParameterList(nn.Parameter(torch.randn(members, a, b) / a ** 0.5) for a, b in zip(sizes, sizes[1:]))
        self.b = nn.ParameterList(nn.Parameter(torch.zeros(members, 1, b)) for b in sizes[1:])
    def forward(self, x):
        for k, (w, b) in enumerate(zip(self.w, self.b)):
            x = torch.baddbmm(b, x, w)
            x = F.relu(x) if k < len(self.w) - 1 else x
        return x.flatten(0, 1)

def best_of(net, x, y, times, rounds):
    sgd, loss, best = torch.optim.SGD(net.parameters(), lr=0.1), nn.CrossEntropyLoss(), 1e300
    def step():
        sgd.zero_grad(set_to_none=True)
        loss(net(x), y).backward()
        sgd.step()
    for _ in range(3):
        step()
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(times):
            step()
        best = min(best, (time.perf_counter() - start) / times)
    return best * 1e3

def row(name, members, batch, ms):
    print(name, members, batch, threads, f"{ms:.4f}", torch.__version__)

def labels(n):
    return torch.randint(0, 10, (n,))

row("mlp:256,128", 1, 128, best_of(mlp(784, 256, 128, 10), torch.rand(128, 784), labels(128), 8, rounds))
row("mlp:256,128", 1, 32, best_of(mlp(784, 256, 128, 10), torch.rand(32, 784), labels(32), 20, rounds))
row("mlp:100", 1, 64, best_of(mlp(64, 100, 10), torch.rand(64, 64), labels(64), 20, rounds))
x = torch.rand(1, 128, 784).expand(10, -1, -1)
row("mlp:256,128", 10, 128, best_of(Batched(10, 784, 256, 128, 10), x, labels(1280), 2, rounds))
for name, make, shape, times, n in (("lenet5", lenet, (128, 1, 28, 28), 4, rounds), ("resnet20", resnet, (128, 3, 32, 32), 1, rounds // 5 + 2)):
    ms = 1e300
    for layout in (torch.contiguous_format, torch.channels_last):  # whichever is faster
        ms = min(ms, best_of(make().to(memory_format=layout), torch.rand(shape).to(memory_format=layout), labels(128), times, n))
    row(name, 1, 128, ms)
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
    for _ in range(2):  # in turns
        for threads in ("1", "2"):
            for name, members, batch, n, ms, version in rows_of([python, "-c", TORCH, threads, "20"], fair_blas()):
                key = (name, members, batch, n)
                theirs[key] = min(float(ms), theirs.get(key, 1e300))
        for word in rows_of([sys.argv[1], "20"]):  # mlp:256,128 x1 batch 128 threads 1 0.8 ms
            key = (word[0], word[1].strip("x"), word[3], word[5])
            ours[key] = min(float(word[6]), ours.get(key, 1e300))
    print(f"one training step, ms: temper, PyTorch {version}, ratio")
    for key in theirs:
        name, members, batch, threads = key
        print(f"{name:12s} members {members:>2s}  batch {batch:>4s}  threads {threads}  {ours[key]:9.4f} {theirs[key]:9.4f}  {theirs[key] / ours[key]:5.2f}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""temper against PyTorch: one training step of a multilayer perceptron (SGD, softmax cross-entropy).

    bench/peers/torch_mlp.py BUILD_DIR/bin/bench_mlp_step

In turns within the same minute, wall time, least of many windows. PyTorch has its batch at hand; temper draws it from a data set. Where
Debian's PyTorch is used, its BLAS is OpenBLAS with OpenMP (the pthread one spins against PyTorch's own threads), if it is installed."""
import glob
import os
import subprocess
import sys

TORCH = """
import sys, time, torch
threads, rounds = int(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(threads)
torch.manual_seed(1)
for features, hidden, batch in ((784, (256, 128), 128), (784, (256, 128), 32), (784, (256, 128), 1000), (64, (100,), 64)):
    layers, width = [], features
    for h in hidden:
        layers += [torch.nn.Linear(width, h), torch.nn.ReLU()]
        width = h
    net = torch.nn.Sequential(*layers, torch.nn.Linear(width, 10))
    sgd = torch.optim.SGD(net.parameters(), lr=0.1)
    loss = torch.nn.CrossEntropyLoss()
    x, y = torch.rand(batch, features), torch.randint(0, 10, (batch,))
    def step():
        sgd.zero_grad(set_to_none=True)
        loss(net(x), y).backward()
        sgd.step()
    times, best = (20 if batch <= 64 else 8), 1e300
    for _ in range(10):
        step()
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(times):
            step()
        best = min(best, (time.perf_counter() - start) / times)
    print(f"{features}-{','.join(map(str, hidden))} {batch} {threads} {best * 1e3:.4f} {torch.__version__}")
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
            for model, batch, n, ms, version in rows_of([python, "-c", TORCH, threads, "25"], fair_blas()):
                theirs[model, batch, n] = min(float(ms), theirs.get((model, batch, n), 1e300))
        for word in rows_of([sys.argv[1], "25"]):  # 784-mlp:256,128 batch 128 1 thread 0.8 ms
            key = (word[0].replace("mlp:", ""), word[2], word[3])
            ours[key] = min(float(word[-2]), ours.get(key, 1e300))
    print(f"one training step, ms: temper, PyTorch {version}, ratio")
    for key in theirs:
        model, batch, threads = key
        print(f"{model + '-10':16s} batch {batch:>5s}  threads {threads}  {ours[key]:8.4f} {theirs[key]:8.4f}  {theirs[key] / ours[key]:5.2f}")


if __name__ == "__main__":
    main()

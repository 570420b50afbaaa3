#!/usr/bin/env python3
"""temper against PyTorch: products of the Hessian of a network's loss with a vector.

    bench/peers/hvp.py BUILD_DIR/bin/bench_hvp [ROUNDS] [--no-resnet]

In turns within the same minutes, one thread and its CPU time (wall time on an idle machine), least of many rounds. PyTorch: double backward from scratch (gradient with create_graph,
then the gradient of its product with v), and with the graph of the gradient kept (retain_graph), which is its fastest for many vectors;
images in both memory layouts, whichever is faster. Where Debian's PyTorch is used, its BLAS is OpenBLAS with OpenMP, if it is installed."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from torch_step import TORCH, fair_blas, rows_of, torch_python  # the same networks

MODELS = TORCH[: TORCH.index("class Batched")]

PRODUCTS = """
def times(net, x, y, rounds):
    parameters, loss = list(net.parameters()), nn.CrossEntropyLoss()
    v = [torch.randn_like(p) for p in parameters]
    def slope():
        return torch.autograd.grad(loss(net(x), y), parameters)
    def tape():
        return torch.autograd.grad(loss(net(x), y), parameters, create_graph=True)
    def scratch():
        return torch.autograd.grad(tape(), parameters, v)
    held = tape()
    def kept():
        return torch.autograd.grad(held, parameters, v, retain_graph=True)
    best = {"gradient": 1e300, "scratch": 1e300, "kept": 1e300}
    for k in range(rounds + 1):
        for name, act in (("gradient", slope), ("scratch", scratch), ("kept", kept)):
            start = time.process_time()
            act()
            if k:
                best[name] = min(best[name], time.process_time() - start)
    return best

def report(name, n, best):
    for act, s in best.items():
        print(name, n, act, f"{1e3 * s:.4f}", torch.__version__)

for n in (128, 1000):
    report("mlp:256,128", n, times(mlp(784, 256, 128, 10), torch.rand(n, 784), torch.randint(0, 10, (n,)), rounds if n < 1000 else rounds // 4 + 1))
images = [("lenet5", lenet, (128, 1, 28, 28), rounds // 2 + 1)]
if sys.argv[3] == "resnet":
    images.append(("resnet20", resnet, (128, 3, 32, 32), rounds // 15 + 1))
for name, make, shape, few in images:
    best = {}
    for layout in (torch.contiguous_format, torch.channels_last):
        new = times(make().to(memory_format=layout), torch.rand(shape).to(memory_format=layout), torch.randint(0, 10, (128,)), few)
        best = {act: min(s, best.get(act, 1e300)) for act, s in new.items()}
    report(name, shape[0], best)
"""


def main():
    words = [w for w in sys.argv[1:] if not w.startswith("--")]
    if not words:
        sys.exit(__doc__)
    python = torch_python()
    if python is None:
        print("skipped: no Python with PyTorch")
        return
    rounds = words[1] if len(words) > 1 else "30"
    resnet = "none" if "--no-resnet" in sys.argv else "resnet"
    ours, theirs, version = {}, {}, ""
    for _ in range(2):  # in turns
        for name, n, act, ms, version in rows_of([python, "-c", MODELS + PRODUCTS, "1", rounds, resnet], fair_blas()):
            theirs[name, n, act] = min(float(ms), theirs.get((name, n, act), 1e300))
        for line in rows_of([words[0], rounds, "1"] + (["--no-resnet"] if resnet == "none" else [])):  # mlp:256,128 rows 128 kept 1.0 ms
            key = (line[0], line[2], " ".join(line[3:-2]))
            ours[key] = min(float(line[-2]), ours.get(key, 1e300))
    print(f"Hessian-vector products, one thread, ms: temper, PyTorch {version}, ratio")
    for (name, n, act), ms in ours.items():
        peer = theirs.get((name, n, "kept" if act.startswith("block") else act))
        print(f"{name:12s} rows {n:>4s}  {act:16s} {ms:10.4f}" + (f" {peer:10.4f}  {peer / ms:5.2f}" if peer else ""))


if __name__ == "__main__":
    main()

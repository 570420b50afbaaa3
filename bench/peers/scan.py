#!/usr/bin/env python3
"""temper against PyTorch: a plane of 51 × 51 points over 1000 rows, milliseconds a point.

    bench/peers/scan.py BUILD_DIR/bin/bench_scan [SIDE]

In turns within the same minute, processor time of one thread, least of many windows. PyTorch does what its users write: no_grad, eval,
θ + a d1 + b d2 copied into the parameters, one forward pass over all rows, channels first (the default) and last. Where Debian's
PyTorch is used, its BLAS is OpenBLAS with OpenMP, if it is installed."""
import sys

from torch_step import fair_blas, rows_of, torch_python, TORCH

NETS = TORCH[: TORCH.index("class Batched")].replace("int(sys.argv[1]), int(sys.argv[2])", "1, 1")
SCAN = NETS + """
SIDE = int(sys.argv[1])

@torch.no_grad()
def plane(net, x, y, points):
    net.eval()
    loss, parameters = nn.CrossEntropyLoss(), list(net.parameters())
    theta = [p.clone() for p in parameters]
    d1, d2 = [[0.05 * torch.randn_like(p) for p in parameters] for _ in range(2)]
    best = 1e300
    for k in range(points):
        start, cpu = time.perf_counter(), time.thread_time()
        a, b = 2 * (k % SIDE) / SIDE - 1, 2 * (k // SIDE) / SIDE - 1
        for p, t, u, v in zip(parameters, theta, d1, d2):
            p.copy_(t + a * u + b * v)
        loss(net(x), y).item()
        best = min(best, time.thread_time() - cpu)
    return best * 1e3

y = torch.randint(0, 10, (1000,))
print("mlp:256,128", f"{plane(mlp(784, 256, 128, 10), torch.rand(1000, 784), y, 60):.4f}", torch.__version__)
for name, make, shape, points in (("lenet5", lenet, (1000, 1, 28, 28), 12), ("resnet20", resnet, (1000, 3, 32, 32), 3)):
    for layout in (torch.contiguous_format, torch.channels_last):
        net, x = make().to(memory_format=layout), torch.rand(shape).to(memory_format=layout)
        best = plane(net, x, y, points)
        print(name + ("" if layout == torch.contiguous_format else ",channels_last"), f"{best:.4f}", torch.__version__)
"""


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    python = torch_python()
    if python is None:
        print("skipped: no Python with PyTorch")
        return
    side = sys.argv[2] if len(sys.argv) > 2 else "51"
    theirs, plain, ours, version = {}, {}, {}, ""
    for _ in range(3):  # in turns
        for name, ms, version in rows_of([python, "-c", SCAN, side], fair_blas()):
            theirs[name] = min(float(ms), theirs.get(name, 1e300))
        for name, slow, fast in rows_of([sys.argv[1], side, "2"]):
            plain[name] = min(float(slow), plain.get(name, 1e300))
            ours[name] = min(float(fast), ours.get(name, 1e300))
    print(f"one point of a plane over 1000 rows, ms: PyTorch {version}, temper point by point, temper with products kept; ratios")
    for row, ms in theirs.items():
        name = row.replace(",channels_last", "")
        print(f"{row:22s} {ms:9.3f} {plain[name]:9.3f} {ours[name]:9.3f}  {ms / plain[name]:6.2f} {ms / ours[name]:6.2f}"
              f"  {side} x {side} in {ours[name] * int(side) ** 2 / 1e3:.2f} s")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""temper against neal (the simulated annealing core of D-Wave's dwave-samplers) on sparse graphs.

    bench/peers/neal.py BUILD_DIR/bin/bench_sweep

Same instances, same linear schedule in beta, same number of reads, one thread each, run in turns within the same
minute. Time: processor time of neal's sample() call (its conversions take 1 % of it) and of temper's whole loop, each
the best of three. neal is installed from PyPI into a private virtual environment under the build directory; without PyPI nothing is compared."""
import os
import random
import subprocess
import sys
import tempfile
import venv

INSTANCES = [  # name, n, edges as (i, j, w) of H = sum w s_i s_j, reads, sweeps, beta from, to
    ("EA 3-D +-J N=1000 d=6", "cubic", 40, 1000, 0.1, 3.0),
    ("random graph N=800 d=48", "dense", 40, 1000, 0.02, 1.0),
    ("random graph N=3000 d=3", "thin", 40, 1000, 0.1, 3.0),
]


def edges_of(kind):
    rng = random.Random(7)
    if kind == "cubic":
        L = 10
        at = lambda x, y, z: (x % L * L + y % L) * L + z % L
        return L**3, [
            (at(x, y, z), at(x + a, y + b, z + c), rng.choice((-1, 1)))
            for x in range(L) for y in range(L) for z in range(L)
            for a, b, c in ((1, 0, 0), (0, 1, 0), (0, 0, 1))
        ]
    n, p = (800, 0.06) if kind == "dense" else (3000, 0.001)
    return n, [(i, j, 1) for i in range(n) for j in range(i + 1, n) if rng.random() < p]


NEAL = """
import sys, time
import dimod
from dwave.samplers import SimulatedAnnealingSampler
path, reads, sweeps, b0, b1 = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5])
lines = open(path).read().split("\\n")[1:]
J = {}
for line in lines:
    if line:
        i, j, w = line.split()
        J[int(i) - 1, int(j) - 1] = float(w)
bqm = dimod.BinaryQuadraticModel.from_ising({}, J)
best = 1e300
for run in range(3):
    start = time.process_time()
    found = SimulatedAnnealingSampler().sample(
        bqm, num_reads=reads, num_sweeps=sweeps, beta_range=(b0, b1), beta_schedule_type="linear", seed=1 + run)
    best = min(best, time.process_time() - start)
energy = found.record.energy
print(best, energy.mean(), energy.std() / len(energy) ** 0.5, energy.min())
"""


def install(folder):
    python = os.path.join(folder, "bin", "python")
    if not os.path.exists(python):
        venv.create(folder, with_pip=True)
    have = subprocess.run([python, "-c", "import dwave.samplers"], capture_output=True).returncode == 0
    if not have:
        done = subprocess.run([python, "-m", "pip", "install", "-q", "dwave-samplers"], capture_output=True, text=True)
        if done.returncode:
            return None
    return python


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    bench = os.path.abspath(sys.argv[1])
    python = install(os.path.join(os.path.dirname(os.path.dirname(bench)), "neal_venv"))
    if python is None:
        print("skipped: dwave-samplers cannot be installed (PyPI unreachable?)")
        return
    version = subprocess.run([python, "-c", "from importlib.metadata import version as v; print(v('dwave-samplers'))"],
                             capture_output=True, text=True).stdout.strip()
    print(f"temper metropolis against dwave-samplers {version}, linear beta, one thread, best of three")
    with tempfile.TemporaryDirectory() as folder:
        for name, kind, reads, sweeps, b0, b1 in INSTANCES:
            n, edges = edges_of(kind)
            path = os.path.join(folder, kind + ".txt")
            with open(path, "w") as out:
                out.write(f"{n} {len(edges)}\n" + "".join(f"{i + 1} {j + 1} {w}\n" for i, j, w in edges))
            schedule = [path, str(reads), str(sweeps), str(b0), str(b1)]
            rows = {}
            for who, command in (("temper", [bench, "anneal"] + schedule), ("neal", [python, "-c", NEAL] + schedule)):
                done = subprocess.run(command, capture_output=True, text=True)
                if done.returncode:
                    sys.exit(f"{who} failed: {done.stderr}")
                seconds, mean, error, lowest = (float(x) for x in done.stdout.split())
                rows[who] = n * reads * sweeps / seconds * 1e-9
                print(f"{name:26s} {who:7s} {rows[who]:8.4f} spins/ns   mean E/N {mean / n:9.5f} +- {error / n:.5f}   best E/N {lowest / n:9.5f}")
            print(f"{name:26s} ratio   {rows['temper'] / rows['neal']:8.2f}")


if __name__ == "__main__":
    main()

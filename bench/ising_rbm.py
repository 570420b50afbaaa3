#!/usr/bin/env python3
"""An RBM learns the 32 x 32 Ising model, one machine a temperature: are magnetisation and energy of its samples those of the model?

    bench/ising_rbm.py TEMPER [temperatures [updates [hidden [method [rate]]]]]          TEMPER: the program; its library lies in ../lib

Wasserstein-1 distances between histograms of RBM samples and of independent Wolff samples, in the units of D'Angelo and Böttcher, Phys. Rev.
Research 2, 023266 (2020): M per site of configurations turned to positive sum, E = u/2 (half the energy per site). Their RBM (1024-900,
PCD-5): mean over six temperatures W(M) = 0.034, W(E) = 0.045. `floor` is the distance between two independent sets of Wolff samples.
Below T_c the data are turned to M >= 0, as theirs are: a machine that learns two far modes at once drifts into one of them (at T = 2 all its
spins end up equal, and temper says that its chains are not to be trusted).
"""
import json, os, pathlib, subprocess, sys, tempfile, time

program = pathlib.Path(sys.argv[1]).resolve()
os.environ.setdefault("TEMPER_LIBRARY", str(program.parent.parent / "lib/libtemper.so"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "python"))
import numpy as np
import temper

temperatures = [float(t) for t in (sys.argv[2] if len(sys.argv) > 2 else "1.5,2,2.5,3,3.5,4").split(",")]
updates = sys.argv[3] if len(sys.argv) > 3 else "6000"
hidden = sys.argv[4] if len(sys.argv) > 4 else "900"
method = sys.argv[5] if len(sys.argv) > 5 else "pcd:k=1"
rate = sys.argv[6] if len(sys.argv) > 6 else "0.2"
L, SAMPLES = 32, 4000


def observe(s):
    s = s.reshape(-1, L, L).astype(float)
    M = np.abs(s.mean((1, 2)))
    E = -(s * np.roll(s, 1, 1) + s * np.roll(s, 1, 2)).mean((1, 2)) / 2
    return M, E


def wolff(T, seed):
    chain = temper.Chain(f"ising:dims={L}x{L}", "wolff", temperature=T, seed=seed)
    chain.advance(500)
    out = np.empty((SAMPLES, L * L), np.int8)
    for row in out:
        chain.advance(10)
        row[:] = chain.s
    return out


def distance(a, b):
    q = (np.arange(4000) + 0.5) / 4000
    return np.abs(np.quantile(a, q) - np.quantile(b, q)).mean()


rows = []
print("   T    W(M)    W(E)   floor M  floor E     |M| rbm, model     E rbm, model    s")
for T in temperatures:
    with tempfile.TemporaryDirectory() as folder:
        run, samples = f"{folder}/run", f"{folder}/samples.npy"
        begin = time.time()
        subprocess.run([program, "learn", "--system", f"rbm:hidden={hidden}", "--data", f"ising:dims={L}x{L},T={T},each=20000,every=20,orient={'yes' if T < 2.269 else 'no'}",
                        "--validation", "0", "--test", "0", "--method", method, "--batch", "500", "--updates", updates, "--moments", "1",
                        "--betas", "100", "--runs", "4", "--rate", rate, "--out", run, "--quiet"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([program, "draw", run, "--chains", str(SAMPLES), "--sweeps", "1000", "--out", samples, "--quiet"], check=True,
                       stdout=subprocess.DEVNULL)
        M, E = observe(2 * np.load(samples) - 1)
        seconds = time.time() - begin
    M0, E0 = observe(wolff(T, 101))
    M1, E1 = observe(wolff(T, 102))
    rows.append((distance(M, M0), distance(E, E0)))
    print(f"{T:5.2f}  {rows[-1][0]:.4f}  {rows[-1][1]:.4f}   {distance(M1, M0):.4f}   {distance(E1, E0):.4f}   {M.mean():8.4f} {M0.mean():8.4f}"
          f"  {E.mean():8.4f} {E0.mean():8.4f}  {seconds:5.0f}", flush=True)
print("mean   {:.4f}  {:.4f}   (published: 0.034, 0.045)".format(*np.mean(rows, 0)))

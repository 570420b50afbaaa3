"""One seed, one result, across compilers: gcc on all threads at the best cpu level, clang on one thread at `ref`, the whole report equal."""
import os
import subprocess
import sys

JOBS = [
    "sample --system ising:dims=32x32 --temperature 2,2.5 --sweeps 500 --sampler metropolis+wolff",
    "sample --system spin_glass:dims=4x4x4,couplings=gaussian --temperature 0.5:2:6 --ensemble exchange:adapt=100 --sweeps 500",
    "sample --system potts:dims=16x16,q=4 --sampler heatbath+swendsen_wang --temperature 0.8,1.1 --sweeps 300",
    "sample --system ising:dims=12x12 --temperature 2,3 --free-energy --sweeps 300",
    "sample --system spin_glass:dims=4x4 --temperature 1,2 --sampler metropolis+houdayer --observe energy,overlap --reweight 1.5 --sweeps 300",
    "anneal --system sk:n=100 --ensemble anneal:steps=100 --reads 8",
    "anneal --system hopfield:n=200,patterns=30 --ensemble population:size=50 --reads 50",
    "anneal --system pspin:n=20 --ensemble exchange:rungs=6,steps=200 --reads 2",
]


def report(binary, job, *more):
    return subprocess.run([binary, *job.split(), "--json", "--quiet", *more], capture_output=True, text=True, check=True).stdout


def main():
    gcc, clang = os.environ.get("TEMPER_BIN"), os.environ.get("TEMPER_CLANG_BIN")
    if not (gcc and clang and os.access(clang, os.X_OK)):
        print("  skipped: there is no second build to compare with\n0 passed, 0 failed, 1 skipped")
        return 0
    different = [job for job in JOBS if report(gcc, job) != report(clang, job, "--threads", "1", "--cpu", "ref")]
    for job in different:
        print(f"gcc and clang differ: {job}")
    print(f"{len(JOBS) - len(different)} passed, {len(different)} failed")
    return bool(different)


sys.exit(main())

"""What the tests of the command line share: the program, checks that are counted, and runs of it.

The program is $TEMPER_BIN or the first argument."""
import json, os, subprocess, sys

TEMPER = sys.argv[1] if len(sys.argv) > 1 else os.environ["TEMPER_BIN"]
BEST = subprocess.run([TEMPER, "info", "--json"], capture_output=True, text=True)
EVERY = ["ref", "avx2", "avx512", "vnni", "amx"]
LEVELS = EVERY[: 1 + EVERY.index(json.loads(BEST.stdout)["cpu_best"])]
counts = {True: 0, False: 0}


def check(name, good, detail=""):
    counts[bool(good)] += 1
    if not good:
        print(f"FAILED {name}: {str(detail)[:400]}")


def end():
    print(f"{counts[True]} passed, {counts[False]} failed")
    sys.exit(counts[False] > 0)


def run(*arguments, **options):
    return subprocess.run([TEMPER, *map(str, arguments)], capture_output=True, text=True, timeout=120, **options)


def says(name, code, words, *arguments):
    """The command fails with this code, prints nothing on stdout and one sentence with these words on stderr."""
    r = run(*arguments)
    check(name, r.returncode == code and words in r.stderr and not r.stdout and r.stderr.count("\n") == 1,
          f"rc {r.returncode}, want {code}; {words!r} in {r.stderr!r}; stdout {r.stdout[:80]!r}")


def report(*arguments):
    r = run(*arguments, "--json", "--quiet")
    if r.returncode:
        check(" ".join(map(str, arguments)), False, f"rc {r.returncode}: {r.stderr}")
        return {}
    return json.loads(r.stdout)

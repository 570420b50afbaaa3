#!/usr/bin/env python3
"""temper measure and temper draw, and what physics says about learned machines: likelihoods that cannot be beaten, numbers that agree however
they are come by, samples with the means of the density, broken model files that are refused.

Needs only the standard library. The program is $TEMPER_BIN or the first argument; further ones choose stages."""
import csv, json, math, os, pathlib, random, struct, subprocess, sys, tempfile, time

from rig import LEVELS, TEMPER, check, end, report, run, says

BARS = "bars-and-stripes:3"
OPTIMUM = -(12 * math.log(16) + 4 * math.log(8)) / 16  # minus the entropy of 14 patterns, two of them twice: -2.599302


def floats(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    head = json.loads(data[8 : 8 + length])
    head.pop("__metadata__")
    return {k: struct.unpack(f"<{(v['data_offsets'][1] - v['data_offsets'][0]) // 4}f", data[8 + length :][slice(*v["data_offsets"])])
            for k, v in head.items()}


def softplus(x):
    return max(x, 0) + math.log1p(math.exp(-abs(x)))


def brute(path):
    """Everything about an RBM of few units, from its file: ln Z, entropy, ln p* and p of every v, mean of every v_i."""
    a = floats(path)
    W, hidden, visible = max(a.values(), key=len), *sorted((x for x in a.values() if len(x) < max(map(len, a.values()))), key=len)
    V, H = len(visible), len(hidden)
    check("two biases and couplings", V * H == len(W), (V, H, len(W)))
    states = [[v >> i & 1 for i in range(V)] for v in range(2**V)]
    weight = [sum(b * x for b, x in zip(visible, s)) + sum(softplus(hidden[j] + sum(W[i * H + j] for i in range(V) if s[i])) for j in range(H))
              for s in states]
    top = max(weight)
    log_z = top + math.log(sum(math.exp(w - top) for w in weight))
    p = [math.exp(w - log_z) for w in weight]
    return {"log_z": log_z, "entropy": -sum(x * (w - log_z) for x, w in zip(p, weight)), "weight": weight, "states": states, "p": p,
            "log_weight": sum(x * w for x, w in zip(p, weight)), "means": [sum(x * s[i] for x, s in zip(p, states)) for i in range(V)]}


def limits(_):
    """Nobody describes data better than their own entropy; what cannot be learned is not."""
    job = ["learn", "--data", BARS, "--method", "exact", "--epochs", 3000, "--momentum", 0.9, "--rate", 1]
    for system in ("rbm:hidden=8", "rbm:hidden=8,visible=spin", "rbm:hidden=8,hidden_units=spin", "boltzmann:hidden=3", "dbm:hidden=8x3"):
        r = report(*job, "--system", system, *(["--rate", 0.1] if "spin" in system else []))
        path = [m["log_likelihood"] for m in r["curve"] if m["log_likelihood"] is not None]
        check(f"{system} on bars and stripes", all(x <= OPTIMUM + 1e-9 for x in path + [r["log_likelihood"]["mean"]]) and
              (r["log_likelihood"]["mean"] > (-3.2 if "dbm" in system else -2.62)), r["log_likelihood"])
    parity = ["learn", "--data", "parity:3", "--method", "exact", "--momentum", 0.9, "--rate", 1, "--epochs", 10000]
    data = -math.log(4)
    for system in ("boltzmann", "maxent"):
        alone = report(*parity, "--system", system)["log_likelihood"]["mean"]
        check(f"{system}: pairs cannot see parity", abs(data - alone - math.log(2)) < 1e-6, alone)
    hidden = report(*parity, "--system", "boltzmann:hidden=1")["log_likelihood"]["mean"]
    check("one hidden unit can", 0 < data - hidden < 2e-3, data - hidden)
    dice = report("learn", "--system", "maxent:features=moments", "--data", "dice", "--method", "newton")["log_likelihood"]["mean"]
    check("Brandeis dice", abs(dice + 1.61358) < 1e-5, dice)  # Jaynes 1962: S = 1.61358 at mean 4.5


def evidence(folder):
    """ln Z, likelihood and entropy in every way they are come by; a machine that couples, but not too much."""
    place = folder / "run"
    learned = report("learn", "--system", "rbm:hidden=5", "--data", BARS, "--test", 0.25, "--method", "exact", "--epochs", 150, "--momentum", 0.9,
                     "--rate", 0.1, "--out", place)
    exact = brute(place / "model.safetensors")
    z = learned["log_z"]["mean"]
    check("ln Z of the run", abs(z - exact["log_z"]) < 1e-6, (z, exact["log_z"]))
    check("it couples", max(map(abs, max(floats(place / "model.safetensors").values(), key=len))) > 0.5)
    for method in ("exact", "ais", "reverse-ais", "bridge", "mbar", "integration"):
        got = report("measure", place, "--what", "logz", "--method", method, "--betas", 300, "--runs", 200)["log_z"]
        error = got["error"]
        check(f"ln Z by {method}", got["method"] == method and abs(got["mean"] - z) <= 4.5 * error + 1e-6 and error < 0.05 and
              (error == 0) == (method == "exact"), (got, z))
    tap = report("measure", place, "--what", "logz", "--method", "tap")["log_z"]
    check("ln Z by tap", abs(tap["mean"] - z) < 0.5 and tap["error"] is None and tap["residual"] < 1e-4, (tap, z))
    for method in ("exact", "ais"):
        got = report("measure", place, "--what", "entropy", "--method", method, "--betas", 300, "--runs", 200)["entropy"]
        check(f"entropy by {method}", abs(got["mean"] - exact["entropy"]) <= 4.5 * got["error"] + 1e-6 and got["error"] < 0.05, (got, exact["entropy"]))
    l = report("measure", place)
    check("likelihood", l["schema"] == "temper.measure/1" and l["log_likelihood"]["on"] == "test" and
          abs(l["log_likelihood"]["mean"] - learned["log_likelihood"]["test"]["mean"]) < 1e-9, (l, learned["log_likelihood"]))
    model = report("measure", place / "model.safetensors", "--data", BARS)["log_likelihood"]
    both = learned["log_likelihood"]
    mean = (both["train"]["mean"] * both["train"]["rows"] + both["test"]["mean"] * both["test"]["rows"]) / 16
    check("likelihood of a model file", abs(model["mean"] - mean) < 1e-9 and model["rows"] == 16, (model, mean))
    way = ["measure", place, "--what", "logz", "--method", "reverse-ais", "--betas", 50]
    want = report(*way, "-j1", "--cpu", "ref")
    check("equal bits", all(report(*way, f"-j{k + 1}", "--cpu", level) == want for k, level in enumerate(LEVELS)))
    out = folder / "numbers.json"
    check("numbers in a file", report(*way, "--out", out) == json.loads(out.read_text()) == report(*way))
    check("another seed", report(*way, "--seed", 2) != want)
    for what in ("spectrum", "mixing", "quality", "landscape"):
        r = run("measure", place, "--what", what, "--sweeps", 100, "-q")
        check(what, r.returncode == 0 and len(r.stdout.splitlines()) > 3, r.stderr)
        check(f"{what} as JSON", report("measure", place, "--what", what, "--sweeps", 100).get("what") == what)
    memory = folder / "memory"
    run("learn", "--system", "hopfield", "--data", "digits", "--rows", 3, "--method", "pseudo_inverse", "--out", memory, "-q")
    r = report("measure", memory, "--what", "retrieval", "--noise", 0.1)
    check("retrieval", r.get("what") == "retrieval", r)
    says("of no memory", 2, "rbm is none", "measure", place, "--what", "retrieval", "-q")


def drawing(folder):
    place = folder / "run"
    run("learn", "--system", "rbm:hidden=4", "--data", BARS, "--method", "exact", "--epochs", 100, "--momentum", 0.9, "--rate", 0.3, "--out", place, "-q")
    exact, n = brute(place / "model.safetensors"), 4000
    job = ["draw", place, "--chains", n, "--sweeps", 200]
    r = report(*job, "--out", folder / "s.csv")
    rows = [[float(x) for x in line] for line in csv.reader((folder / "s.csv").open())]
    check("samples", len(rows) == n and r["schema"] == "temper.draw/1" and {x for s in rows for x in s} == {0, 1}, r)
    means = [sum(s[i] for s in rows) / n for i in range(9)]
    check("their means are the density's", all(abs(m - p) < 4.5 * math.sqrt(p * (1 - p) / n) for m, p in zip(means, exact["means"])),
          (means, exact["means"]))
    number = [sum(int(x) << i for i, x in enumerate(s)) for s in rows]
    often = max(range(512), key=lambda v: exact["p"][v])
    share, p = number.count(often) / n, exact["p"][often]
    check("the likeliest pattern", abs(share - p) < 4.5 * math.sqrt(p * (1 - p) / n), (share, p))
    check("the mean of ln p*", abs(r["log_weight"]["mean"] - exact["log_weight"]) < 4.5 * r["log_weight"]["error"], (r, exact["log_weight"]))
    npy = run(*job, "--out", folder / "s.npy", "-q")
    data = (folder / "s.npy").read_bytes()
    check("npy", npy.returncode == 0 and data[:6] == b"\x93NUMPY" and f"({n}, 9)".encode() in data[:128], npy.stderr)
    again = run("sample", place, "--chains", n, "--sweeps", 200, "--json", "-q", "-j1", "--cpu", "ref")
    check("temper sample RUN is the same, on any machine", json.loads(again.stdout)["hash"] == r["hash"], again.stderr)
    few = report("draw", place, "--chains", 7, "--sweeps", 200, "--out", folder / "few.csv")
    check("a chain does what it does alone", (folder / "few.csv").read_text().splitlines() == (folder / "s.csv").read_text().splitlines()[:7], few)
    cold = report("draw", place, "--temperature", 0.05, "--chains", 50, "--sweeps", 300, "--start", "data", "--out", folder / "cold.csv")
    check("cold samples are likely", cold["log_weight"]["mean"] > r["log_weight"]["mean"] + 0.5, cold)
    hot = report("draw", place, "--temperature", 1e6, "--chains", n, "--sweeps", 2, "--out", folder / "hot.csv")
    rows = [[float(x) for x in line] for line in csv.reader((folder / "hot.csv").open())]
    check("hot samples are noise", all(abs(sum(s[i] for s in rows) / n - 0.5) < 4.5 * 0.5 / math.sqrt(n) for i in range(9)), hot)
    none = report("draw", place, "--sweeps", 0, "--chains", 16, "--start", "data", "--out", folder / "none.csv")
    data = {tuple(v) for v in exact["states"] if all(v[i] == v[i % 3] for i in range(9)) or all(v[i] == v[i - i % 3] for i in range(9))}
    check("no sweep leaves the data", {tuple(map(float, l)) for l in csv.reader((folder / "none.csv").open())} == data and len(data) == 14, none)
    r = report("sample", "--system", f"boltzmann:file={place}/model.safetensors", "--sampler", "heatbath", "--temperature", 1, "--theory",
               "--sweeps", 4000)
    energy = r["results"][0]["observables"]["energy"] if "results" in r else r
    check("as a system, every sampler and theory applies", abs(energy.get("z", 99)) < 4.5, energy)


def broken(folder):
    """Model files cut or altered anywhere: a sentence and an exit code, never a crash and never a number that is not finite."""
    rng = random.Random(1)
    (folder / "a.fasta").write_text("".join(f">s{k}\n{''.join(rng.choice('ACGU') for _ in range(4))}\n" for k in range(20)))
    for system, data in (("rbm:hidden=3", BARS), ("maxent", f"fasta:file={folder}/a.fasta,alphabet=rna"), ("boltzmann:hidden=2", BARS)):
        place = folder / system.split(":")[0]
        run("learn", "--system", system, "--data", data, "--method", "pcd", "--epochs", 2, "--out", place, "-q")
        path, bad = place / "model.safetensors", folder / "bad.safetensors"
        whole = path.read_bytes()
        (length,) = struct.unpack("<Q", whole[:8])
        cuts = sorted({0, 1, 7, 8, 9, 8 + length // 2, 7 + length, 8 + length, len(whole) - 1, *rng.sample(range(len(whole)), 20)})
        for at in cuts:
            bad.write_bytes(whole[:at])
            for verb in ("draw", "measure"):
                r = run(verb, bad, *(["--what", "logz"] if verb == "measure" else ["--sweeps", 1]), "-q")
                check(f"{system}: {verb} of a file cut at {at}", r.returncode == (3 if at else 1) and not r.stdout and r.stderr.count("\n") == 1 and
                      "bad.safetensors" in r.stderr, (r.returncode, r.stderr))
        head = range(8, 8 + length)
        for at in [*range(8), *rng.sample(head, 60)]:
            new = bytearray(whole)
            new[at] ^= 1 << rng.randrange(7)
            bad.write_bytes(new)
            r = run("draw", bad, "--sweeps", 1, "-q")
            check(f"{system}: byte {at} altered", r.returncode in (0, 1, 2, 3) and (r.returncode == 0) == (not r.stderr) and r.stderr.count("\n") < 2,
                  (r.returncode, r.stderr))
        for x in (math.nan, math.inf, 1e30):
            bad.write_bytes(whole[:-4] + struct.pack("<f", x))
            r = run("draw", bad, "--sweeps", 1, "-q")
            check(f"{system}: a weight {x}", r.returncode == 3 or (x == 1e30 and r.returncode in (0, 1)), (r.returncode, r.stderr, r.stdout))
        bad.write_bytes(whole + b"more")
        check(f"{system}: bytes too many", run("draw", bad, "--sweeps", 1, "-q").returncode in (0, 3))
        (path).write_bytes(whole[: len(whole) // 2])
        says(f"{system}: a broken run", 3, "model.safetensors", "measure", place, "--what", "logz", "-q")


def wrong_words(folder):
    place, other, labels = folder / "run", folder / "sampled", folder / "labels"
    run("learn", "--system", "rbm:hidden=3", "--data", BARS, "--epochs", 5, "--out", place, "-q")
    run("sample", "--system", "ising:dims=4x4", "--temperature", 2, "--sweeps", 10, "--out", other, "-q")
    for verb in ("measure", "draw"):
        says(f"{verb}: no run named", 2, "of what? the directory" if verb == "measure" else "needs the option run", verb)
        says(f"{verb}: nothing there", 1, f"{verb} needs the directory of a finished 'temper learn --out', or a model file", verb, folder / "no", "-q")
        says(f"{verb}: another directory", 1, f"{verb} needs the directory", verb, folder, "-q")
        says(f"{verb}: another run", 1, f"{verb} needs the directory", verb, other, "-q")
        says(f"{verb}: npz", 3, "like its model.safetensors", verb, place / "model.npz", "-q")
        says(f"{verb}: flag", 2, "did you mean --", verb, place, "--sweps", 3, "-q")
    for name, words, job in (
            ("what", "did you mean 'logz'", ["--what", "logzz"]), ("method", "did you mean 'ais'", ["--method", "aiss"]),
            ("rows", "a likelihood needs rows of data; --data says which", ["--data", "none"]),
            ("rows of the way back", "reverse-ais needs rows", ["--what", "logz", "--method", "reverse-ais", "--data", "none"]),
            ("rows of quality", "needs rows", ["--what", "quality", "--data", "none"]), ("no memory", "rbm is none", ["--what", "capacity"])):
        says(f"measure: {name}", 2, words, "measure", place, *job, "-q")
    says("other columns", 3, "has rows of 64 columns", "measure", place, "--data", "digits", "-q")
    says("rows of a model file", 2, "needs rows", "measure", place / "model.safetensors", "-q")
    says("draw: start", 2, "start=dat is none of random, data", "draw", place, "--start", "dat", "-q")
    says("draw: rows", 2, "start=data needs rows", "draw", place, "--start", "data", "--data", "none", "-q")
    says("draw: format", 2, "ends in .npy or .csv", "draw", place, "--out", folder / "x.txt", "-q")
    says("draw: format, before any work", 2, "ends in .npy or .csv", "draw", folder / "no", "--out", folder / "x.txt", "-q")
    says("draw: place", 1, "/nonexistent", "draw", place, "--out", "/nonexistent/x.npy", "-q")
    run("learn", "--system", "rbm:hidden=30", "--data", "digits", "--epochs", 1, "--method", "pcd", "--out", folder / "wide", "--betas", 20, "-q")
    recipe = place / "recipe.toml"
    recipe.write_text(recipe.read_text().replace("[learn]", "[sample]", 1).replace("learn", "sample", 1))
    says("a recipe of something else", 3, "recipe.toml", "measure", place, "-q")
    recipe.unlink()
    says("no recipe", 1, "recipe.toml", "measure", place, "-q")
    for verb in ("learn", "draw", "measure", "report"):
        text = run(verb, "--help").stdout
        check(f"{verb}: help", f"usage: temper {verb} " in text and "  temper " in text.split("usage:")[0], text)


def memories(folder):
    """Capacity and basins of random patterns: kept where nothing is wrong, nothing left where half of the units are."""
    place = folder / "memory"
    report("learn", "--system", "hopfield", "--data", "digits", "--rows", 4, "--method", "pseudo_inverse", "--out", place)
    basins = report("measure", place, "--what", "basins")["curve"]
    check("basins: whole cues", basins[0]["flipped"] == 0 and basins[0]["recalled"] == 1 and basins[0]["overlap"] == 1, basins[0])
    check("basins: small errors are mended", basins[2]["overlap"] > 0.98, basins[2])
    check("basins: half wrong is no cue", abs(basins[10]["flipped"] - 0.5) < 1e-9 and abs(basins[10]["overlap"]) < 4.5 * basins[10]["error"], basins[10])
    report("learn", "--system", "hopfield", "--data", "digits", "--rows", 4, "--method", "hebb", "--out", folder / "hebb")
    loads = report("measure", folder / "hebb", "--what", "capacity", "--loads", "0.03,0.8")["curve"]
    check("capacity: few are kept", loads[0]["recalled"] > 0.9, loads[0])
    check("capacity: many are not", loads[1]["recalled"] < 0.1, loads[1])


STAGES = {"memories": memories, "limits": limits, "evidence": evidence, "drawing": drawing, "broken": broken, "wrong_words": wrong_words}
for stage in sys.argv[2:] or STAGES:
    with tempfile.TemporaryDirectory() as name:
        began = time.monotonic()
        STAGES[stage](pathlib.Path(name))
        if os.environ.get("TEMPER_TEST_TIMES"):
            print(f"{stage}: {time.monotonic() - began:.1f} s")
end()

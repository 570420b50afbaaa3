#!/usr/bin/env python3
"""temper learn as its users meet it: every machine with every method that suits it gives the same bits on any threads and instructions and after
any kill, says what it did to the data, and fails with one sentence.

Needs only the standard library. The program is $TEMPER_BIN or the first argument; further ones choose stages."""
import concurrent.futures, csv, json, math, os, pathlib, re, signal, struct, subprocess, sys, tempfile, time, zipfile

from rig import LEVELS, TEMPER, check, end, report, run, says

CHAINS = ["cd", "pcd:k=2", "fpcd", "pt:rungs=4", "ptt:selves=3"]
BARS, REAL, RNA, LABELS = "bars-and-stripes:3", "csv:file=real.csv,label=none", "fasta:file=a.fasta,alphabet=rna", "csv:file=labels.csv"
NOISY = "csv:file=noisy.csv,label=none"  # every covariance has an inverse
SHORT = ["--epochs", 5, "--batch", 4, "--moments", 3, "--betas", 30, "--runs", 4]
WIDE = [*SHORT, "--rows", 60, "--batch", 30, "--epochs", 3]  # more than a block of chains, no multiple of a vector
# (machine, data, methods): all that go together
TABLE = [
    ("rbm:hidden=5", BARS, [*CHAINS, "annealed", "exact", "mean_field", "pseudolikelihood", "replay:buffer=40"]),
    ("rbm:hidden=5,engine=float", BARS, ["pcd", "fpcd", "exact"]),
    ("rbm:hidden=5,visible=spin", BARS, ["annealed", "pcd", "exact", "mean_field:order=3", "pseudolikelihood"]),
    ("rbm:hidden=5,visible=spin,hidden_units=spin", BARS, ["cd", "pt:rungs=4", "exact", "mean_field:order=1"]),
    ("rbm:hidden=5,hidden_units=potts,states=3", BARS, ["cd", "ptt:selves=3", "exact", "pseudolikelihood"]),
    ("rbm:hidden=5,hidden_units=gaussian", BARS, ["annealed", "pcd", "exact", "pseudolikelihood"]),
    ("rbm:hidden=5,hidden_units=relu", BARS, ["fpcd", "pcd", "exact", "pseudolikelihood"]),
    ("rbm:hidden=5,visible=gaussian", REAL, ["cd", "pcd", "pt:rungs=4", "exact"]),
    ("rbm:hidden=5,visible=relu", REAL, ["cd", "pcd", "exact"]),
    ("rbm:hidden=5,visible=gaussian,hidden_units=relu", REAL, ["pcd", "pt:rungs=4"]),
    ("rbm:hidden=5", RNA, ["fpcd", "pcd", "exact", "pseudolikelihood", "ptt:selves=3"]),
    ("dbm:hidden=4x3", BARS, [*CHAINS, "annealed", "exact", "replay:buffer=40"]),
    ("dbm:hidden=4x3,visible=gaussian", REAL, ["pcd"]),
    ("boltzmann", BARS, ["cd", "pcd", "annealed", "exact", "mean_field", "pseudolikelihood"]),
    ("boltzmann:hidden=2", BARS, [*CHAINS, "annealed:step=fixed", "exact", "mean_field"]),
    ("boltzmann:hidden=2,units=spin,connections=semi", BARS, ["pcd", "annealed", "exact"]),
    ("maxent", NOISY, ["annealed", "bethe", "cd", "exact", "fpcd", "mean_field", "newton", "nmf", "pcd", "plm", "pseudolikelihood",
                       "pt:rungs=4", "sessak_monasson", "tap"]),
    ("maxent:units=spin", NOISY, ["exact", "newton", "nmf", "pcd", "plm", "tap"]),
    ("maxent", RNA, ["exact", "fpcd", "mean_field", "nmf", "pcd", "plm", "pseudolikelihood", "ptt:selves=3"]),
    ("maxent:features=fields", RNA, ["newton", "pcd"]),
    ("maxent:features=moments", "dice", ["exact", "newton", "pcd"]),
    ("hopfield", NOISY, ["annealed", "cd", "exact", "hebb", "newton", "pcd", "perceptron", "pseudolikelihood", "storkey"]),
    ("hopfield", "csv:file=few.csv,label=none", ["pseudo_inverse"]),
    ("memory:patterns=16", BARS, ["exact", "pcd", "store"]),
    ("memory:patterns=16,energy=exponential", BARS, ["annealed", "store"]),
    ("memory:patterns=40,energy=continuous", REAL, ["pcd", "store"]),
    ("perceptron", LABELS, ["perceptron", "pcd", "pseudolikelihood"]),
    ("ebm:widths=8,steps=2", REAL, ["cd", "replay:buffer=40"]),
]
TABLE = [["--system", m, "--data", d, "--method", a, *SHORT] for m, d, every in TABLE for a in every]
TABLE += [["--system", m, "--data", "digits", "--method", a, *WIDE, *more] for m, a, *more in (
    ("rbm:hidden=37", "cd"), ("rbm:hidden=37", "pcd:k=2"), ("rbm:hidden=37", "pcd", "--momentum", 0.5),
    ("rbm:hidden=37", "pt:rungs=3", "--optimiser", "adam", "--rate", 0.01), ("rbm:hidden=37,visible=spin", "pcd"),
    ("rbm:hidden=37,hidden_units=relu", "fpcd"), ("rbm:hidden=37", "pcd", "--gradient", "standardised", "--binarise", "sample"),
    ("rbm:hidden=37", "pcd", "--gradient", "plain", "--chains", 70), ("dbm:hidden=21x11", "pcd"), ("boltzmann:hidden=9", "pcd"),
    ("maxent", "pcd"), ("maxent", "pseudolikelihood"), ("hopfield", "hebb"), ("memory:patterns=60", "store"))]


def rows(folder):
    """Small tables of every kind, the same each time."""
    noise = [(math.sin(12.9898 * (k + 1)) * 43758.5453) % 1 for k in range(1000)]
    normal = [sum(noise[k * 6 + j] for j in range(6)) - 3 for k in range(160)]
    (folder / "real.csv").write_text("".join(f"{a:.4f},{a * a - 0.5:.4f},{b:.4f}\n" for a, b in zip(normal[:40], normal[40:])))
    (folder / "labels.csv").write_text("".join(f"{a:.4f},{b:.4f},{'yes' if a + 2 * b > 0.3 else 'no'}\n" for a, b in zip(normal[:50], normal[60:])))
    (folder / "a.fasta").write_text("".join(f">s{k}\n{''.join('ACGU'[int(4 * noise[5 * k + j])] for j in range(4))}\n" for k in range(30)))
    (folder / "noisy.csv").write_text("".join(",".join(str(int(noise[7 * k + j] > 0.4)) for j in range(6)) + "\n" for k in range(60)))
    (folder / "other.csv").write_text((folder / "noisy.csv").read_text().translate(str.maketrans("01", "10")))
    (folder / "few.csv").write_text("1,0,1,0,1,0,1,0\n1,1,0,0,1,1,0,0\n1,1,1,1,0,0,0,1\n")
    (folder / "grey.csv").write_text("".join(f"{noise[4 * k]:.3f},{noise[4 * k + 1] ** 4:.3f},7,{noise[4 * k + 2]:.3f}\n" for k in range(40)))


def together(jobs):
    """The results of many runs of the program, two at a time."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda job: report(*job), jobs))


def bits(_):
    ways = [["-j1", "--cpu", "ref"], *[[f"-j{1 + k % 3}", "--cpu", level] for k, level in enumerate(LEVELS[1:], 1)], ["-j3", "--cpu", LEVELS[-1]]]
    results = together([["learn", *job, *way] for job in TABLE for way in ways])
    for k, job in enumerate(TABLE):
        want, *others = results[len(ways) * k : len(ways) * (k + 1)]
        name = f"{job[1]} on {job[3]} by {job[5]}"
        check(f"{name}: a report", want and re.fullmatch("[0-9a-f]{64}", want["hash"]) and want["schema"] == "temper.learn/1", want)
        for way, got in zip(ways[1:], others):
            check(f"{name}, {' '.join(way)}", got == want, [f for f in want if got.get(f) != want[f]])


KILLED = [
    ["--system", "rbm:hidden=9", "--data", "digits", "--method", "pcd", "--batch", 50, "--momentum", 0.5],
    ["--system", "rbm:hidden=9", "--data", "digits", "--method", "cd:k=2", "--optimiser", "adam", "--rate", 0.001, "--batch", 50],
    ["--system", "rbm:hidden=5", "--data", BARS, "--method", "fpcd", "--batch", 4],
    ["--system", "rbm:hidden=5", "--data", BARS, "--method", "pt:rungs=4", "--batch", 4, "--schedule", "cosine"],
    ["--system", "rbm:hidden=5", "--data", BARS, "--method", "ptt:selves=3,target=0.9", "--batch", 4, "--rate", 0.5],
    ["--system", "rbm:hidden=5,visible=gaussian", "--data", REAL, "--method", "pcd", "--batch", 10, "--validation", 0.25, "--keep", "best"],
    ["--system", "rbm:hidden=5", "--data", RNA, "--method", "pcd", "--gradient", "standardised"],
    ["--system", "dbm:hidden=4x3", "--data", BARS, "--method", "pcd", "--batch", 4],
    ["--system", "dbm:hidden=4x3,inference=0", "--data", BARS, "--method", "pcd", "--batch", 4],
    ["--system", "boltzmann:hidden=2", "--data", BARS, "--method", "pcd", "--batch", 4],
    ["--system", "boltzmann:hidden=2", "--data", BARS, "--method", "annealed:rise=0.1,drop=0.1"],
    ["--system", "maxent", "--data", RNA, "--method", "pcd"],
    ["--system", "maxent", "--data", NOISY, "--method", "exact", "--momentum", 0.9, "--l1", 1e-4],
    ["--system", "memory:patterns=16,energy=exponential", "--data", BARS, "--method", "pcd", "--batch", 4],
    ["--system", "ebm:widths=8,steps=2", "--data", REAL, "--method", "replay:buffer=40", "--batch", 10],
    ["--system", "perceptron", "--data", LABELS, "--method", "pcd", "--batch", 10],
]


def wait_for(path, process):
    while not path.exists() and process.poll() is None:
        time.sleep(0.002)


def killed_once(job, place, how):
    """As many updates as it takes for the signal to come in the middle; their number, or None."""
    updates = 4000
    while updates < 1e7:
        more = ["--updates", updates, "--out", place, "--force", "--checkpoint", 0.01, "-q", "-j2"]
        p = subprocess.Popen([TEMPER, "learn", *map(str, job + more)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wait_for(place / "checkpoint", p)
        if how == "often":
            time.sleep(0.02)
        p.send_signal(signal.SIGKILL if how == "often" else how)
        out, err = p.communicate()
        if p.returncode == 75:
            check(f"{job[1]} {job[5]} {how} says how to go on", f"temper resume {place}" in err and not out, err)
        if p.returncode in (75, -9):
            return updates
        updates *= 4
        for f in place.iterdir():
            f.unlink()
    return None


def killed_and_resumed(numbered):
    k, job, how, folder = numbered
    name, place, whole = f"{job[1]} {job[5]} {how}", folder / f"{k}_{how}", folder / f"{k}_{how}_whole"
    job = [*job, "--moments", 7, "--betas", 30, "--runs", 4]
    updates = killed_once(job, place, how)
    check(f"{name}: a signal in the middle", updates)
    for _ in range(2 if how == "often" else 0):
        p = subprocess.Popen([TEMPER, "resume", str(place), "-q"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.06)
        p.kill()
        p.wait()
    want = report("learn", *job, "--updates", updates or 1, "--out", whole, "-j1")
    got = run("resume", place, "--json", "-q", "--cpu", LEVELS[-1 - k % len(LEVELS)])
    check(f"{name}: resumed", got.returncode == 0, got.stderr)
    got = json.loads(got.stdout or "{}")
    check(f"{name}: the same report", got == want, [(f, got.get(f), want.get(f)) for f in want if got.get(f) != want[f]])
    for file in ("model.safetensors", "model.npz", "curves.csv"):
        check(f"{name}: the same {file}", (place / file).exists() and (place / file).read_bytes() == (whole / file).read_bytes())


def killed(folder):
    jobs = [(k, job, ("often", signal.SIGINT, signal.SIGTERM)[0 if k < 2 else k % 3], folder) for k, job in enumerate(KILLED)]
    jobs.append((0, KILLED[0], signal.SIGINT, folder))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(killed_and_resumed, jobs))
    p = subprocess.Popen([TEMPER, "learn", *map(str, KILLED[0]), "--epochs", "1000000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(0.5)
    p.send_signal(signal.SIGINT)
    out, err = p.communicate()
    check("no run directory", p.returncode == 130 and not out and "no run directory" in err, (p.returncode, err))


def safetensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    head = json.loads(data[8 : 8 + length])
    return head.pop("__metadata__"), {k: (v["dtype"], v["shape"], data[8 + length :][slice(*v["data_offsets"])]) for k, v in head.items()}


def directory(folder):
    place = folder / "run"
    job = ["learn", "--system", "rbm:hidden=6", "--data", "digits", "--rows", 300, "--validation", 0.1, "--test", 0.2, "--epochs", 40, "--moments", 6,
           "--method", "exact", "--rate", 0.5]
    first = run(*job, "--out", place, "-q")
    check("run", first.returncode == 0 and not first.stderr, first.stderr)
    there = {p.name for p in place.iterdir()} - {"checkpoint.previous"}
    check("its files", there == {"recipe.toml", "provenance.json", "status.json", "metrics.jsonl", "checkpoint", "results.json", "results.txt",
                                 "report.html", "curves.csv", "model.safetensors", "model.npz"}, there)
    check("results.txt is what was printed", (place / "results.txt").read_text() == first.stdout)
    check("status", json.loads((place / "status.json").read_text())["state"] == "done")
    r = json.loads((place / "results.json").read_text())
    l, z = r["log_likelihood"], r["log_z"]
    check("schema", r["schema"] == "temper.learn/1" and l["method"] == z["method"] == "exact" and l["on"] == "test" and z["error"] == 0 and
          l["mean"] == l["test"]["mean"] and l["error"] > 0 and l["train"]["rows"] == 300, (l, z))
    check("rows", l["validation"]["rows"] == 180 and l["test"]["rows"] == 359, l)
    check("moments", [m["update"] for m in r["curve"]] == [0, 20, 40, 60, 80, 100, 120], [m["update"] for m in r["curve"]])
    check("it learns", r["curve"][-1]["log_likelihood"] > r["curve"][0]["log_likelihood"] + 0.5, r["curve"][-1])
    check("the last moment is the end", abs(r["curve"][-1]["log_z"] - z["mean"]) < 1e-9 and r["updates"] == 120, z)
    curves = list(csv.DictReader((place / "curves.csv").open()))
    check("curves.csv", len(curves) == 7 and float(curves[-1]["log_z"]) == r["curve"][-1]["log_z"], curves[-1])
    notes, arrays = safetensors(place / "model.safetensors")
    check("model.safetensors", notes["machine"].startswith("rbm:hidden=6,") and json.loads(notes["io"])["columns"] == 64 and
          sorted(a[1] for a in arrays.values()) == [[6], [64], [64, 6]], (notes, {k: v[:2] for k, v in arrays.items()}))
    with zipfile.ZipFile(place / "model.npz") as z:
        check("model.npz has the same bytes", all(z.read(f"{k}.npy").endswith(v[2]) for k, v in arrays.items()), z.namelist())
    recipe = (place / "recipe.toml").read_text()
    check("recipe", 'method = "exact' in recipe and "hidden=6," in recipe and 'binarise = "threshold"' in recipe and "batch = 100" in recipe, recipe)
    check("the page", all(w in (place / "report.html").read_text() for w in ("<svg", "log-likelihood", "rbm:hidden=6")))
    says("refused", 2, "there is a run in it already", *job, "--out", place)
    check("forced", run(*job, "--out", place, "--force", "-q").returncode == 0)
    (place / "report.html").unlink()
    again = run("report", place, "-q")
    untimed = lambda text: re.sub(r" in [0-9.]+ s", "", text)
    check("report makes the page again", again.returncode == 0 and untimed(again.stdout) == untimed(first.stdout) and
          (place / "report.html").exists(), again)
    moved = folder / "moved"
    place.rename(moved)
    check("may be moved, and answers again", untimed(run("resume", moved, "-q").stdout) == untimed(first.stdout))
    status = moved / "status.json"
    status.write_text(status.read_text().replace('"done"', '"stopped"', 1))
    says("report of an unfinished run", 2, "is not finished; go on with 'temper resume", "report", moved)
    says("report of no run", 1, "status.json", "report", folder / "nothing")
    plain = report(*job)
    check("the directory changes nothing", plain == r)
    check("another seed", report(*job, "--seed", 2)["hash"] != r["hash"])
    check("another split", report(*job, "--split-seed", 2)["log_likelihood"]["test"]["mean"] != l["test"]["mean"])


def choices(folder):
    """Options that change how it learns do what they say."""
    bars = ["learn", "--system", "rbm:hidden=5", "--data", BARS, "--method", "exact", "--epochs", 300, "--rate", 0.1, "--moments", 4]
    plain, by = report(*bars), {}
    for name, extra in (("adam", ["--optimiser", "adam"]), ("momentum", ["--momentum", 0.9]), ("l1", ["--l1", 0.05]),
                        ("l2", ["--l2", 0.5]), ("plain", ["--gradient", "plain"]), ("standardised", ["--gradient", "standardised"]),
                        ("linear", ["--schedule", "linear"])):
        by[name] = report(*bars, *extra)
    hashes = {r["hash"] for r in by.values()} | {plain["hash"]}
    check("every choice has weights of its own", len(hashes) == 8, hashes)
    score = {name: r["log_likelihood"]["mean"] for name, r in by.items()}
    check("adam and momentum are faster", min(score["adam"], score["momentum"]) > plain["log_likelihood"]["mean"] + 0.2, (score, plain["log_likelihood"]))
    for name, extra in (("sgd", []), ("momentum", ["--momentum", 0.9]), ("adam", ["--optimiser", "adam", "--rate", 0.02])):
        job = ["learn", "--system", "maxent", "--method", "exact", "--epochs", 100, "--rate", 0.1, *extra]
        for gradient in ("centred", "plain"):  # centred gradients do not know which state of a unit is called 1
            one, other = (report(*job, "--gradient", gradient, "--data", f"csv:file={f}.csv,label=none")["curve"] for f in ("noisy", "other"))
            apart = max(abs(a["log_likelihood"] - b["log_likelihood"]) for a, b in zip(one, other))
            check(f"{gradient} gradients, {name}, of data turned over", (apart < 1e-4) == (gradient == "centred"), apart)
    check("penalties keep couplings small", max(by[p]["curve"][-1]["coupling_rms"] for p in ("l1", "l2")) < 0.5 * plain["curve"][-1]["coupling_rms"],
          [by[p]["curve"][-1]["coupling_rms"] for p in ("l1", "l2")])
    check("the rate falls", by["linear"]["curve"][-1]["rate"] < 0.01 and plain["curve"][-1]["rate"] == 0.1, by["linear"]["curve"][-1])
    digits = ["learn", "--system", "rbm:hidden=8", "--data", "digits", "--rows", 40, "--validation", 0.2, "--method", "exact", "--batch", 0,
              "--rate", 0.3, "--epochs", 400, "--moments", 20]
    last, best = report(*digits), report(*digits, "--keep", "best")
    top = max(m["log_likelihood_validation"] for m in last["curve"])
    check("keep=last overfits", last["log_likelihood"]["validation"]["mean"] < top - 0.05, (last["log_likelihood"], top))
    check("keep=best", abs(best["log_likelihood"]["validation"]["mean"] - top) < 1e-6 and best["curve"] == last["curve"], (best["log_likelihood"], top))
    early = report(*digits, "--patience", 3)
    seen = [m["log_likelihood_validation"] for m in early["curve"]]
    check("patience", early["updates"] < 400 and len(seen) - 1 - seen.index(max(seen)) == 3, (early["updates"], seen))
    rna = ["learn", "--system", "maxent", "--data", RNA, "--method", "pcd", "--chains", 500, "--epochs", 4000, "--moments", 50]
    close = report(*rna, "--pearson", 0.8)
    pearson = [m["pearson"] for m in close["curve"]]
    letters = {line for line in (folder / "a.fasta").read_text().split() if line[0] != ">"}
    check("rows and what they weigh", close["rows"] == 30 and abs(close["effective_rows"] - len(letters)) < 1e-9, (close["rows"], close["effective_rows"], len(letters)))
    check("no weights", "effective_rows" not in plain and plain["rows"] > 0, plain["rows"])
    check("pearson", close["updates"] < 4000 and pearson[-1] >= 0.8 and all(p is None or p < 0.8 for p in pearson[:-1]), (close["updates"], pearson))


def greys(folder):
    """What becomes of numbers that units of two states cannot have."""
    job = ["learn", "--system", "maxent:features=fields", "--data", "csv:file=grey.csv,label=none", "--method", "newton"]
    table = [[float(x) for x in line.split(",")] for line in (folder / "grey.csv").read_text().split()]
    low, high = zip(*((min(c), max(c)) for c in zip(*table)))
    grey = [[(x - low[0]) / (high[0] - low[0]) if j == 0 else (x - low[j]) / (high[j] - low[j] or 1) for j, x in enumerate(r)] for r in table]
    on = {}
    for way in ("threshold", "sample"):
        r = run(*job, "--binarise", way, "--out", folder / way, "-q")
        check(f"{way}", r.returncode == 0, r.stderr)
        _, arrays = safetensors(folder / way / "model.safetensors")
        (field,) = arrays.values()
        b = struct.unpack("<4f", field[2])
        on[way] = [1 / (1 + math.exp(-x)) for x in b]  # fields that give the data's means
    for j in (0, 1, 3):
        share, mean = sum(r[j] > 0.5 for r in grey) / 40, sum(r[j] for r in grey) / 40
        check(f"threshold, column {j}", abs(on["threshold"][j] - share) < 1e-3, (on["threshold"][j], share))
        check(f"sample, column {j}", abs(on["sample"][j] - mean) < 4.5 * 0.5 / math.sqrt(40), (on["sample"][j], mean))
    check("they differ", on["threshold"] != on["sample"])
    r = run(*job)
    check("by itself it says so", r.returncode == 0 and "the data are not of two values" in r.stderr, r.stderr)
    high = report(*job, "--level", 0.9)
    check("level", high["hash"] != report(*job)["hash"])
    says("none", 3, "row 0, column 0 is", *job, "--binarise", "none")
    for system, method in (("rbm:hidden=3", "pcd"), ("boltzmann", "pcd"), ("maxent", "pcd"), ("hopfield", "hebb"), ("memory:patterns=40", "store"),
                           ("rbm:hidden=3,visible=gaussian", "pcd"), ("rbm:hidden=3,visible=relu", "pcd"), ("rbm:hidden=3", "mean_field"),
                           ("rbm:hidden=3", "pseudolikelihood"), ("rbm:hidden=3", "exact")):
        for gradient in ("centred", "standardised"):
            r = report("learn", "--system", system, "--data", "csv:file=grey.csv,label=none", "--method", method, "--gradient", gradient, "--epochs", 20,
                       "--batch", 10, "--moments", 3)
            l = r["log_likelihood"]
            check(f"a constant column is harmless: {system}, {method}, {gradient}", l["mean"] is not None and math.isfinite(l["mean"]) and l["mean"] > -20, l)
    r = report("learn", "--system", "rbm:hidden=3", "--data", BARS, "--rows", 7, "--test", 0.25, "--epochs", 1)["log_likelihood"]
    check("rows and shares", r["train"]["rows"] == 7 and r["test"]["rows"] == 4 and "validation" not in r, r)


def wrong_words(folder):
    bars = ["learn", "--data", BARS, "--system", "rbm:hidden=3"]
    for name, words, job in (
            ("no system", "needs the option system", ["learn", "--data", BARS]), ("no data", "needs the option data", ["learn", "--system", "rbm"]),
            ("system", "did you mean 'rbm'", ["learn", "--system", "rmb", "--data", BARS]),
            ("option of a system", "did you mean 'hidden'", ["learn", "--system", "rbm:hiden=3", "--data", BARS]),
            ("data", "did you mean 'bars_and_stripes'", ["learn", "--system", "rbm", "--data", "bars-and-stripe:3"]),
            ("method", "did you mean 'pcd'", [*bars, "--method", "pcdd"]), ("option of a method", "did you mean 'k'", [*bars, "--method", "pcd:kk=3"]),
            ("flag", "did you mean --method", [*bars, "--metod", "pcd"]), ("schedule", "did you mean 'linear'", [*bars, "--schedule", "linea"]),
            ("optimiser", "did you mean 'adam'", [*bars, "--optimiser", "adm"]), ("keep", "did you mean 'best'", [*bars, "--keep", "bst"]),
            ("gradient", "did you mean 'centred'", [*bars, "--gradient", "centered"]),
            ("binarise", "did you mean 'sample'", [*bars, "--binarise", "sampl"]), ("share", "is no share", [*bars, "--test", "x"]),
            ("hidden", "hidden=0", ["learn", "--system", "rbm:hidden=0", "--data", BARS]), ("rate", "rate=-1", [*bars, "--rate", -1]),
            ("validation rows", "--validation 0.1 sets a tenth aside", [*bars, "--keep", "best"]),
            ("score", "keep=best chooses by a likelihood", ["learn", "--system", "dbm:hidden=2x2", "--data", BARS, "--validation", 0.25, "--keep", "best"]),
            ("patience", "patience needs validation rows", [*bars, "--patience", 3]),
            ("a thermometer", "machines have not", [*bars, "--schedule", "fdr"]), ("speed", "machines have not", [*bars, "--schedule", "speed"]),
            ("categories", "the columns of the data hold numbers", ["learn", "--system", "rbm:visible=potts", "--data", BARS]),
            ("numbers", "the columns of the data hold categories", ["learn", "--system", "rbm:visible=binary", "--data", RNA]),
            ("hebb", "rbm has none like them", [*bars, "--method", "hebb"]), ("store", "rbm is none", [*bars, "--method", "store"]),
            ("perceptron", "rbm is neither", [*bars, "--method", "perceptron"]), ("tap", "solves maxent", [*bars, "--method", "tap"]),
            ("newton", "without hidden units", [*bars, "--method", "newton"]),
            ("newton of a memory", "no sum of features", ["learn", "--system", "memory:patterns=16", "--data", BARS, "--method", "newton"]),
            ("exact", "2^inf", ["learn", "--system", "ebm", "--data", REAL, "--method", "exact"]),
            ("exact of many", "at most 2^30", ["learn", "--system", "rbm:hidden=100", "--data", "digits", "--method", "exact"]),
            ("pseudolikelihood", "gaussian", ["learn", "--system", "rbm:visible=gaussian", "--data", REAL, "--method", "pseudolikelihood"]),
            ("mean field", "no Plefka expansion", ["learn", "--system", "memory:patterns=16", "--data", BARS, "--method", "mean_field"]),
            ("weights of rows", "cannot carry the weights", ["learn", "--system", "maxent", "--data", RNA, "--method", "cd"])):
        says(f"wrong {name}", 2, words, *job, "-q")
    (folder / "nan.csv").write_text("1,0,1\n0,nan,1\n")
    (folder / "empty.fasta").write_text("")
    (folder / "bare.fasta").write_text(">a\n\n>b\n")
    (folder / "unequal.fasta").write_text(">a\nACG\n>b\nAC\n")
    for name, code, words, system, data in (
            ("NaN", 3, "nan.csv:2", "rbm", "csv:file=nan.csv,label=none"), ("an empty alignment", 3, "empty.fasta", "maxent", "fasta:file=empty.fasta"),
            ("sequences without letters", 3, "bare.fasta:", "maxent", "fasta:file=bare.fasta"),
            ("unequal sequences", 3, "unequal.fasta:", "maxent", "fasta:file=unequal.fasta,alphabet=dna"),
            ("labels missing", 3, "perceptron needs labels", "perceptron", NOISY), ("no file", 1, "nothing.csv", "rbm", "csv:file=nothing.csv"),
            
            ("dependent patterns", 3, "linearly independent", "hopfield", BARS)):
        says(name, code, words, "learn", "--system", system, "--data", data, *(["--method", "pseudo_inverse"] if system == "hopfield" else []), "-q")
    says("covariances without inverse", 3, "column 4 does not vary", "learn", "--system", "maxent", "--data", BARS, "--method", "nmf", "-q")
    with open("/dev/full", "w") as full:
        r = subprocess.run([TEMPER, *bars, "--epochs", "1"], stdout=full, stderr=subprocess.PIPE, text=True)
        check("full disk", r.returncode == 1 and "No space left" in r.stderr, (r.returncode, r.stderr))
    says("no such directory", 1, "/nonexistent", *bars, "--out", "/nonexistent/a", "-q")


def diverging(folder):
    for name, job in (("exact", ["--system", "maxent:units=spin", "--data", BARS, "--method", "exact", "--rate", 1e6, "--l2", 100]),
                      ("float", ["--system", "rbm:hidden=3,visible=gaussian", "--data", REAL, "--method", "pcd", "--rate", 1e5]),
                      ("ebm", ["--system", "ebm:widths=8,steps=2", "--data", REAL, "--method", "pcd", "--rate", 1e6])):
        place = folder / name
        r = run("learn", *job, "--epochs", 200, "--out", place, "-q")
        check(f"{name} diverges", r.returncode == 1 and "a smaller --rate helps" in r.stderr and f"are kept in model.safetensors of {place}" in r.stderr and
              r.stderr.count("\n") == 1 and not r.stdout, (r.returncode, r.stderr))
        _, arrays = safetensors(place / "model.safetensors")
        numbers = [x for a in arrays.values() for (x,) in struct.iter_unpack("<f", a[2])]
        check(f"{name}: the last good weights", numbers and all(map(math.isfinite, numbers)), numbers[:5])
        check(f"{name}: its status", json.loads((place / "status.json").read_text())["state"] == "diverged")
        check(f"{name}: they load", run("draw", place / "model.safetensors", "--sweeps", 10, "-q").returncode == 0)
    said = run("learn", *job, "--epochs", 200)
    check("halved rates are told", said.stderr.count("at half the rate") == 4 and "no run directory" not in said.stderr, said.stderr)
    calm = run("learn", "--system", "rbm:hidden=3,visible=gaussian", "--data", REAL, "--method", "pcd", "--rate", 10, "--epochs", 200)
    check("a rate that is halved until it works", calm.returncode == 0 and "at half the rate" in calm.stderr, (calm.returncode, calm.stderr))


def defaults(folder):
    """Nothing but machine, data and method: numbers that suit them, and exact ones where they can be had."""
    for method, asked, chains in (("cd", [], 16), ("pcd", [], 100), ("pcd", ["--chains", 30], 30), ("cd", ["--batch", 5], 5)):
        out = folder / f"{method}{chains}"
        r = run("learn", "--system", "rbm:hidden=5", "--data", BARS, "--method", method, *asked, "--epochs", 3, "--out", out)
        recipe = (out / "recipe.toml").read_text() if out.exists() else ""
        check(f"chains of {method} {asked}", r.returncode == 0 and f"\nchains = {chains}\n" in recipe, (r.returncode, r.stderr, recipe))
    parity = ["learn", "--system", "boltzmann:hidden=1", "--data", "parity:3", "--method", "exact", "--rate", 1, "--momentum", 0.9, "--epochs", 4000]
    for seed in range(1, 4):
        told = report(*parity, "--seed", seed)["log_likelihood"]
        check(f"one hidden unit does parity, seed {seed}", -math.log(4) - 3e-3 < told["mean"] < -math.log(4) and "lower_bound" not in told["train"], told)
    few = report("learn", "--system", "dbm:hidden=6x4", "--data", "digits", "--rows", 150, "--epochs", 1, "--betas", 30, "--runs", 4)["log_likelihood"]["train"]
    check("a bound, of some rows", few["rows"] == 100 and few["lower_bound"] is True, few)
    recalls = ["--data", "digits", "--method", "pseudo_inverse", "--out", folder / "memory"]
    told = report("learn", "--system", "hopfield", *recalls, "--rows", 5)["log_likelihood"]
    check("a memory is not judged by likelihood", told["mean"] is None and told["method"] == "none" and "retrieval" in told["why"], told)
    r = run("learn", "--system", "hopfield", *recalls, "--rows", 40, "--force")
    check("a run that fails leaves nothing of the one before", r.returncode == 3 and not (folder / "memory/model.safetensors").exists(), r.stderr)


STAGES = {"defaults": defaults, "bits": bits, "killed": killed, "directory": directory, "choices": choices, "greys": greys, "wrong_words": wrong_words, "diverging": diverging}
for stage in sys.argv[2:] or STAGES:
    with tempfile.TemporaryDirectory() as name:
        rows(pathlib.Path(name))
        os.chdir(name)
        began = time.monotonic()
        STAGES[stage](pathlib.Path(name))
        if os.environ.get("TEMPER_TEST_TIMES"):
            print(f"{stage}: {time.monotonic() - began:.1f} s")
        os.chdir("/")
end()

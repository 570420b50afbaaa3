#!/usr/bin/env python3
"""temper train and temper predict as their users meet them: words, exit codes, files, and the same bits whatever happens.

Needs only the standard library. The program is $TEMPER_BIN or the first argument; further ones choose stages."""
import csv, hashlib, json, math, os, pathlib, pty, re, resource, signal, struct, subprocess, sys, tempfile, time, zipfile

from rig import LEVELS, TEMPER, check, end, report, run, says

DIGITS = ["train", "--data", "digits", "--model", "mlp:16", "--epochs", 3, "--batch", 50]
TIMES = ("cost",)  # what may differ between two runs


def same(a, b):
    return {k: v for k, v in a.items() if k not in TIMES} == {k: v for k, v in b.items() if k not in TIMES}


def untimed(text):
    return re.sub(r"gradients in .*", "", text)


def numbers(folder):
    r = report(*DIGITS, "--epochs", 20, "--seeds", 3)
    test = r["test"]
    check("schema", r["schema"] == "temper.train/1" and set(test) == {"accuracy", "nll", "brier", "ece"}, r)
    for name, s in test.items():
        mean = sum(s["values"]) / 3
        error = math.sqrt(sum((v - mean) ** 2 for v in s["values"]) / 2 / 3)
        check(f"mean and error of {name}", abs(s["mean"] - mean) < 1e-12 and abs(s["error"] - error) < 1e-12, s)
        check(f"ensemble {name}", set(r["ensemble"][name]) == {"value", "error"} and r["ensemble"][name]["error"] > 0)
    check("it learns", test["accuracy"]["mean"] > 0.9, test)
    check("the ensemble's NLL beats its members' (Jensen)", r["ensemble"]["nll"]["value"] < test["nll"]["mean"], r)
    rows = r["rows"]
    check("rows", rows == {"train": 1168, "validation": 180, "test": 449}, rows)
    check("gradients are counted", r["gradient_evaluations"] == 3 * 20 * 24 and r["steps"] == 480, r["gradient_evaluations"])
    check("hash", re.fullmatch("[0-9a-f]{16}", r["hash"]))
    check("everything is spelled out", r["dynamics"].startswith("sgd:") and r["schedule"].startswith("cosine:") and
          r["prior"] == "none" and r["objective"] == "cross_entropy", r)
    one = report(*DIGITS)
    check("one seed has no error", one["test"]["accuracy"]["error"] is None and one["ensemble"]["accuracy"]["error"] > 0, one["test"])
    text = run(*DIGITS, "-q").stdout
    check("table", re.search(r"^ +accuracy +0\.\d+", text, re.M) and "# temperature: asked 0" in text and
          "! one seed has no error bar" in text and f"# hash {one['hash']}" in text, text)
    plan = run(*DIGITS, "--plan")
    check("plan", plan.returncode == 0 and "1168 rows to train on" in plan.stdout and "24 to an epoch" in plan.stdout, plan)
    check("plan as JSON", report(*DIGITS, "--plan").get("schema") == "temper.train.plan/1")
    steps = report(*DIGITS, "--steps", 7)
    check("steps instead of epochs", steps["steps"] == 7 and steps["gradient_evaluations"] == 7, steps)
    odd = report(*DIGITS, "--dynamics", "sam", "--batch", 260, "--epochs", 3, "--out", folder / "odd")  # 15 minibatches, two a step
    curve = [line.split(",") for line in (folder / "odd/curves.csv").read_text().split()[1:]]
    check("an odd number of minibatches", [int(line[1]) for line in curve] == [0, 3, 5, 8] and odd["steps"] == 8, curve)
    check("another seed", report(*DIGITS, "--seed", 2)["hash"] != one["hash"])
    blind = [report(*DIGITS, "--test", 0, "--validation", 0, "--seed", k) for k in (1, 2)]  # without scores
    check("the hash is of the weights", blind[0]["hash"] != blind[1]["hash"] and blind[0]["test"]["nll"]["mean"] is None, blind[0])
    check("another split", report(*DIGITS, "--split-seed", 2)["hash"] != one["hash"])
    check("another start", report(*DIGITS, "--init", "xavier", "--scale", 0.5)["hash"] != one["hash"])
    check("smoothing", report(*DIGITS, "--smoothing", 0.2)["test"]["nll"]["mean"] != one["test"]["nll"]["mean"])
    r = run(*DIGITS, "--steps", 1, "--dynamics", "sgd:rate=1e-9", "--strict", "-q")
    check("strict", r.returncode == 4 and "strict:" in r.stderr and "# hash" in r.stdout, (r.returncode, r.stderr))
    hot = report(*DIGITS, "--dynamics", "langevin", "--temperature", 0.01, "--epochs", 6, "--samples", 4)
    check("samples at T > 0", hot["samples"] == 4 and hot["thermometer"]["asked"] == 0.01 and hot["prior"] == "0.3", hot)
    check("temperature of itself", report(*DIGITS, "--dynamics", "langevin", "--epochs", 1)["thermometer"]["asked"] == 1)
    table = folder / "line.csv"  # y = 3 x − 1 with known noise
    noise = [math.sin(12.9898 * k) * 43758.5453 % 1 + math.sin(78.233 * k) * 12543.123 % 1 - 1 for k in range(400)]
    table.write_text("".join(f"{k / 100},{3 * k / 100 - 1 + 0.3 * noise[k]}\n" for k in range(400)))
    for loss, dynamics in (("squared", "sgd:rate=0.01"), ("gaussian", "adam:rate=0.01")):
        r = report("train", "--data", f"csv:file={table},task=regression", "--model", "mlp:16", "--loss", loss, "--epochs", 100,
                   "--batch", 20, "--dynamics", dynamics, "--seeds", 2)
        check(f"regression, {loss}", set(r["test"]) == {"rmse", "log_likelihood", "coverage_50", "coverage_90", "coverage_95"} and
              0.08 < r["test"]["rmse"]["mean"] < 0.3 and r["test"]["coverage_95"]["mean"] > 0.8 and
              r["ensemble"]["log_likelihood"]["value"] > -0.3, r.get("test"))


JOBS = {
    "sgd": [*DIGITS, "--seeds", 3],
    "langevin": [*DIGITS, "--seeds", 2, "--dynamics", "langevin", "--temperature", 0.1, "--samples", 3],
    "one": [*DIGITS, "--augment", "shift=1,blur=0.1"],
    "convolution": ["train", "--data", "digits", "--seeds", 2, "--epochs", 1, "--batch", 100, "--model",
                    "graph:conv 4 3 pad=1; batch_norm; relu; max_pool 2; dropout 0.2; dense 10"],
    "adam": [*DIGITS, "--dynamics", "adam", "--schedule", "constant"],
}


def bits(_):
    for name, job in JOBS.items():
        want = report(*job, "--threads", 1, "--cpu", "ref")
        for extra in [["--threads", 2], ["-j3"], *[["--cpu", level] for level in LEVELS[1:]]]:
            check(f"{name} {' '.join(map(str, extra))}", same(report(*job, *extra), want), "another report")
    together = report(*JOBS["sgd"])
    alone = [report(*DIGITS, "--first", r) for r in range(3)]
    for score in together["test"]:
        check(f"{score} of members alone", together["test"][score]["values"] == [a["test"][score]["mean"] for a in alone], score)


def start(job, folder, *extra):
    return subprocess.Popen([TEMPER, *map(str, job), "--out", folder, *map(str, extra)], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def wait_for(path, seconds=20):
    end = time.monotonic() + seconds
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.01)
    return path.exists()


def sized(extra):
    """A job that takes about a second on this machine, so that a signal comes in the middle."""
    epochs, seconds = 20, 0
    while seconds < 0.8:
        job = ["train", "--data", "digits", "--model", "mlp:32", "--seeds", 3, "--epochs", epochs, *extra]
        begun = time.monotonic()
        report(*job)
        seconds = time.monotonic() - begun
        epochs *= 1 if seconds >= 0.8 else 2 if seconds > 0.3 else 4
    return job


def interrupted(folder):
    for name, extra in (("sgd", []), ("langevin", ["--dynamics", "langevin", "--temperature", 0.1])):
        job = sized(extra)
        whole = folder / name
        want = report(*job, "--out", whole)
        for how in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL, "often"):
            place = folder / f"{name}_{how}"
            sent = signal.SIGKILL if how == "often" else how
            p = start(job, place, "--checkpoint", 0.02)
            wait_for(place / ("checkpoint" if sent == signal.SIGKILL else "status.json"))
            for kills in range(3 if how == "often" else 1):
                time.sleep(0.1)
                p.send_signal(sent)
                out, err = p.communicate()
                if how != "often":
                    check(f"{name} {how}", p.returncode in (-9 if sent == signal.SIGKILL else 75, 0), (p.returncode, err))
                    check(f"{name} {how} says how to go on", sent == signal.SIGKILL or f"temper resume {place}" in err or not
                          p.returncode, err)
                elif kills < 2:
                    p = subprocess.Popen([TEMPER, "resume", str(place), "-q"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            got = run("resume", place, "--json", "-q", "-j2", "--cpu", LEVELS[-1])
            check(f"{name} {how} resumed", got.returncode == 0 and same(json.loads(got.stdout), want), got.stderr or "another report")
            files = ["curves.csv", "predictions.csv", "network.json", *(f"weights/{f.name}" for f in (whole / "weights").iterdir())]
            check(f"{name} {how} files", len(files) >= 9 and all((place / f).read_bytes() == (whole / f).read_bytes() for f in files),
                  [f for f in files if (place / f).read_bytes() != (whole / f).read_bytes()])
    p = subprocess.Popen([TEMPER, *map(str, sized([])), "--epochs", "1000000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(0.5)
    p.send_signal(signal.SIGINT)
    out, err = p.communicate()
    check("no run directory", p.returncode == 130 and not out and "no run directory" in err, (p.returncode, err))


def safetensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    head = json.loads(data[8 : 8 + length])
    return {k: (v["dtype"], v["shape"], data[8 + length :][slice(*v["data_offsets"])]) for k, v in head.items() if k != "__metadata__"}


def directory(folder):
    place = folder / "run"
    job = [*DIGITS, "--seeds", 2, "--epochs", 10]
    first = run(*job, "--out", place, "--tensorboard", folder / "board")
    check("run", first.returncode == 0, first.stderr)
    there = {p.name for p in place.iterdir()}
    check("its files", there == {"recipe.toml", "provenance.json", "status.json", "metrics.jsonl", "checkpoint", "results.json",
                                 "results.txt", "report.html", "network.json", "curves.csv", "predictions.csv", "weights"} |
          (there & {"checkpoint.previous"}), there)
    check("results.txt is what was printed", (place / "results.txt").read_text() == first.stdout)
    check("status", json.loads((place / "status.json").read_text())["state"] == "done")
    inputs = json.loads((place / "provenance.json").read_text())["inputs"]
    check("inputs", len(inputs) == 1 and len(inputs[0]["sha256"]) == 64 and "digits" in inputs[0]["file"], inputs)
    check("metrics", all("score" in json.loads(line) for line in (place / "metrics.jsonl").read_text().splitlines()))
    recipe = (place / "recipe.toml").read_text()
    check("recipe", 'schedule = "cosine:' in recipe and 'temperature = "0"' in recipe and "seeds = 2" in recipe, recipe)
    r = json.loads((place / "results.json").read_text())
    table = list(csv.DictReader((place / "predictions.csv").open()))
    right = sum(row["label"] == row["class"] for row in table) / len(table)
    nll = sum(-math.log(float(row["p_" + row["label"]])) for row in table) / len(table)
    check("predictions are the ensemble's", len(table) == 449 and abs(right - r["ensemble"]["accuracy"]["value"]) < 1e-12 and
          abs(nll - r["ensemble"]["nll"]["value"]) < 1e-12, (right, nll))
    curves = list(csv.DictReader((place / "curves.csv").open()))
    last = [c for c in curves if c["step"] == "240"]
    check("curves", len(curves) == 2 * 11 and len(last) == 2 and all(c["validation_accuracy"] for c in curves) and
          not curves[0]["loss"], len(curves))
    losses = [float(c["loss"]) for c in curves[1:11]]
    check("the loss of an epoch is its own", losses[-1] < 0.4 * sum(losses) / 10, losses)
    mean = sum(float(c["validation_accuracy"]) for c in last) / 2
    check("validation is the end of the curve", abs(mean - r["validation"]["accuracy"]["mean"]) < 1e-12, r["validation"])
    check("weights", {p.name for p in (place / "weights").iterdir()} ==
          {f"member_{r:04}.{e}" for r in range(2) for e in ("safetensors", "npz")})
    arrays = safetensors(place / "weights/member_0000.safetensors")
    check("safetensors", sorted(a[1] for a in arrays.values()) == [[10], [10, 16], [16], [16, 64]], {k: v[:2] for k, v in arrays.items()})
    with zipfile.ZipFile(place / "weights/member_0000.npz") as z:
        check("npz has the same bytes", all(z.read(f"{k}.npy").endswith(v[2]) for k, v in arrays.items()), z.namelist())
    boards = sorted(p.relative_to(folder / "board").as_posix() for p in (folder / "board").rglob("events*"))
    check("event files", boards == [f"member_000{r}/events.out.tfevents.0.temper" for r in range(2)], boards)
    events = (folder / "board" / boards[0]).read_bytes()
    check("events", b"brain.Event:2" in events and events.count(b"validation/accuracy") == 11 and events.count(b"train/loss") == 10,
          len(events))
    says("refused", 2, "there is a run in it already", *job, "--out", place)
    check("forced", run(*job, "--out", place, "--force", "-q").returncode == 0)
    moved = folder / "moved"
    place.rename(moved)
    check("may be moved, and answers again", untimed(run("resume", moved, "-q").stdout) == untimed(first.stdout))
    (moved / "checkpoint").write_bytes((moved / "checkpoint").read_bytes()[:-100])
    r = run("resume", moved, "-q")
    check("a torn checkpoint", r.returncode in (0, 3) and (r.returncode == 3 or untimed(r.stdout) == untimed(first.stdout)), r.stderr)


def predicting(folder):
    place = folder / "run"
    trained = report(*DIGITS, "--seeds", 2, "--epochs", 10, "--out", place)
    p = report("predict", place, "--data", "digits")
    check("schema", p["schema"] == "temper.predict/1" and len(p["rows"]) == 1797 and p["members"] == 2, p.keys())
    for row in p["rows"][:50]:
        check("probabilities", abs(sum(row["probabilities"]) - 1) < 1e-12 and
              row["probabilities"][row["class"]] == max(row["probabilities"]))
    kept = list(csv.DictReader((place / "predictions.csv").open()))
    check("test rows get the probabilities of the run", all(
        [float(k[f"p_{c}"]) for c in range(10)] == p["rows"][int(k["row"])]["probabilities"] for k in kept))
    check("scores of all rows", p["scores"]["accuracy"]["value"] > trained["ensemble"]["accuracy"]["value"] - 0.05, p["scores"])
    out = folder / "out.csv"
    r = run("predict", place, "--data", "digits", "--out", out)
    check("a file of its own", r.returncode == 0 and len(out.read_text().splitlines()) == 1798 and len(r.stdout.splitlines()) < 10, r)
    r = run("predict", place, "--data", "digits", "-j1", "--cpu", "ref")
    check("printed as CSV, the same on any machine", [l for l in r.stdout.splitlines() if l[0] != "#"] == out.read_text().splitlines())
    bare = folder / "bare.csv"  # without labels
    bare.write_text("".join(",".join(["3"] * 64) + "\n" for _ in range(3)))
    p = report("predict", place, "--data", f"csv:file={bare},label=none")
    check("rows without labels", len(p["rows"]) == 3 and "scores" not in p and p["rows"][0] == p["rows"][2], p)
    bare.write_text("1,2,3\n4,5,6\n")
    says("other features", 3, "has 3 features, the network was trained on 64", "predict", place, "--data", f"csv:file={bare},label=none")
    says("no run", 1, "network.json", "predict", folder, "--data", "digits")
    says("no data", 2, "needs the option data", "predict", place)
    (place / "network.json").write_text('{"schema": "temper.network.file/1"}')
    says("a damaged description", 3, "network.json", "predict", place, "--data", "digits")
    hot = folder / "hot"
    trained = report(*DIGITS, "--dynamics", "langevin", "--temperature", 0.01, "--epochs", 6, "--samples", 3, "--out", hot)
    p = report("predict", hot, "--data", "digits")
    kept = list(csv.DictReader((hot / "predictions.csv").open()))
    check("samples are averaged", len(list((hot / "weights").iterdir())) == 6 and all(
        [float(k[f"p_{c}"]) for c in range(10)] == p["rows"][int(k["row"])]["probabilities"] for k in kept))
    table = folder / "square.csv"
    table.write_text("".join(f"{k / 50 - 2},{(k / 50 - 2) ** 2 + k * 7 % 5 / 50}\n" for k in range(200)))
    line = ["--data", f"csv:file={table},task=regression"]
    for loss in ("squared", "gaussian"):
        place = folder / loss
        trained = report("train", *line, "--model", "mlp:16", "--loss", loss, "--epochs", 30, "--batch", 10, "--dynamics", "adam:rate=0.01",
                         "--seeds", 2, "--out", place)
        p = report("predict", place, *line)
        kept = list(csv.DictReader((place / "predictions.csv").open()))
        check(f"means and deviations, {loss}", len(kept) == 50 and all(
            [float(k["mean_0"])] == p["rows"][int(k["row"])]["means"] and
            [float(k["deviation_0"])] == p["rows"][int(k["row"])]["deviations"] for k in kept))
        square = sum((float(k["mean_0"]) - float(k["target_0"])) ** 2 for k in kept) / 50
        check(f"RMSE, {loss}", abs(math.sqrt(square) - trained["ensemble"]["rmse"]["value"]) < 1e-12 and square < 0.1, square)
    name = hot / "weights/member_0000_sample_0001.safetensors"
    whole = name.read_bytes()
    name.write_bytes(whole[: len(whole) // 2])
    r = run("predict", hot, "--data", "digits")
    check("truncated weights", r.returncode == 3 and "sample_0001" in r.stderr and r.stderr.count("\n") == 1, r.stderr)


def examples(folder):
    """What the help pages propose works (with fewer epochs)."""
    for verb, less in (("train", ["--epochs", "2"]), ("predict", [])):
        text = run(verb, "--help").stdout
        check(f"{verb}: examples come first", 0 < text.index(f"  temper {verb} ") < text.index("usage:"))
        for line in re.findall(r"^  (temper .*)$", text, re.M):
            r = run(*line.split()[1:], *less, cwd=folder)
            check(f"example: {line}", r.returncode == 0 and r.stdout, r.stderr)


def wrong_words(folder):
    says("data missing", 2, "needs the option data", "train", "--model", "mlp:10")
    says("model missing", 2, "needs the option model", "train", "--data", "digits")
    says("wrong data", 2, "did you mean 'digits'", "train", "--data", "digit", "--model", "mlp:10")
    says("wrong model", 2, "mlp", "train", "--data", "digits", "--model", "mpl:10")
    says("wrong dynamics", 2, "did you mean 'langevin'", *DIGITS, "--dynamics", "langevn")
    says("wrong option of a dynamics", 2, "did you mean 'rate'", *DIGITS, "--dynamics", "sgd:rat=1")
    says("wrong schedule", 2, "did you mean 'cosine'", *DIGITS, "--schedule", "cosin")
    says("wrong loss", 2, "did you mean 'hinge'", *DIGITS, "--loss", "hing")
    says("loss of numbers", 2, "needs numbers", *DIGITS, "--loss", "squared")
    says("wrong scaling", 2, "did you mean 'unit'", *DIGITS, "--scaling", "unt")
    says("wrong init", 2, "did you mean 'xavier'", *DIGITS, "--init", "xavir")
    says("wrong augmentation", 2, "did you mean 'mirror'", *DIGITS, "--augment", "miror=yes")
    says("wrong ensemble", 2, "seeds", *DIGITS, "--ensemble", "seed")
    says("batch beyond rows", 2, "batch=5000 is more than the 1168 training rows", *DIGITS, "--batch", 5000)
    says("no temperature", 2, "sgd has none", *DIGITS, "--temperature", 1)
    says("seeds that would begin again", 2, "their numbers would pass 2^32", *DIGITS, "--ensemble", "replicas:y=8", "--first", 2**29)
    says("negative temperature", 2, "temperature=-1", *DIGITS, "--dynamics", "langevin", "--temperature", -1)
    says("prior", 2, "prior=0", *DIGITS, "--prior", 0)
    says("split", 2, "together at most 1", *DIGITS, "--test", 0.9, "--validation", 0.9)
    says("nothing to train on", 2, "none is left to train on", *DIGITS, "--test", 0.5, "--validation", 0.5)
    says("too many samples", 2, "samples=100000 do not fit", *DIGITS, "--samples", 100000)
    stiff = [*DIGITS, "--epochs", 20, "--prior", 1e-7, "--schedule", "constant"]  # |θ| grows by rate/(N·variance) a step
    says("diverging", 1, "member 0 is not finite at step", *stiff)
    r = run(*stiff, "--seeds", 2, "--out", folder / "diverged")
    check("a checkpoint of the last finite state", r.returncode == 1 and "last finite state" in r.stderr and
          (folder / "diverged/checkpoint").exists(), r.stderr)
    check("one diverging member of two", "the loss of member 0" in r.stderr, r.stderr)
    again = run("resume", folder / "diverged", "-q")
    check("and it diverges again", again.returncode == 1 and again.stderr.split("; the last")[0] == r.stderr.split("; the last")[0], again.stderr)
    check("its status", json.loads((folder / "diverged/status.json").read_text())["state"] == "diverged")


def bad_data(folder):
    table = folder / "t.csv"

    def of(text, *extra):
        table.write_text(text)
        return ["train", "--data", f"csv:file={table}", "--model", "mlp:4", "--batch", 2, "--epochs", 1, *extra]

    good = "".join(f"{k},{k * k % 7},{'ab'[k % 2]}\n" for k in range(20))
    check("good", run(*of(good), "-q").returncode == 0, run(*of(good)).stderr)
    says("NaN", 3, "t.csv", *of(good + "nan,1,a\n"))
    says("a word for a number", 3, "t.csv", *of(good + "x,1,a\n"))
    says("a ragged row", 3, "t.csv", *of(good + "1,a\n"))
    says("a missing class", 3, "class 2 of 3 is missing in the 10 training rows",  # its only row is half of itself, rounded up
         *of(good + "1,1,c\n", "--test", 0, "--validation", 0.5))
    says("one class", 3, "nothing to tell apart", *of("1,a\n2,a\n3,a\n4,a\n"))
    table.write_text("1,2\n3,4\n")
    says("no labels", 3, "neither labels nor targets", "train", "--data", f"csv:file={table},label=none", "--model", "mlp:4")
    job = of(good, "--out", folder / "changed")
    check("a run of a file", run(*job, "-q").returncode == 0)
    provenance = json.loads((folder / "changed/provenance.json").read_text())["inputs"]
    check("its fingerprint", provenance[0]["sha256"] == hashlib.sha256(table.read_bytes()).hexdigest(), provenance)
    table.write_text(good + "9,9,a\n")
    says("changed data", 3, "an input file has changed", "resume", folder / "changed")
    says("missing file", 1, "nothing.csv", "train", "--data", f"csv:file={folder}/nothing.csv", "--model", "mlp:4")
    idx = folder / "images"
    idx.write_bytes(struct.pack(">4i", 0x803, 5, 2, 2) + bytes(19))
    (folder / "labels").write_bytes(struct.pack(">2i", 0x801, 5) + bytes([0, 1, 0, 1, 0]))
    job = ["train", "--data", f"idx:images={idx},labels={folder}/labels", "--model", "mlp:4", "--batch", 1, "--epochs", 1]
    says("truncated IDX", 3, "images", *job)
    says("no such directory", 1, "/nonexistent", *DIGITS, "--out", "/nonexistent/a")
    says("no board", 1, "/nonexistent", *DIGITS, "--tensorboard", "/nonexistent/a")
    with open("/dev/full", "w") as full:
        r = subprocess.run([TEMPER, *map(str, DIGITS)], stdout=full, stderr=subprocess.PIPE, text=True)
        check("full disk", r.returncode == 1 and "No space left" in r.stderr, (r.returncode, r.stderr))

    def small():  # the disk is full after 64 kB
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))

    r = run(*DIGITS, "--model", "mlp:100", "--out", folder / "full", preexec_fn=small)
    check("full disk in the run directory", r.returncode == 1 and "checkpoint" in r.stderr and "File too large" in r.stderr, (r.returncode, r.stderr))
    r = run("resume", folder / "full")
    check("and it can be done again", r.returncode == 0 and "# hash" in r.stdout, r.stderr)


def terminal(_):
    main, other = pty.openpty()
    job = sized([])
    p = subprocess.Popen([TEMPER, *map(str, job)], stdout=subprocess.DEVNULL, stderr=other, env=dict(os.environ, TERM="xterm", COLUMNS="100"))
    os.close(other)
    seen = b""
    try:
        while piece := os.read(main, 65536):
            seen += piece
    except OSError:
        pass
    p.wait()
    os.close(main)
    check("bar", all(w in seen.decode() for w in ("█", "training", "loss 0.", "accuracy 0.", "left", "T 0")), seen[-300:])
    check("silence", run(*DIGITS, "--quiet").stderr == "")


STAGES = {"numbers": numbers, "bits": bits, "interrupted": interrupted, "directory": directory, "predicting": predicting, "examples": examples,
          "wrong_words": wrong_words, "bad_data": bad_data, "terminal": terminal}
for stage in sys.argv[2:] or STAGES:
    with tempfile.TemporaryDirectory() as name:
        STAGES[stage](pathlib.Path(name))
end()

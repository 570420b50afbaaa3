"""temper study: a small one end to end, kill and resume to the same hash, edits, divergence, and the sentences for everything that is wrong."""
import json, math, os, pathlib, signal, subprocess, tempfile, time
from rig import TEMPER, check, end, run, says

SMALL = """
title = "Small <study>"
seeds = 3
budget = 6
judge = ["nll", "accuracy"]
choose_by = "nll"
stress = {stress}
reference = "sgd"
[train]
scaling = "standard"
[data.digits]
data = "digits"
model = "mlp:16"
[method.sgd]
dynamics = "sgd:momentum=0.9"
tune.dynamics.rate = [0.02, 0.05]
[method.wild]
dynamics = "sgd:momentum=0.9"
tune.dynamics.rate = [1e5, 1e6]
[method.cold]
dynamics = "sghmc:momentum=0.9"
tune.temperature = [0.001, 0.01]
[method.four]
dynamics = "sgd:momentum=0.9,rate=0.05"
ensemble = "seeds:members=3"
[variance]
seeds = 2
vary = "init"
[temperature]
method = "cold"
values = [0.001, 0.1]
""".replace("{stress}", "true")


OTHER = """
[data.again]
data = "digits"
model = "mlp:4"
"""

TINY = """
seeds = 1
budget = 600
[train]
model = "mlp:8"
[data.digits]
data = "digits"
[method.sgd]
[method.adam]
dynamics = "adam"
"""


def study(file, out, *more):
    r = run("study", file, "--out", out, "--json", "--quiet", *more)
    check(f"study {more}", r.returncode == 0, r.stderr)
    return json.loads(r.stdout) if r.returncode == 0 else {}


def without_seconds(tree):
    if isinstance(tree, dict):
        return {k: without_seconds(v) for k, v in tree.items() if k not in ("cost",)}
    return [without_seconds(v) for v in tree] if isinstance(tree, list) else tree


def stamp(path):
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:  # taken away a moment ago
        return None


def stamps(folder):
    return {p: p.stat().st_mtime_ns for p in pathlib.Path(folder).glob("runs/*/*/*/results.json")}


def pooled_errors(folder, results):
    """The errors of nll_of_k_seeds from forecasts of single runs: of k = 2 of 3, those of a jackknife that leaves out one."""
    rate, p = results["chosen"].split("=")[1], []
    for r in range(3):
        out = pathlib.Path(folder, f"alone{r}")
        run("train", "--data", "digits", "--model", "mlp:16", "--dynamics", f"sgd:momentum=0.9,rate={rate}", "--epochs", 6, "--scaling", "standard",
            "--first", r, "--out", out, "--quiet")
        rows = [line.split(",") for line in (out / "predictions.csv").read_text().split()[1:]]
        p.append([float(row[3 + int(row[1])]) for row in rows])
    nll = lambda *of: sum(-math.log(sum(q) / len(of)) for q in zip(*of)) / len(p[0])
    for k, parts in ((1, [nll(q) for q in p]), (2, [nll(p[0], p[1]), nll(p[1], p[2]), nll(p[2], p[0])])):
        mean = sum(parts) / 3
        error = math.sqrt(sum((x - mean) ** 2 for x in parts) / 3 * k / (3 - k))
        got = results["nll_of_k_seeds"][k - 1], results["nll_of_k_seeds_error"][k - 1]
        check(f"pooled: {k} of 3", abs(got[0] - mean) < 1e-9 and abs(got[1] - error) < 1e-9, (got, mean, error))
    check("pooled: one choice of all", results["nll_of_k_seeds_error"][2] is None)


def afresh(folder):
    """One seed proves nothing; --force is stopped with 75 and goes on where it was; networks of something else are told."""
    file, out = pathlib.Path(folder, "tiny.toml"), pathlib.Path(folder, "tiny")
    file.write_text(TINY)
    first = study(file, out)
    check("one seed: not tested", "! digits: not tested against sgd: adam" in first["verdict"] and "no significant" not in first["verdict"], first["verdict"])
    told = (out / "results.md").read_text()
    check("nothing was chosen", "settings are as given" in told and "were chosen" not in told + (out / "report.html").read_text(), told[-300:])
    before, stopped = stamps(out), False
    sgd = out / "runs/digits/sgd/final/results.json"
    process = subprocess.Popen([TEMPER, "study", file, "--out", out, "--quiet", "--force", "--threads", "1"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    while process.poll() is None and stamp(sgd) in (None, before[sgd]):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    said = process.communicate()[1]
    if "in job 2 of 2" in said:
        stopped = True
        check("stopped with a way to go on", process.returncode == 75, process.returncode)
    halfway = stamps(out)
    again = run("resume", out, "--json", "--quiet")
    check("forced to the same numbers", again.returncode == 0 and without_seconds(json.loads(again.stdout)) == without_seconds(first), again.stderr)
    check("stopped between its runs", stopped, said)
    if stopped:
        check("what is done again is not done a third time", stamps(out)[sgd] == halfway[sgd] != before[sgd])
        check("and the rest is done again", all(t != before[p] for p, t in stamps(out).items()))
    net = out / "runs/digits/sgd/final/network.json"
    tree = json.loads(net.read_text())
    net.write_text(json.dumps({**tree, "loss": "squared", "shift": [0] * 74, "scale": [1] * 74, "noise": [1] * 10}))
    says("networks of something else", 3, "network.json: these networks were not trained on digits", "study", file, "--out", out, "--quiet")


def whole(folder):
    file = pathlib.Path(folder, "small.toml")
    file.write_text(SMALL)
    plan = run("study", file, "--plan")
    check("plan", plan.returncode == 0 and "trial_2" in plan.stdout and not pathlib.Path(folder, "small-study").exists(), plan)
    out = pathlib.Path(folder, "a")
    first = study(file, out, "--threads", 1)
    if not first:
        return
    results = first["results"]["digits"]
    check("schema", first["schema"] == "temper.study/1" and first["reference"] == "sgd")
    check("diverged is a result", results["wild"]["failed"] and not results["wild"]["scores"] and "all trials diverged" in first["verdict"], results["wild"])
    trials = results["sgd"]["trials"]
    best = min(trials, key=lambda t: t["validation"])
    check("chosen by the validation rows", results["sgd"]["chosen"] == "rate=" + best["dynamics.rate"], results["sgd"])
    recipe = (out / "runs/digits/sgd/final/recipe.toml").read_text()
    check("the chosen rate is that of the final run", f"rate={best['dynamics.rate']}" in recipe, recipe)
    tuned = (out / "runs/digits/sgd/trial_1/recipe.toml").read_text()
    check("other seeds", "first = 100000\n" in tuned and "seeds = 2\n" in tuned and "first = 0\n" in recipe and "seeds = 3\n" in recipe)
    check("an equal budget is divided", results["four"]["gradients"] == results["sgd"]["gradients"], results["four"])
    check("tested", {(t["method"], t["score"]) for t in first["tests"]} == {(m, s) for m in ("cold", "four") for s in ("nll", "accuracy")})
    check("corrected upwards", all(t["p_corrected"] >= t["p"] for t in first["tests"]))
    own = json.loads((out / "runs/digits/sgd/final/results.json").read_text())
    check("numbers of the run", own["test"]["nll"]["mean"] == results["sgd"]["scores"]["nll"]["mean"])
    pooled = results["sgd"]["nll_of_k_seeds"]
    check("pooled: one seed", abs(pooled[0] - own["test"]["nll"]["mean"]) < 1e-12, pooled)
    check("pooled: all seeds", abs(pooled[2] - own["ensemble"]["nll"]["value"]) < 1e-12, pooled)
    pooled_errors(folder, results["sgd"])
    check("uneven trials are told", "not tuned alike" in first["verdict"])
    page = (out / "report.html").read_text()
    check("page", "Small &lt;study&gt;" in page and "Corrupted inputs" in page and "<script src" not in page and "http://" not in page.replace("http://www.w3.org", ""))
    check("markdown", "| method | chosen |" in (out / "results.md").read_text())
    stress = out / "runs/digits/sgd/final/robustness.json"
    text = stress.read_text()
    stress.write_text(text.replace('"blur": ', '"<script>alert(1)</script>": '))
    study(file, out)
    check("names of a file are no markup", "<script>alert(1)" not in (out / "report.html").read_text())
    stress.write_text(text)
    before = stamps(out)
    check("again: nothing is done twice", without_seconds(study(file, out)) == without_seconds(first) and stamps(out) == before)
    file.write_text(SMALL.replace("[0.02, 0.05]", "[0.02, 0.06]"))
    edited = study(file, out)
    changed = {p.parent.name for p, t in stamps(out).items() if before.get(p) != t}
    check("an edit runs again what it touches", "trial_2" in changed and "trial_1" not in changed, changed)
    check("and the rest is the same", edited["results"]["digits"]["cold"] == first["results"]["digits"]["cold"])
    interrupt(folder, without_seconds(first))


def interrupt(folder, want):
    """Stopped and killed again and again, it ends with the same numbers."""
    file, out = pathlib.Path(folder, "small.toml"), pathlib.Path(folder, "b")
    file.write_text(SMALL)
    command, code, stops = [TEMPER, "study", file, "--out", out, "--quiet", "--threads", "2"], 75, 0
    for k in range(12):
        process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        time.sleep(0.15 + 0.1 * (k % 4))
        process.send_signal(signal.SIGINT if k % 2 else signal.SIGKILL)
        said = process.communicate()[1]
        if k % 2 and process.returncode == 75:
            stops += 1
            check("says how to go on", f"temper resume {out}" in said, said)
        if process.returncode == 0:
            break
        if (out / "study.toml").exists():
            command = [TEMPER, "resume", out, "--quiet"]
    done = run("resume", out, "--json", "--quiet")
    check("resumed to the end", done.returncode == 0, done.stderr)
    check("the same numbers", done.returncode == 0 and without_seconds(json.loads(done.stdout)) == want)
    check("it was stopped on the way", stops > 0, stops)


WRONG = [
    ("no file", None, 1, "nowhere.toml"),
    ("not toml", SMALL.replace("seeds = 3", "seeds == 3"), 3, "line 3: "),
    ("a key nobody knows", SMALL.replace("choose_by", "chose_by"), 2, "line 6: a study has no key 'chose_by'; did you mean 'choose_by'?"),
    ("a flag nobody knows", SMALL.replace("scaling", "scalin"), 2, "line 10: [train]: train: there is no option 'scalin'; did you mean 'scaling'?"),
    ("a value out of range", SMALL.replace("seeds = 3", "seeds = 0"), 2, "line 3: seeds is not a whole number in 1"),
    ("what the study decides", SMALL.replace('model = "mlp:16"', "epochs = 3"), 2, "line 13: [data.digits]: epochs is decided by the study"),
    ("a reference nobody knows", SMALL.replace('"sgd"\n', '"sgdd"\n'), 2, "line 8: there is no [method.sgdd]; did you mean 'sgd'?"),
    ("a score nobody knows", SMALL.replace('choose_by = "nll"', 'choose_by = "nl"'), 2, "line 6: choose_by: [data.digits] has no score 'nl'; did you mean 'nll'?"),
    ("a score to judge by that nobody knows", SMALL.replace('"nll", "accuracy"]', '"nll", "acuracy"]'), 2, "line 5: judge: there is no score 'acuracy'; did you mean 'accuracy'?"),
    ("an option that the dynamics lacks", SMALL.replace("tune.dynamics.rate = [0.02", "tune.dynamics.rat = [0.02"), 2, "line 14: [method.sgd] on [data.digits]: "),
    ("a thing that has no options", SMALL.replace("tune.dynamics.rate = [0.02", "tune.dynamic.rate = [0.02"), 2, "did you mean 'dynamics'?"),
    ("given and tuned", SMALL.replace('momentum=0.9"\ntune.dynamics.rate = [0.02', 'rate=0.9"\ntune.dynamics.rate = [0.02'), 2, "gives it already"),
    ("no validation rows", SMALL.replace('scaling = "standard"', "validation = 0"), 2, "has no validation rows to choose settings on"),
    ("no test rows", SMALL.replace('scaling = "standard"', "test = 0"), 2, "has no test rows"),
    ("no model", SMALL.replace('model = "mlp:16"', ""), 2, "needs the option model"),
    ("a source nobody knows", SMALL.replace('vary = "init"', 'vary = "inti"'), 2, "is none of init, order"),
    ("no methods", SMALL.split("[method")[0], 2, "[method.NAME]"),
    ("a name that is no folder", SMALL.replace("[method.four]", "[method.'../x']"), 2, "a name is at most 40 letters"),
    ("tuning what the study decides", SMALL.replace("tune.dynamics.rate = [0.02, 0.05]", "tune.steps = [10, 400]"), 2, "line 16: [method.sgd]: steps is decided by the study"),
    ("tuning the split", SMALL.replace("tune.dynamics.rate = [0.02, 0.05]", "tune.split_seed = [0, 1]"), 2, "split_seed must be the same for all methods"),
    ("a method with test rows of its own", SMALL.replace("tune.dynamics.rate = [0.02, 0.05]", "test = 0.1"), 2, "line 16: [method.sgd]: test must be the same for all methods"),
    ("a judge nobody knows, of two sets", SMALL.replace('"nll", "accuracy"]', '"nll", "acuracy"]') + OTHER, 2, "line 5: judge: there is no score 'acuracy'; did you mean 'accuracy'?"),
    ("coverage as a judge", SMALL.replace('"nll", "accuracy"]', '"coverage_90"]') + OTHER, 2, "line 5: judge: coverage_90 is best in the middle"),
    ("a corruption nobody knows", SMALL.replace("stress = true", 'stress.corruptions = "blurr"'), 2, "line 7: [stress]: stress: corruptions: there is no 'blurr'; did you mean 'blur'?"),
    ("a bad option of the stress test", SMALL.replace("stress = true", "stress.severitie = 1"), 2, "line 7: [stress]: stress: there is no option 'severitie'; did you mean 'severities'?"),
]


def wrong(folder):
    for name, text, code, words in WRONG:
        file = pathlib.Path(folder, "nowhere.toml" if text is None else "wrong.toml")
        if text is not None:
            file.write_text(text)
        says(name, code, words, "study", file, "--out", os.path.join(folder, "w"), "--quiet")


with tempfile.TemporaryDirectory() as folder:
    wrong(folder)
    whole(folder)
    afresh(folder)
    other = run("train", "--data", "digits", "--model", "mlp:4", "--epochs", 1, "--out", os.path.join(folder, "run"), "--quiet")
    pathlib.Path(folder, "small.toml").write_text(SMALL)
    says("a run that is no study", 2, "holds a run that is no study", "study", os.path.join(folder, "small.toml"), "--out", os.path.join(folder, "run"), "--quiet")
end()

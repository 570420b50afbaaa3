#!/usr/bin/env python3
"""temper landscape, and temper measure on networks and potentials: equal bits on threads and cpu levels and after a kill, numbers that agree
however they are come by, files that others read, wrong inputs that are refused in one sentence.

Needs only the standard library. The program is $TEMPER_BIN or the first argument; further ones choose stages."""
import csv, json, math, os, pathlib, shutil, signal, struct, subprocess, sys, tempfile, time

from rig import LEVELS, TEMPER, check, end, report, run, says

NET = ["--data", "digits", "--model", "mlp:16", "--epochs", 10, "--seeds", 3, "--test", 0.25, "--samples", 4, "--samples-from", 0]
NORMED = "graph:conv 4 3 pad=1; batch_norm; relu; save a; conv 4 3 pad=1; batch_norm; add a; relu; global_pool; dense 10"
nets = {}  # name: folder, trained once


def net(name, folder):
    if name not in nets:
        place = folder / name
        more = {"mlp": [], "bn": ["--model", NORMED, "--seeds", 1], "curve": ["--data", "function:sin(3*x); n=64", "--model", "mlp:8,8", "--seeds", 1, "--batch", 16]}[name]
        r = run("train", *NET, *more, "--out", place, "--quiet")
        check(f"a network to look at: {name}", r.returncode == 0, r.stderr)
        nets[name] = place
    return nets[name]


# What is asked of every survey: a name, the verb and its options, of which network (None: a potential).
SURVEYS = [
    ("slice", "landscape", ["--what", "slice", "--x=-1:1:9", "--fields", "loss,error,test_loss,gradient,principal"], "mlp"),
    ("line", "landscape", ["--what", "slice", "--x=-1:1:9", "--y", "none", "--directions", "hessian"], "mlp"),
    ("trajectory", "landscape", ["--directions", "trajectory", "--x=-1:1:5"], "mlp"),
    ("gradient", "landscape", ["--directions", "gradient", "--x=-1:1:5", "--y", "none", "--rows", 100], "mlp"),
    ("batch norms, eval", "landscape", ["--x=-1:1:5"], "bn"),
    ("batch norms, train", "landscape", ["--x=-1:1:5", "--bn", "train"], "bn"),
    ("batch norms, frozen", "landscape", ["--x=-1:1:5", "--bn", "frozen"], "bn"),
    ("a function", "landscape", ["--x=-1:1:5", "--directions", "hessian"], "curve"),
    ("projections", "landscape", ["--what", "projections", "--draws", 20, "--x=-1:1:5"], "mlp"),
    ("line between", "landscape", ["--what", "path", "--to", "member:1", "--points", 5], "mlp"),
    ("aligned", "landscape", ["--what", "path", "--to", "member:1", "--points", 5, "--align"], "mlp"),
    ("bezier", "landscape", ["--what", "path", "--to", "member:1", "--points", 5, "--curve", "bezier", "--steps", 20], "mlp"),
    ("band", "landscape", ["--what", "path", "--to", "member:1", "--points", 5, "--curve", "band", "--steps", 5], "mlp"),
    ("saddle", "landscape", ["--what", "saddle", "--steps", 5], "mlp"),
    ("flatness", "measure", ["--what", "flatness", "--rows", 100, "--walk", 8, "--products", 20], "mlp"),
    ("llc", "measure", ["--what", "llc", "--rows", 100, "--walk", 20], "bn"),
    ("sensitivity", "measure", ["--what", "sensitivity", "--rows", 100], "bn"),
    ("sensitivity of a function", "measure", ["--what", "sensitivity"], "curve"),
    ("flatness of a potential", "measure", ["--potential", "funnel:dim=3", "--what", "flatness", "--walk", 20], None),
    ("simple", "landscape", ["--potential", "x^4/4 - x^2/2", "--temperature", "1,0.5", "--steps", 500, "--chains", 8, "--escape", "none"], None),
    ("simple, a plane", "landscape", ["--potential", "(x^2-1)^2 + 2*(y - x/2)^2", "--temperature", "0,0.5", "--steps", 500, "--chains", 8], None),
    ("simple, escape", "landscape", ["--potential", "x^4/4 - x^2/2", "--temperature", 1, "--steps", 1000, "--chains", 8], None),
    ("simple, cooled", "landscape", ["--potential", "x^4/4 - x^2/2", "--temperature", 1, "--cooling", "exponential:to=0.01", "--steps", 500, "--chains", 8], None),
    ("response", "measure", ["--potential", "x^4/4 - x^2/2", "--what", "response", "--chains", 8, "--steps", 200], None),
    ("response of a network", "measure", ["--what", "response", "--chains", 3, "--steps", 4, "--rows", 50], "mlp"),
    ("work of a network", "measure", ["--what", "work", "--to", "part:test", "--rows", 10, "--chains", 3, "--steps", 4], "mlp"),
    ("work", "measure", ["--potential", "x^2/2 + y^2", "--to", "2*x^2 + y^2", "--what", "work", "--chains", 50, "--steps", 32], None),
]


def bits(folder):
    """One hash for each survey, whatever computes it."""
    for name, verb, options, of in SURVEYS:
        job = [verb, *([net(of, folder)] if of else []), *options]
        first = report(*job)
        check(f"{name}: a hash", len(first.get("hash", "")) == 64, first.keys())
        check(f"{name}: says what it is", first.get("schema", "").startswith(f"temper.{verb}."), first.get("schema"))
        for threads in (1, 3):
            check(f"{name}: {threads} threads", report(*job, "--threads", threads).get("hash") == first.get("hash"))
        for level in {LEVELS[0], LEVELS[-1]}:
            check(f"{name}: --cpu {level}", report(*job, "--cpu", level).get("hash") == first.get("hash"))


def slices(folder):
    """The centre is where one stands; axes and files say the same; curvature along an eigenvector is its eigenvalue."""
    place, out = net("mlp", folder), folder / "slice"
    r = report("landscape", place, "--x=-1:1:9", "--y=-2:2:5", "--directions", "hessian", "--out", out)
    loss, n = r["fields"]["loss"], 9 * 5
    check("grid", len(loss) == n and r["points"] == n == r["computed"])
    check("centre", abs(loss[2 * 9 + 4] - r["loss"]) < 1e-6 * r["loss"], (loss[2 * 9 + 4], r["loss"]))
    for axis, end_ in zip(r["axes"], ("top", "bottom")):
        check(f"curvature along {axis['label']}", abs(axis["curvature"] - axis["eigenvalue"]) < 1e-3 * abs(r["axes"][0]["eigenvalue"]), axis)
    check("largest before smallest", r["axes"][0]["eigenvalue"] > abs(r["axes"][1]["eigenvalue"]))
    with open(out / "slice.csv") as file:
        rows = list(csv.DictReader(file))
    check("slice.csv", len(rows) == n and all(abs(float(row["loss"]) - u) <= 1e-12 * abs(u) for row, u in zip(rows, loss)), rows[0])
    names = {p.name for p in out.iterdir()}
    check("files", {"slice.csv", "slice.npz", "slice.vti", "slice.vtp", "report.html", "recipe.toml", "results.json"} <= names, names)
    page = (out / "report.html").read_text()
    check("the page", "<svg" in page and "surface" in page and "http://" not in page.replace("http://www.w3.org", ""), len(page))
    vti = (out / "slice.vti").read_bytes()
    check("slice.vti", b"ImageData" in vti and b"WholeExtent" in vti)
    same = report("landscape", place, "--x=-1:1:9", "--y=-1:1:9", "--xnorm", "filter", "--xignore", "biasbn", "--ynorm", "filter", "--yignore", "biasbn",
                  "--dir_type", "weights")
    check("the other spelling", same["hash"] == report("landscape", place, "--x=-1:1:9")["hash"])
    shutil.copytree(place, folder / "elsewhere")
    ways = [report("landscape", at, "--what", "path", "--to", to, "--points", 3)["hash"] for at, to in ((place, place), (folder / "elsewhere", folder / "elsewhere"))]
    check("a hash of numbers, not of places", ways[0] == ways[1])
    test = report("landscape", place, "--x=-1:1:3", "--part", "test")
    check("test rows as the population", abs(test["loss"] - r["fields"]["test_loss"][2 * 9 + 4]) < 1e-5, test["loss"])


def curvature(folder):
    """A quadratic form exactly; of a network the parts make up the whole, and bounds hold what they bound."""
    r = report("measure", "--potential", "x^2 + 3*y^2 - z^2/2", "--what", "curvature", "--pairs", 2)
    check("trace of a form", abs(r["trace"]["value"] - 7) < 1e-12 and r["trace"]["error"] == 0 and abs(r["frobenius"] - 41 ** 0.5) < 1e-12, r["trace"])
    check("eigenvalues of a form", all(abs(a - b) < 1e-10 for a, b in zip(r["eigenpairs"]["value"], (6, 2, -1))), r["eigenpairs"])
    check("index of a form", abs(r["negative_share"]["value"] - 1 / 3) < 1e-12 and abs(r["negative_threshold"] - 6e-3) < 1e-9, r["negative_share"])
    check("energies of a form", abs(r["trace_by_differences"]["value"] - 7) < 1e-6 and "kinks included" in r["trace_by_differences_of"], r["trace_by_differences"])
    place = net("mlp", folder)
    job = ["measure", place, "--what", "curvature", "--rows", 200, "--lanczos", 40]
    r = report(*job, "--layers", "each", "--pairs", 3)
    parts = r["layer_traces"]
    total, error = sum(p["trace"]["value"] for p in parts), sum(p["trace"]["error"] for p in parts) + r["trace"]["error"]
    check("layers make up the whole", sum(p["parameters"] for p in parts) == r["dimension"] and abs(total - r["trace"]["value"]) < 4.5 * error, (total, r["trace"]))
    first = report(*job, "--layers", parts[0]["layer"], "--pairs", 1, "--probes", 0)
    check("one of them", first["dimension"] == parts[0]["parameters"] and
          abs(first["trace"]["value"] - parts[0]["trace"]["value"]) < 4.5 * (first["trace"]["error"] + parts[0]["trace"]["error"]), (first["trace"], parts[0]))
    values, d = r["eigenpairs"]["value"], r["density"]
    check("three at the top, one at the bottom", len(values) == 4 and values == sorted(values, reverse=True) and values[3] < 0 < values[2], values)
    check("norm and largest", values[0] <= r["frobenius"] + 4.5 * r["frobenius_error"], (values, r["frobenius"]))
    check("moment and trace", abs(d["moments"][0] * r["dimension"] - r["trace"]["value"]) < 4.5 * (d["moment_errors"][0] * r["dimension"] + r["trace"]["error"]), d)
    check("a band that says something", d["band"] < 0.1 and d["band_resolution"] < 0.05 * values[0], d)
    slope = report("measure", "--potential", "3*x + 4*y", "--what", "curvature", "--pairs", 0, "--products", 0, "--probes", 0)
    check("slope", abs(slope["gradient_norm"] - 5) < 1e-12, slope["gradient_norm"])
    says("layers that nobody looks at", 2, "looks at all of the coordinates", "measure", place, "--what", "flatness", "--layers", "0")
    says("each layer of what", 2, "layers=each", "landscape", place, "--layers", "each")
    out = folder / "spectrum"
    check("a page", run(*job, "--out", out, "--quiet").returncode == 0)
    page = (out / "report.html").read_text()
    check("two figures side by side", page.count('<div class="figures">') == 1 and page.split('<div class="figures">')[1].split("</div>")[0].count("<figure") == 2)


def killed(folder):
    """A slice that is stopped goes on to the same bits."""
    place, out = net("mlp", folder), folder / "killed"
    job = ["landscape", str(place), "--x=-1:1:17", "--fields", "loss,gradient,top", "--threads", "1", "--checkpoint", "0.05"]
    whole = report(*job)
    p = subprocess.Popen([TEMPER, *job, "--out", str(out), "--quiet"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    for _ in range(2000):
        if any(out.glob("slice.state*")) or p.poll() is not None:
            break
        time.sleep(0.01)
    p.send_signal(signal.SIGINT)
    said = p.communicate(timeout=60)[1]
    check("Ctrl-C", p.returncode == 75 and "resume" in said, (p.returncode, said))
    check("resumed", report("resume", out).get("hash") == whole["hash"])
    p = subprocess.Popen([TEMPER, *job, "--out", str(out), "--force", "--quiet"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    p.kill()
    p.wait()
    check("resumed after a kill", report("resume", out).get("hash") == whole["hash"])


def again(folder):
    """Surveys that keep nothing on the way are stopped, and start over: to the same hash."""
    place = net("mlp", folder)
    for name, job in [("flatness", ["measure", place, "--what", "flatness", "--walk", 40]),
                      ("curve", ["landscape", place, "--what", "path", "--to", "member:1", "--curve", "bezier", "--steps", 800]),
                      ("sensitivity", ["measure", place, "--what", "sensitivity"]),
                      ("projections", ["landscape", place, "--what", "projections", "--draws", 600, "--x=-1:1:15"])]:
        job, out = list(map(str, job + ["--threads", 1])), folder / f"again_{name}"
        p = subprocess.Popen([TEMPER, *job, "--out", str(out), "--quiet"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while not (out / "recipe.toml").exists() and p.poll() is None:
            time.sleep(0.01)
        time.sleep(0.1)
        p.send_signal(signal.SIGINT)
        said = p.communicate(timeout=60)[1]
        whole = report(*job)
        if p.returncode == 0:  # it was faster
            check(f"{name}: finished", json.loads((out / "results.json").read_text())["hash"] == whole["hash"])
            continue
        check(f"{name}: stopped", p.returncode == 75 and f"temper resume {out}" in said, (p.returncode, said))
        check(f"{name}: resumed", report("resume", out).get("hash") == whole["hash"])


def wrong(folder):
    """One sentence, exit code 2 or 3, nothing lost."""
    place = net("mlp", folder)
    says("nothing to look at", 2, "of what?", "landscape")
    says("what", 2, "did you mean 'slice'", "landscape", place, "--what", "slise")
    says("of a potential", 2, "which there are of a potential", "landscape", "--potential", "x^2", "--what", "flatness")
    says("both", 2, "one of them is enough", "landscape", place, "--potential", "x^2")
    says("no run", 1, "network.json", "landscape", folder / "nothing")
    says("member", 2, "outside 0 ... 2", "landscape", place, "--member", 3)
    says("bn", 2, "did you mean 'eval'", "landscape", place, "--bn", "evla")
    says("part", 2, "did you mean 'training'", "landscape", place, "--part", "trainng")
    says("layers", 2, "names no layer", "measure", place, "--what", "curvature", "--layers", "77")
    says("layers", 2, "legal are all, weights, and numbers", "measure", place, "--what", "curvature", "--layers", "first")
    says("operator", 2, "did you mean 'hessian'", "measure", place, "--operator", "hesian")
    says("axis", 2, "x", "landscape", place, "--x=1:1:1")
    says("direction", 2, "did you mean 'random'", "landscape", place, "--directions", "randon")
    says("states", 2, "states", "landscape", place, "--dir_type", "states")
    says("formula", 2, "did you mean 'sin'", "landscape", "--potential", "sni(x)")
    says("formula", 2, "column", "landscape", "--potential", "x^^2")
    says("end of a path", 2, "--to", "landscape", place, "--what", "path")
    says("end of a path", 2, "outside 0 ... 2", "landscape", place, "--what", "path", "--to", "member:9")
    says("another network", 3, "not the", "landscape", place, "--what", "path", "--to", net("bn", folder))
    says("foreign data", 3, "features", "landscape", place, "--data", "spirals")
    says("model file", 1, "nothing.onnx", "landscape", folder / "nothing.onnx", "--data", "digits")
    (folder / "junk.onnx").write_bytes(b"\x08\x07junk")
    says("junk", 3, "junk.onnx", "landscape", folder / "junk.onnx", "--data", "digits")
    says("no data", 2, "--data says", "landscape", folder / "junk.onnx")
    out = folder / "kept"
    check("a run", run("landscape", place, "--x=-1:1:3", "--out", out, "--quiet").returncode == 0)
    says("a run is there", 2, "--force", "landscape", place, "--x=-1:1:3", "--out", out)


STAGES = {"bits": bits, "slices": slices, "curvature": curvature, "killed": killed, "again": again, "wrong": wrong}
with tempfile.TemporaryDirectory() as scratch:
    for stage in sys.argv[2:] or STAGES:
        STAGES[stage](pathlib.Path(scratch))
end()

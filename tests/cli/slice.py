#!/usr/bin/env python3
"""temper landscape --what slice and projections as their users meet them: words, numbers that agree with each other, files, stops, the same bits.

Needs only the standard library. The program is $TEMPER_BIN or the first argument; further ones choose stages."""
import csv, json, math, pathlib, signal, subprocess, sys, tempfile, time, zipfile

from rig import LEVELS, TEMPER, check, end, report, run, says


def trained(folder):
    out = folder / "net"
    if not out.exists():
        run("train", "--data", "digits", "--model", "mlp:16", "--epochs", 6, "--seeds", 3, "--samples", 8, "--samples-from", 0, "--out", out)
    return out


def near(a, b, tolerance):
    return abs(a - b) <= tolerance * max(abs(a), abs(b))


def numbers(folder):
    net = trained(folder)
    r = report("landscape", net, "--x=-1:1:11", "--y=-0.5:0.5:5", "--xnorm", "filter", "--xignore", "biasbn", "--dir_type", "weights")
    check("schema", r["schema"] == "temper.landscape.slice/1" and r["points"] == 55 and r["computed"] == 55, r.get("schema"))
    L = r["fields"]["loss"]
    check("the centre is the loss", near(L[2 * 11 + 5], r["loss"], 1e-6), (L[27], r["loss"]))
    check("fields", set(r["fields"]) == {"loss", "loss_error", "error", "test_loss", "test_error", "level"}, list(r["fields"]))
    check("no error where one stands", r["fields"]["loss_error"][27] < 1e-12 < r["fields"]["loss_error"][0], r["fields"]["loss_error"][27])
    axis = r["axes"][1]
    check("axis", (axis["from"], axis["to"], axis["points"], axis["norm"], axis["ignore"]) == (-0.5, 0.5, 5, "filter", "biasbn"), axis)
    valleys = r["valleys"]
    check("valleys", valleys[0]["birth"] == min(L) and valleys[0]["death"] is None and len(valleys) <= r["valleys_found"], valleys[0])

    # what a random direction bends by on average, foretold from its rule: seen over many directions
    for rule in (["--norm", "filter"], ["--norm", "layer", "--ignore", "none"], ["--norm", "weight"], ["--norm", "unit", "--ignore", "none"]):
        runs = [report("landscape", net, "--x=-1:1:2", "--fields", "loss", *rule, "--seed", k) for k in range(10)]
        v = [a["curvature_per_length2"] for r in runs for a in r["axes"]]
        mean, error = sum(v) / len(v), (sum((x - sum(v) / len(v)) ** 2 for x in v) / len(v) / (len(v) - 1)) ** 0.5
        usual, usual_error = runs[0]["axes"][0]["usual_per_length2"], runs[0]["axes"][0]["usual_error"]
        check(f"usual curvature {rule}", abs(mean - usual) < 4.5 * (error**2 + usual_error**2) ** 0.5 and 0 < usual_error < 0.3 * usual, (mean, error, usual, usual_error))
        if rule[1] == "unit":
            check("of unit length it is tr H/P", abs(usual - runs[0]["curvature"]["trace"] / runs[0]["parameters"]) < 4.5 * usual_error, runs[0]["axes"][0])
    check("two names", [a["label"] for a in runs[0]["axes"]] == ["random direction 1", "random direction 2"], runs[0]["axes"])

    r = report("landscape", net, "--directions", "hessian", "--x=-0.1:0.1:3", "--fields", "loss,gradient,principal,mean", "--precise")
    top, bottom = r["axes"]
    L, h = r["fields"]["loss"], 0.1
    check("top and bottom", top["eigenvalue"] > 0 > bottom["eigenvalue"] and near(top["eigenvalue"], r["curvature"]["top"], 1e-9), r["axes"])
    check("the plane shows them", near(r["fields"]["upper"][4], top["eigenvalue"], 1e-3) and abs(r["fields"]["lower"][4] - bottom["eigenvalue"]) < 1e-4,
          (r["fields"]["upper"][4], top, r["fields"]["lower"][4], bottom))
    check("mean", near(r["fields"]["mean"][4], (r["fields"]["upper"][4] + r["fields"]["lower"][4]) / 2, 1e-9))
    check("the cut bends by the eigenvalue", near((L[3] - 2 * L[4] + L[5]) / h**2, top["eigenvalue"], 0.05), (L[3:6], top))
    check("gradient", near(r["fields"]["gradient"][4], r["fields"]["gradient"][4], 0) and r["fields"]["gradient"][4] > abs(top["slope"]), top)

    r = report("landscape", net, "--directions", "trajectory", "--x=-1:1:5")
    way = r["trajectory"]
    check("the way ends here", len(way) == 8 and max(map(abs, way[-1]["at"])) < 1e-9 and near(way[-1]["plane_loss"], r["loss"], 1e-6), way[-1])
    check("it fits", max(abs(v) for w in way for v in w["at"]) < 1 + 1e-9 and 0 < sum(a["variance_share"] for a in r["axes"]) <= 1 + 1e-9, r["axes"])

    r = report("landscape", net, "--directions", "points", "--to", "member:1,member:2", "--x=0:1:2")
    there = report("landscape", net, "--member", 1, "--directions", "points", "--to", "member:0,member:2", "--x=0:1:2")
    check("three places", near(r["fields"]["loss"][1], there["loss"], 1e-5) and near(there["fields"]["loss"][1], r["loss"], 1e-5),
          (r["fields"]["loss"], there["fields"]["loss"]))
    check("orthogonal", "orthogonal" in run("landscape", "--help").stdout)


def projections(folder):
    net = trained(folder)
    r = report("landscape", net, "--what", "projections", "--draws", 200, "--x=-1:1:5", "--norm", "filter")
    p = r["projections"]
    check("schema", r["schema"] == "temper.landscape.projections/1" and p["products"] == 400, p)
    check("shares", near(p["saddle"] + p["minimum"] + p["maximum"], 1, 1e-9), p)
    check("mean of both is the trace", near((p["upper"] + p["lower"]) / 2, p["trace"], 1e-9), p)
    check("formula", near(p["saddle_theory"], math.exp(-p["trace"] ** 2 / 4 / p["frobenius"] ** 2) / math.sqrt(2), 1e-9) and
          near(p["upper_theory"], p["trace"] + p["frobenius"] * math.sqrt(math.pi / 2), 1e-9), p)
    check("two sides", r["random"]["axes"][0]["direction"] == "random" and r["hessian"]["axes"][0]["direction"] == "hessian")
    check("the Hessian's own lengths", near(r["hessian"]["axes"][0]["length"], 1, 1e-6), r["hessian"]["axes"][0])


def overflow(folder):
    """Where the loss is no number, neither is the share of wrong rows."""
    r = report("landscape", trained(folder), "--x=-1e30:1e30:3", "--rows", 50)["fields"]
    check("wrong of what is no number", [e is None for e in r["error"]] == [L is None for L in r["loss"]] and None in r["loss"], r["error"])


def flat(folder):
    """One dimension, and none that bends."""
    says("no planes in one dimension", 2, "no planes", "landscape", "--potential", "x^2", "--what", "projections")
    r = report("landscape", "--potential", "0*x + 0*y", "--what", "projections", "--draws", 10, "--x=-1:1:3")
    check("flat", ": flat." in r["verdict"], r.get("verdict"))
    for words in (["--what", "saddle"], ["--what", "slice", "--x=-1:1:3"], ["--what", "path", "--to", "1,1", "--points", 3]):
        r = run("landscape", "--potential", "0*x + 0*y", *words)
        check(f"nothing without meaning {words}", r.returncode == 0 and "nan" not in r.stdout and "inf" not in r.stdout and "-0 " not in r.stdout, r.stdout)


def files(folder):
    net, out = trained(folder), folder / "slice"
    r = report("landscape", net, "--x=-1:1:7", "--refine", 1, "--out", out)
    check("all there", {"slice.npz", "slice.csv", "slice.vti", "slice.vtp", "report.html", "results.json"} <= {p.name for p in out.iterdir()}, list(out.iterdir()))
    rows = list(csv.DictReader(open(out / "slice.csv")))
    check("csv", len(rows) == 13 * 13 and [float(row["loss"]) for row in rows] == r["fields"]["loss"], len(rows))
    check("levels", {row["level"] for row in rows} == {"0", "1", "interpolated"} and r["computed"] < r["points"])
    names = set(zipfile.ZipFile(out / "slice.npz").namelist())
    check("npz", {"x.npy", "y.npy", "loss.npy", "level.npy", "direction_0.npy", "direction_1.npy"} <= names, names)
    page = (out / "report.html").read_text()
    drawn = "".join(page.split("<svg")[1:]).split("<h2>Numbers")[0]
    check("page", 'class="surface"' in page and len(drawn) > 10000 and "nan" not in drawn and "inf" not in drawn, drawn[:200])
    again = report("landscape", net, "--directions", f"file:{out / 'slice.npz'}", "--x=-1:1:7", "--refine", 1)
    check("its own directions again", max(abs(a - b) for a, b in zip(again["fields"]["loss"], r["fields"]["loss"])) < 1e-6)


def bits(folder):
    net = trained(folder)
    words = ["landscape", net, "--x=-1:1:5", "--fields", "loss,test_error,gradient,principal", "--refine", 1, "--rows", 200]
    first = report(*words, "--threads", 1)
    for more in [("--threads", 2), *(("--cpu", level) for level in LEVELS)]:
        r = report(*words, *more)
        check(f"bits {more}", all(r[k] == first[k] for k in ("fields", "curvature", "valleys", "axes")), more)
    whole, cut = folder / "whole", folder / "cut"
    words = ["landscape", net, "--x=-1:1:9", "--fields", "loss,top,principal", "--rows", 200, "--quiet"]
    run(*words, "--out", whole)
    p = subprocess.Popen([TEMPER, *map(str, words), "--out", str(cut), "--checkpoint", "0.01"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while p.poll() is None and not (cut / "slice.state").exists():
        time.sleep(0.02)
    p.send_signal(signal.SIGKILL)
    p.wait()
    r = run("resume", cut)
    check("resumed", r.returncode == 0, r.stderr)
    for name in ("slice.csv", "slice.npz", "slice.vti", "slice.vtp", "results.json"):
        check(f"after a kill: {name}", (whole / name).read_bytes() == (cut / name).read_bytes())


def sentences(folder):
    net = trained(folder)
    for words, told in [(["--directions", "randm"], "did you mean 'random'"), (["--x=-1:1"], "expected from:to:points"), (["--fields", "los"], "did you mean 'loss'"),
                        (["--norm", "filtr"], "did you mean 'filter'"), (["--ignore", "bias"], "ignore=bias"),
                        (["--directions", "hessian+random+top"], "for 2 axes"), (["--directions", "gradient"], "one gradient"),
                        (["--directions", "points"], "--to"), (["--directions", "points", "--to", "member:9,member:1"], "member=9"),
                        (["--directions", "file:/nowhere.npz"], "nowhere.npz"), (["--x=1:1:5"], "two different ends"),
                        (["--x=-1:1:100000"], "at most 1e8")]:
        r = run("landscape", net, *words)
        check(f"refused: {words}", r.returncode != 0 and told in r.stderr and not r.stdout, r.stderr)
    r = run("landscape", net, "--dir_type", "states")
    check("refused: states", r.returncode != 0 and "weights" in r.stderr, r.stderr)


STAGES = {f.__name__: f for f in (numbers, projections, overflow, flat, files, bits, sentences)}
with tempfile.TemporaryDirectory() as scratch:
    for name in sys.argv[2:] or STAGES:
        STAGES[name](pathlib.Path(scratch))
end()

#!/usr/bin/env python3
"""temper measure --what flatness, llc and sensitivity, and temper train --monitor: numbers that agree with one another, runs compared, rank
correlations that are right, and a training that does not notice that it is watched.

Needs only the standard library. The program is $TEMPER_BIN or the first argument; further ones choose stages."""
import csv, json, math, pathlib, re, shutil, signal, subprocess, sys, tempfile, time

from rig import LEVELS, TEMPER, check, end, report, run, says

NET = ["train", "--data", "digits", "--model", "mlp:16", "--epochs", 8, "--test", 0.25]


def ranks(x):
    return [sum(b < a for b in x) + (sum(b == a for b in x) + 1) / 2 for a in x]


def correlation(x, y):
    mx, my = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mx) * (b - my) for a, b in zip(x, y)) / math.sqrt(sum((a - mx) ** 2 for a in x) * sum((b - my) ** 2 for b in y))


def stands(page):
    """Each figure is in a grid of figures or thumbnails."""
    depth, inside = 0, []
    for tag in re.findall(r"<div[^>]*>|</div>|<figure", page.read_text()):
        if tag == "</div>":
            inside.pop()
        elif tag.startswith("<div"):
            inside.append("figures" in tag or "thumbs" in tag)
        elif not any(inside):
            return False
    return True


def flatness(folder):
    """One table of all measures; more networks bring scores and rank correlations, found again here from the table itself."""
    for k, rate in enumerate((0.05, 0.005)):
        r = run(*NET, "--seeds", 3, "--dynamics", f"sgd:rate={rate}", "--out", folder / f"n{k}", "--quiet")
        check("a network", r.returncode == 0, r.stderr)
    job = ["measure", folder / "n0", "--what", "flatness", "--rows", 200, "--walk", 8]
    r = report(*job, "--with", folder / "n1", "--out", folder / "flat")
    check("schema", r["schema"] == "temper.measure.flatness/1", r["schema"])
    m = {x["name"]: x for x in r["measures"]}
    check("all measures, with errors and costs", len(m) == 16 and all(x["gradients"] > 0 or n == "frobenius" for n, x in m.items()), m)
    check("the worst is worse than the first step", m["worst_case"]["value"] >= m["sam_sharpness"]["value"] - 1e-7, m)
    check("the average is a share of the trace", abs(m["average_case"]["value"] - 0.05**2 * m["trace"]["value"] / 2 / r["parameters"]) <
          4.5 * m["average_case"]["error"] + 0.3 * m["average_case"]["value"], (m["average_case"], m["trace"]))
    check("shells", [len(r["franz_parisi"]), r["franz_parisi"][0]["distance"] > 0] == [5, True])
    nets = r["networks"]
    check("all members of both runs", [(n["run"], n["member"]) for n in nets] ==
          [(k, i) for k in (0, 1) for i in range(3)] and r["with"] == str(folder / "n1"), nets)
    check("correlations of all measures", len(r["correlations"]) > 40)
    few = report(*job, "--out", folder / "few")
    text = (folder / "few/results.txt").read_text()
    check("three networks have no correlations", "correlations" not in few and len(few["networks"]) == 3 and "4 networks or more" in text, text)
    check("nothing is nan", "nan" not in text + (folder / "flat/results.txt").read_text(), text)
    check("walkers say how they agree", all("rhat" in x for x in few["measures"] if x["name"] in ("local_entropy_cost", "learning_coefficient")))
    check("figures stand side by side", stands(folder / "flat/report.html"))
    for k in (0, 1):
        shutil.copytree(folder / f"n{k}", folder / f"moved{k}")
    moved = report("measure", folder / "moved0", *job[2:], "--with", folder / "moved1")
    check("the fingerprint does not know where runs lie", moved["hash"] == r["hash"])
    check("the first network is the one in the table", nets[0]["trace"] == m["trace"]["value"], nets[0])
    check("the gap is test loss less loss", all(abs(n["gap"] - (n["test_loss"] - n["loss"])) < 1e-12 for n in nets))
    for c in r["correlations"]:
        x, y = [n[c["measure"]] for n in nets], [n[c["with"]] for n in nets]
        check(f"{c['measure']} and {c['with']}", abs(correlation(ranks(x), ranks(y)) - c["spearman"]) < 1e-9 and 0 < c["spearman_p"] <= 1, c)
    for k in (0, 1):
        trained, mine = json.loads((folder / f"n{k}/results.json").read_text())["test"], nets[3 * k : 3 * k + 3]
        check("test errors are those of the run", all(abs(1 - a - n["test_error"]) < 1e-9 for a, n in zip(trained["accuracy"]["values"], mine)), mine)
        check("test losses, too", all(abs(a - n["test_loss"]) < 1e-5 * a for a, n in zip(trained["nll"]["values"], mine)), mine)
    check("page", "Flatness and generalisation" in (folder / "flat/report.html").read_text())
    other = run(*NET, "--model", "mlp:5", "--out", folder / "other", "--quiet")
    check("another model", other.returncode == 0, other.stderr)
    says("is refused", 3, "mlp:5", *job, "--with", folder / "other")
    says("a run twice", 2, "counts once", *job, "--with", folder / "n0")
    says("no such run", 1, "none", *job, "--with", folder / "none")


def learning(_):
    """½ for a square; not at a minimum: a warning."""
    r = report("measure", "--potential", "x^2", "--what", "llc")
    check("x^2 by default, whose minimum is at the origin", abs(r["learning_coefficient"] - 0.5) < 4.5 * r["error"] and r["gamma"] == 1, r)
    r = report("measure", "--potential", "sqrt(x) + 1/x", "--what", "llc", "--walk", 100)
    check("a minimum beside the edge of where it is defined", abs(r["loss_at_minimum"] - (2**(1 / 3) + 2**(-2 / 3))) < 1e-9, r)
    says("no radius", 2, "above 0", "measure", "--potential", "x^2", "--what", "flatness", "--radius", 0)
    r = report("measure", "--potential", "x^2", "--what", "flatness", "--products", 0, "--walk", 8)
    check("no trace where none is wanted", "trace" not in [m["name"] for m in r["measures"]], r["measures"])
    says("no minimum", 1, "without end", "measure", "--potential", "0 - x^2", "--what", "flatness")
    r = report("measure", "--potential", "x^2", "--what", "llc", "--walk", 4000, "--gamma", 1e-3)
    check("x^2", r["schema"] == "temper.measure.llc/1" and abs(r["learning_coefficient"] - 0.5) < 4.5 * r["error"] + 1e-3, r)
    says("a walk that is too short", 2, "steps=3", "measure", "--potential", "x^2", "--what", "llc", "--walk", 3)


def sensitivity(folder):
    r = report("measure", folder / "n0", "--what", "sensitivity", "--rows", 200, "--out", folder / "sense")
    check("schema", r["schema"] == "temper.measure.sensitivity/1")
    check("inputs", len(r["inputs"]["size"]) == 64 and all(abs(m) <= s + 1e-12 for m, s in zip(r["inputs"]["mean"], r["inputs"]["size"])))
    check("the corners of digits say less", r["inputs"]["size"][0] < max(r["inputs"]["size"]) / 2, r["inputs"]["size"])
    top = r["samples"]["largest"]
    check("samples", len(top) == 10 and all(a["slope"] >= b["slope"] for a, b in zip(top, top[1:])), top)
    check("influence converged", r["samples"]["influence"]["converged"] and r["samples"]["influence"]["residual"] <= 1e-3)
    check("layers", [x["name"] for x in r["layers"]] == ["0.weight", "0.bias", "2.weight", "2.bias"] and
          sum(x["weights"] for x in r["layers"]) == r["parameters"], r["layers"])
    check("pictures", (folder / "sense/report.html").read_text().count("<img") > 2 and stands(folder / "sense/report.html"))
    says("of a potential there is none", 2, "flatness", "measure", "--potential", "x^2", "--what", "sensitivity")


def monitor(folder):
    """Watching changes nothing, and is the same on threads, cpu levels and after a kill."""
    plain = report(*NET, "--seeds", 2)
    seen = report(*NET, "--seeds", 2, "--monitor", "sensitivity,curvature,fdr", "--out", folder / "seen")
    check("the training does not notice", plain["hash"] == seen["hash"] and "monitor" not in plain, (plain["hash"], seen["hash"]))
    curves = list(csv.DictReader((folder / "seen/curves.csv").open()))
    check("curves", all(float(c["lambda1"]) > 0 and float(c["sensitivity"]) > 0 and float(c["trace"]) > 0 for c in curves) and len(curves) == 18)
    check("edge of stability with momentum 0.9", all(abs(float(c["edge"]) * float(c["rate"]) - 2 * 1.9) < 1e-9 for c in curves if float(c["rate"])))
    for k, (dynamics, edge) in enumerate([("sgd:rate=0.05,momentum=0.5,nesterov=yes", 40 * 1.5 / 2), ("sgd:rate=0.05,momentum=0.5,dampening=0.5,decay=0.25", 40 * 1.5 / 0.5 - 0.25),
                                          ("sgd:rate=0.05,momentum=0", 40), ("adam", None)]):
        m = report(*NET[:-4], "--epochs", 1, "--test", 0.25, "--dynamics", dynamics, "--monitor", "curvature", "--schedule", "constant")["monitor"]["at_the_end"][0]
        check(f"edge of stability of {dynamics}", m["edge"] is None if edge is None else abs(m["edge"] - edge) < 1e-6, m)
    check("the end", [m["lambda1"] for m in seen["monitor"]["at_the_end"]] == [float(curves[8]["lambda1"]), float(curves[17]["lambda1"])])
    check("costs are told", seen["monitor"]["gradients_of_all_rows"] > 0 and seen["gradient_evaluations"] == plain["gradient_evaluations"])
    check("figures", "edge of stability" in (folder / "seen/report.html").read_text())
    first = (folder / "seen/curves.csv").read_text()
    for more in [["--threads", t] for t in (1, 3)] + [["--cpu", c] for c in LEVELS]:
        place = folder / ("seen" + "".join(map(str, more)))
        report(*NET, "--seeds", 2, "--monitor", "sensitivity,curvature,fdr", "--out", place, *more)
        check(f"the same curves with {more}", (place / "curves.csv").read_text() == first)
    says("a wrong word", 2, "did you mean 'curvature'", *NET, "--monitor", "curvture")
    job = list(map(str, [*NET, "--epochs", 120, "--monitor", "curvature", "--quiet", "--out"]))
    report(*job, folder / "whole")
    half = subprocess.Popen([TEMPER, *job, str(folder / "half")])
    time.sleep(0.7)
    half.send_signal(signal.SIGINT)
    half.wait()
    if half.returncode != 0:
        check("it goes on", run("resume", folder / "half").returncode == 0)
    check("the same curves after a stop", (folder / "half/curves.csv").read_text() == (folder / "whole/curves.csv").read_text())


STAGES = {"flatness": flatness, "learning": learning, "sensitivity": sensitivity, "monitor": monitor}
with tempfile.TemporaryDirectory() as scratch:
    for stage in sys.argv[2:] or STAGES:
        STAGES[stage](pathlib.Path(scratch))
end()

#!/usr/bin/env python3
"""temper stress as its users meet it: words, exit codes, files, numbers that agree with each other and with `train`, and the same bits whatever happens.

Needs only the standard library. The program is $TEMPER_BIN or the first argument; further ones choose stages."""
import json, math, os, pathlib, re, shutil, signal, subprocess, sys, tempfile, time

from rig import LEVELS, TEMPER, check, end, report, run, says

FEW = ["--corruptions", "gaussian_noise,rotation", "--severities", "2,4", "--epsilon", "0.02,0.1", "--weight-noise", "0.05,0.1", "--draws", 2, "--rows", 60]


def trained(folder, name, *more):
    out = folder / name
    return out, report("train", "--data", "digits", "--model", "mlp:20", "--epochs", 15, "--out", out, *more)


def spread(values):
    n = len(values)
    mean = sum(values) / n
    return mean, math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1) / n)


def numbers(folder):
    out, train = trained(folder, "three", "--seeds", 3)
    r = report("stress", out)
    check("schema", r["schema"] == "temper.stress/1" and r["members"] == 3 and r["tests"] == 449, r.get("schema"))
    for name in ("accuracy", "nll", "brier", "ece"):
        check(f"{name} of every seed as train said", r["clean"][name]["values"] == train["test"][name]["values"], r["clean"][name])
        check(f"{name} of the ensemble as train said", r["ensemble"][name] == train["ensemble"][name], r["ensemble"][name])
    for name, s in r["clean"].items():
        if None in s["values"]:
            continue
        mean, error = spread(s["values"])
        check(f"mean and error of {name}", abs(s["mean"] - mean) < 1e-9 and abs(s["error"] - error) < 1e-9, s)
        d = r["seed_deviation"][name]
        check(f"deviation of {name}", abs(d["value"] - error * math.sqrt(3)) < 1e-9 and d["low"] <= d["value"] <= d["high"], d)
    curves = r["corruptions"]
    check("all corruptions, five severities", len(curves) >= 14 and all(c["severity"] == [1, 2, 3, 4, 5] and len(c["nll"]) == 5 for c in curves.values()), list(curves))
    flat = [1 - p["mean"] for c in curves.values() for p in c["accuracy"]]
    check("mean corruption error", abs(sum(flat) / len(flat) - r["mean_corruption_error"]["mean"]) < 1e-9, r["mean_corruption_error"])
    check("it grows with the severity", all(c["accuracy"][4]["mean"] < c["accuracy"][0]["mean"] for c in curves.values()))
    check("Jensen", all(p["ensemble"] <= p["mean"] + 1e-12 for c in curves.values() for p in c["nll"]))
    fgsm, pgd = r["attacks"]["fgsm"], r["attacks"]["pgd"]
    check("attacks hurt, more with ε", [p["mean"] for p in fgsm["accuracy"]] == sorted((p["mean"] for p in fgsm["accuracy"]), reverse=True) and
          fgsm["epsilon"] == [0.01, 0.02, 0.05, 0.1], fgsm["accuracy"])
    check("ten steps find what one misses", pgd["nll"][3]["mean"] > fgsm["nll"][3]["mean"], (pgd["nll"][3], fgsm["nll"][3]))
    check("they beat noise of the same size", fgsm["accuracy"][3]["mean"] < curves["gaussian_noise"]["accuracy"][2]["mean"])
    rise = [p["mean"] for p in r["weight_noise"]["rise"]]
    check("flatness: quadratic in σ", 2.5 < rise[3] / rise[2] < 6 and rise == sorted(rise), rise)
    check("foreign inputs", set(r["ood"]) == {"uniform", "rotated"} and r["ood"]["uniform"]["entropy"]["ensemble"] > 0.7, r["ood"])
    check("one vector of weights has no mutual information", r["ood"]["uniform"]["mutual_information"]["mean"] is None and
          r["ood"]["uniform"]["mutual_information"]["ensemble"] > 0.5, r["ood"]["uniform"])
    d = r["disagreement"]
    check("entropies add up", abs(d["total"] - d["aleatoric"] - d["epistemic"]) < 1e-9 and 1 <= d["effective"] <= 3 and 0 <= d["churn"] < 0.2, d)
    check("the surest rows first", r["refusal"]["accuracy"][-1] == r["ensemble"]["accuracy"]["value"], r["refusal"])
    text = run("stress", out, *FEW, "-q").stdout
    check("table", re.search(r"^ +accuracy +0\.\d+ ± ", text, re.M) and "# mean corruption error" in text and re.search(r"hash [0-9a-f]{16}$", text.strip()), text)


def files(folder):
    out, _ = trained(folder, "one")
    r = run("stress", out, *FEW)
    check("where the files are", f"written: {out}/robustness.json, {out}/robustness.html" in r.stderr, r.stderr)
    check("JSON in the run", json.loads((out / "robustness.json").read_text())["hash"] in r.stdout)
    page = (out / "robustness.html").read_text()
    check("page", all(w in page for w in ("How robust", "Corruptions", "gaussian_noise", "<svg", "reliability", "attacks", "flatness")) and
          not re.search("(src|href)=.?http", page), len(page))
    check("one seed has no error", "! one seed has no error bar" in r.stdout and "nan" not in page, r.stdout)
    before = (out / "robustness.json").read_bytes()
    elsewhere = folder / "mine.json"
    run("stress", out, *FEW, "--seed", 2, "--out", elsewhere)
    check("another file", elsewhere.exists() and (folder / "mine.html").exists() and (out / "robustness.json").read_bytes() == before)
    os.remove(out / "robustness.json")
    run("stress", out, *FEW, "--out", "none")
    check("no file", not (out / "robustness.json").exists())
    first = run("predict", out, "--data", "digits", "--out", folder / "p.csv", "-q").stdout
    check("predict still reads the run", "# accuracy" in first, first)
    table = folder / "t.csv"
    table.write_text("".join(f"{math.sin(k):.5f},{math.cos(2 * k):.5f},{'ab'[math.sin(k) > 0.1]}\n" for k in range(300)))
    moved = folder / "moved"
    report("train", "--data", f"csv:file={table}", "--model", "mlp:5", "--epochs", 5, "--out", moved)
    table.rename(folder / "there.csv")
    says("the data are gone", 1, "--data says where the set is now", "stress", moved)
    check("and found", "tests" in report("stress", moved, *FEW[:1], "none", "--data", f"csv:file={folder}/there.csv", "--out", "none"))


def regression(folder):
    table, out = folder / "line.csv", folder / "line"
    table.write_text("".join(f"{k % 37 / 37:.5f},{k % 11 / 11:.5f},{3 * (k % 37) / 37 - k % 11 / 11 + 0.1 * math.sin(77 * k):.6f}\n" for k in range(500)))
    train = report("train", "--data", f"csv:file={table}", "--model", "mlp:8", "--epochs", 40, "--seeds", 2, "--out", out)
    r = report("stress", out)
    check("rmse as train said", r["clean"]["rmse"]["values"] == train["test"]["rmse"]["values"], r["clean"]["rmse"])
    check("log likelihood as train said", r["ensemble"]["log_likelihood"] == train["ensemble"]["log_likelihood"])
    check("corruptions of any numbers", {"gaussian_noise", "missing"} <= set(r["corruptions"]) and "rotation" not in r["corruptions"], list(r["corruptions"]))
    noise = r["corruptions"]["gaussian_noise"]["rmse"]
    check("noise hurts", noise[4]["mean"] > noise[0]["mean"] > 0.9 * r["clean"]["rmse"]["mean"], noise)
    check("attacks hurt more", r["attacks"]["pgd"]["rmse"][3]["mean"] > r["clean"]["rmse"]["mean"], r["attacks"]["pgd"]["rmse"])
    check("what is left out is said", "are of labels" in r["notes"] and "of images: left out" in r["notes"] and r["ood"] == {}, r["notes"])
    says("no classes, no strangers", 2, "this run forecasts numbers", "stress", out, "--ood", "digits")


def sentences(folder):
    out, _ = trained(folder, "short")
    says("no run", 1, "needs the directory of a finished 'temper train --out'", "stress", folder)
    says("no directory", 2, "needs the option run", "stress")
    says("corruption", 2, "did you mean 'gaussian_noise'?", "stress", out, "--corruptions", "gaussian_nose")
    says("severity", 2, "'6' is not a number in 1 … 5", "stress", out, "--severities", "1,6")
    says("attack", 2, "there is no 'cw'", "stress", out, "--attacks", "cw")
    says("epsilon", 2, "must ascend", "stress", out, "--epsilon", "0.1,0.05")
    says("flag", 2, "did you mean --weight-noise?", "stress", out, "--weight-nois", "1")
    table = folder / "t.csv"
    table.write_text("1.5,2,a\n2.5,3,b\n")
    says("ood", 3, "2 features, the networks take 64", "stress", out, "--ood", f"csv:file={table}")
    table = folder / ("x" * 50 + "ü" * 9 + ".csv")  # 63 bytes end within a character
    table.write_text("".join(",".join(str((7 * i + k) % 17) for k in range(64)) + f",{i % 10}\n" for i in range(40)))
    for name in (table.name, "x" + table.name):
        (folder / name).write_text(table.read_text())
        r = run("stress", out, *FEW, "--attacks", "none", "--ood", f"csv:file={name}", "--out", "none", "--json", "-q", cwd=folder)
        check("a long name of foreign inputs", r.returncode == 0 and "xü" in r.stdout, r.stderr)
    bare = json.loads((out / "network.json").read_text())
    (out / "network.json").write_text(json.dumps({**bare, "channels": 10**9, "height": 10**9, "width": 10**9}))
    says("a picture of 1e27 pixels", 3, "are not the features", "stress", out)
    (out / "network.json").write_text(json.dumps(bare))
    shutil.rmtree(out / "weights")
    says("weights are gone", 1, "member_0000.safetensors", "stress", out)
    (out / "network.json").write_text("{}")
    says("broken", 3, "network.json", "stress", out)


def bits(folder):
    out, _ = trained(folder, "bits", "--seeds", 2)
    want = report("stress", out, *FEW, "--out", "none")
    want.pop("cost")
    for more in [["-j", 1], ["-j", 2], ["-j", 3]] + [["--cpu", level] for level in LEVELS]:
        got = report("stress", out, *FEW, "--out", "none", *more)
        got.pop("cost", None)
        check(f"the same with {more}", got == want, (got.get("hash"), want["hash"]))
    check("another seed, other noise", report("stress", out, *FEW, "--out", "none", "--seed", 2)["hash"] != want["hash"])
    alone, _ = trained(folder, "alone", "--first", 1)
    one = report("stress", alone, *FEW, "--out", "none")
    check("a seed alone", one["corruptions"]["rotation"]["nll"][1]["values"] == want["corruptions"]["rotation"]["nll"][1]["values"][1:] and
          one["attacks"]["pgd"]["nll"][1]["values"] == want["attacks"]["pgd"]["nll"][1]["values"][1:] and
          one["weight_noise"]["rise"][0]["values"] == want["weight_noise"]["rise"][0]["values"][1:])


def stopping(folder):
    out, _ = trained(folder, "stop", "--seeds", 2)
    job = subprocess.Popen([TEMPER, "stress", out, "--draws", "2000", "-q"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(0.7)
    job.send_signal(signal.SIGINT)
    said, wrong = job.communicate(timeout=30)
    check("Ctrl-C stops", job.returncode == 130 and "stopped during" in wrong and not said, (job.returncode, wrong))
    check("and leaves no half file", not (out / "robustness.json").exists())


STAGES = {f.__name__: f for f in (numbers, files, regression, sentences, bits, stopping)}

if __name__ == "__main__":
    for name in sys.argv[2:] or STAGES:
        with tempfile.TemporaryDirectory() as folder:
            STAGES[name](pathlib.Path(folder))
    end()

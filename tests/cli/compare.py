#!/usr/bin/env python3
"""temper compare as its users meet it: forged run directories whose answers are known, real ones, and every way to ask wrongly.

usage: compare.py TEMPER"""
import json, pathlib, shutil, sys, tempfile
from rig import check, end, report, run, says

# Numbers of tests/unit/paired.c: R's `sleep` (t.test, paired and not), here as losses of ten seeds.
SLEEP = ([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2], [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
RECIPE = """schema = "temper.recipe/1"
verb = "train"
[options]
data = "digits"
model = "mlp:100"
dynamics = "sgd"
seed = {seed}
first = {first}
seeds = {seeds}
split_seed = {split}
"""


def forge(place, scores, seed=1, first=0, split=0, gradients=100, model="mlp:100", corrupted=None, attacked=None, forecasts=None):
    """A run directory with these values of test scores over seeds."""
    n = len(next(iter(scores.values())))
    spread = lambda values: {"mean": sum(v or 0 for v in values) / len(values), "error": None, "values": values}
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    (place / "recipe.toml").write_text(RECIPE.format(seed=seed, first=first, seeds=n, split=split).replace("mlp:100", model))
    (place / "results.json").write_text(json.dumps({
        "schema": "temper.train/1", "test": {k: spread(v) for k, v in scores.items()}, "gradient_evaluations": gradients * n,
        "rows": {"train": 10, "validation": 0, "test": 3}, "hash": str(place)[-16:]}))
    if corrupted:
        under = lambda word, all: {name: {word: list(range(len(strengths))), "accuracy": [spread(v) for v in strengths]} for name, strengths in all.items()}
        (place / "robustness.json").write_text(json.dumps({"schema": "temper.stress/1", "clean": {k: spread(v) for k, v in scores.items()},
                                                           "corruptions": under("severity", corrupted), "attacks": under("epsilon", attacked or {})}))
    if forecasts:
        (place / "predictions.csv").write_text("row,label,class,p_0,p_1\n" + "".join(f"{i},{y},{int(p[1] > p[0])},{p[0]},{p[1]}\n" for i, y, p in forecasts))
    return place


def of(r, run, score, on="test", whole=False):
    """The one comparison of this kind."""
    found = [c for c in r["comparisons"] if (c["run"], c["score"], c["on"], c["of"]) == (run, score, on, "all together" if whole else "one member")]
    return found[0] if len(found) == 1 else {}


def near(x, truth, within=1e-6):
    return x is not None and abs(x - truth) <= within


def numbers(folder):
    a = forge(folder / "first", {"nll": SLEEP[0]})
    b = forge(folder / "second", {"nll": SLEEP[1]})
    c = forge(folder / "stranger", {"nll": SLEEP[1]}, seed=2)
    r = report("compare", a, b)
    check("schema", r["schema"] == "temper.compare/1" and r["reference"] == "first" and r["tests"] == 1, r)
    t = of(r, "second", "nll")
    check("R: paired", t["method"] == "paired" and t["n"] == 10 and near(t["p"], 0.002833) and near(t["low"], 0.7001142) and near(t["high"], 2.4598858), t)
    check("a loss that grew", t["verdict"] == "worse" and near(t["difference"], 1.58) and t["p_corrected"] == t["p"], t)
    check("mpmath: effect and scatter", near(t["effect"], 0.77410176307339711) and near(t["deviation_ratio"], 1 / 0.89350020593080587) and
          near(t["deviation_ratio_low"], 1 / 1.438461928088563), t)
    deviation = r["runs"][0]["deviations"][0]
    check("deviation", near(deviation["value"], 1.7890096577591624) and near(deviation["low"], 1.2305438278207306) and deviation["score"] == "nll", deviation)
    t = of(report("compare", b, a), "first", "nll")
    check("the other way round", t["verdict"] == "better" and near(t["difference"], -1.58) and near(t["p"], 0.002833), t)
    r = report("compare", a, c)
    t = of(r, "stranger", "nll")
    check("R: Welch", t["method"] == "welch" and near(t["p"], 0.07939, 5e-6) and near(t["high"], 3.3654832) and t["verdict"] == "not significant", t)
    check("seeds 3 … 12 are strangers to 0 … 9", report("compare", a, forge(folder / "later", {"nll": SLEEP[1]}, first=3))["comparisons"][0]["method"] == "welch")
    check("strangers are told", "other seeds" in r["notes"], r["notes"])
    r = report("compare", a, b, c)
    check("Holm", [x["run"] for x in r["comparisons"]] == ["second", "stranger"] and near(r["comparisons"][0]["p_corrected"], 2 * 0.0028328902, 1e-9) and
          r["comparisons"][1]["p_corrected"] == r["comparisons"][1]["p"], r["comparisons"])
    r = report("compare", a, b, "--against", "second")
    check("against", r["reference"] == "second" and [x["name"] for x in r["runs"]] == ["second", "first"] and of(r, "first", "nll")["verdict"] == "better", r)
    check("words of the better", "first: nll better by 1.58 ± 0.39 (p" in run("compare", b, a).stdout)
    check("no word of the scatter", len(report("compare", a, b)["verdict"]) == 1)
    wide, narrow = forge(folder / "wide", {"nll": [1, -1] * 4}), forge(folder / "narrow", {"nll": [0.1, 0.1, -0.1, -0.1] * 2})
    check("scatter", report("compare", wide, narrow)["verdict"][1].startswith("narrow: seeds scatter less in nll: 0.1 times the standard deviation (0.0"))
    check("scatter, the other way round", "wide: seeds scatter more in nll: 10 times" in report("compare", narrow, wide)["verdict"][1])
    text = run("compare", a, b)
    check("words", "second: nll worse by 1.58 ± 0.39 (p = 0.0028 after correction)" in text.stdout and not text.stderr, text.stdout)


def corrections(folder):
    """Points, more than one score, gradients, one seed, failures."""
    up = [0.95, 0.96, 0.955, 0.952]
    a = forge(folder / "plain", {"accuracy": [0.90, 0.91, 0.905, 0.903], "rmse": [1, 1, 1, 1], "coverage_90": [0.95, 0.94, 0.95, 0.96], "odd": [1, 2, 3, 4]})
    b = forge(folder / "costly", {"accuracy": up, "rmse": [1, 1, 1, 1], "coverage_90": [0.85, 0.86, 0.85, 0.84], "odd": [3, 4, 5, 6.5]}, gradients=200)
    r = report("compare", a, b)
    t = of(r, "costly", "accuracy")
    check("better", t["verdict"] == "better" and near(t["p_corrected"], 4 * t["p"], 1e-15), t)
    check("no scatter, no difference", of(r, "costly", "rmse")["p"] == 1 and of(r, "costly", "rmse")["effect"] is None, r)
    check("coverage counts by its distance", near(of(r, "costly", "coverage_90")["difference"], 0, 1e-12), of(r, "costly", "coverage_90"))
    check("a score of unknown worth", of(r, "costly", "odd")["verdict"] == "different", of(r, "costly", "odd"))
    check("gradients are told", "2 times the gradients" in r["notes"] and any("with 2 times the gradients" in line for line in r["verdict"]), r["verdict"])
    check("gradients of one seed", [x["gradients"] for x in r["runs"]] == [100, 200], r["runs"])
    r = report("compare", a, b, "--scores", "odd,accuracy")
    check("two scores", r["tests"] == 2 and near(of(r, "costly", "accuracy")["p_corrected"], 2 * t["p"], 1e-15), r["comparisons"])
    says("no such score", 2, "did you mean 'accuracy'?", "compare", a, b, "--scores", "odd,acuracy")
    text = run("compare", a, b).stdout
    check("points", "costly: accuracy better by 4.9" in text and "points" in text, text)
    one = forge(folder / "one", {"accuracy": [0.9]}), forge(folder / "another", {"accuracy": [0.95]})
    r = report("compare", *one)
    check("one seed", r["comparisons"][0]["p"] is None and r["comparisons"][0]["verdict"] == "not tested" and "has one seed" in r["notes"], r)
    bad = forge(folder / "diverged", {"accuracy": [0.9, None, 0.9, 0.9]})
    r = report("compare", a, bad)
    check("a member without a score", r["comparisons"][0]["verdict"] == "not tested" and "no finite score" in r["verdict"][0], r)


def rows(folder):
    """All together: pairs of test rows. Worked by hand."""
    p = lambda x: (x, 1 - x)
    a = forge(folder / "alone", {"accuracy": [0.5, 0.6]}, forecasts=[(4, 0, p(0.5)), (7, 1, p(0.5)), (9, 0, p(0.5))])
    b = forge(folder / "sharper", {"accuracy": [0.5, 0.6]}, forecasts=[(4, 0, p(0.75)), (7, 1, p(0.125)), (9, 0, p(0.25))])
    r = report("compare", a, b)
    brier, right, nll = (of(r, "sharper", s, whole=True) for s in ("brier", "accuracy", "nll"))
    check("brier by hand", brier["method"] == "rows" and brier["n"] == 3 and near(brier["reference"], 0.5, 1e-15) and
          near(brier["value"], 2 * (0.25**2 + 0.125**2 + 0.75**2) / 3, 1e-15), brier)
    check("accuracy by hand", near(right["reference"], 2 / 3, 1e-15) and near(right["value"], 2 / 3, 1e-15) and right["effect"] is None, right)
    check("scores of rows, too", report("compare", a, b, "--scores", "accuracy")["tests"] == 2)
    check("nll by hand", near(nll["difference"], (0.28768207245178085 + 0.13353139262452263 + 1.3862943611198906) / 3 - 0.6931471805599453, 1e-14), nll)
    forge(folder / "elsewhere", {"accuracy": [0.5, 0.6]}, forecasts=[(4, 0, p(0.5)), (8, 1, p(0.5)), (9, 0, p(0.5))])
    says("other rows", 3, "hold different rows", "compare", a, folder / "elsewhere")
    (b / "predictions.csv").write_text("row,label,class,p_0,p_1\n4,0,0,0.5,0.5\n")
    says("too few forecasts", 3, "predictions.csv", "compare", a, b)
    (b / "predictions.csv").write_text("row,label,class,p_0,p_1\n4,0,0,x,0.5\n" * 3)
    says("no numbers", 3, "predictions.csv", "compare", a, b)


def robustness(folder):
    """Means over corruptions and severities, seed by seed; (0.8 + 0.6 + 0.9 + 0.7)/4 = 0.75 for seed 0."""
    low = {"fog": [[0.8, 0.7, 0.6], [0.6, 0.5, 0.4]], "blur": [[0.9, 0.9, 0.9], [0.7, 0.6, 0.8]]}
    high = {k: [[x + 0.05 + 0.001 * i for i, x in enumerate(v)] for v in rows] for k, rows in low.items()}
    scores = {"accuracy": [0.9, 0.91, 0.92]}
    a, b = forge(folder / "weak", scores, corrupted=low), forge(folder / "strong", scores, corrupted=high)
    t = of(report("compare", a, b), "strong", "accuracy", on="corrupted")
    check("mean over corruptions", near(t["reference"], (0.75 + 0.675 + 0.675) / 3, 1e-12) and near(t["difference"], 0.051, 1e-12) and t["verdict"] == "better", t)
    forge(a, scores, corrupted=low, attacked={"fgsm": [[0.5, 0.4, 0.6]]})
    forge(b, scores, corrupted=high, attacked={"fgsm": [[0.6, 0.55, 0.7]]})
    t = of(report("compare", a, b), "strong", "accuracy", on="attacked")
    check("under attack", near(t["reference"], 0.5, 1e-12) and near(t["difference"], 0.35 / 3, 1e-12), t)
    forge(b, scores, corrupted=high, attacked={"fgsm": [[0.6, 0.55, 0.7]] * 2})
    r = report("compare", a, b)
    check("other attacks", "were not attacked by the same" in r["notes"] and not of(r, "strong", "accuracy", on="attacked") and of(r, "strong", "accuracy", on="corrupted"), r["notes"])
    forge(b, scores, corrupted=high, attacked={"fgsm": [[0.6, 0.55, 0.7]]})
    for name, x, y, left in (("rows", 50, 300, {"attacked"}), ("seed", 1, 9, {"attacked", "corrupted"})):
        for side, value in ((a, x), (b, y)):
            tree = json.loads((side / "robustness.json").read_text())
            (side / "robustness.json").write_text(json.dumps({**tree, name: value}))
        r = report("compare", a, b)
        check(f"other {name}", {on for on in ("attacked", "corrupted") if not of(r, "strong", "accuracy", on=on)} == left, r["notes"])
    forge(a, scores, corrupted=low)
    text = (forge(b, scores, corrupted=high) / "robustness.json").read_text()
    (b / "robustness.json").write_text(text.replace('"severity": [0, 1]', '"severity": [0, 2]', 1))
    check("other severities", "were not corrupted by the same" in report("compare", a, b)["notes"], (b / "robustness.json").read_text())
    forge(b, scores, corrupted={"fog": high["fog"], "rain": high["blur"]})
    check("other corruptions", "were not corrupted by the same" in report("compare", a, b)["notes"])
    text = (forge(b, scores, corrupted=high) / "robustness.json").read_text()
    (b / "robustness.json").write_text(text.replace("[0.9, 0.91", "[0.9, 0.87", 1))
    r = report("compare", a, b)
    check("robustness of networks that are gone", "of strong is of other networks" in r["notes"] and not of(r, "strong", "accuracy", on="corrupted"), r["notes"])
    forge(b, scores, corrupted=high)
    c = forge(folder / "unknown", scores)
    r = report("compare", a, c)
    check("only one was stressed", not of(r, "unknown", "accuracy", on="corrupted") and "temper stress" in r["notes"] and str(c) in r["notes"], r["notes"])
    (b / "robustness.json").write_text("{")
    says("damaged robustness", 3, "robustness.json", "compare", a, b)
    (b / "robustness.json").write_text('{"schema": "temper.train/1"}')
    says("another schema", 3, "temper.stress/1", "compare", a, b)


def wrong(folder):
    a, b = (forge(folder / name, {"nll": [1, 2, 3]}) for name in ("alpha", "beta"))
    says("none", 2, "needs the option run", "compare")
    says("one", 2, "alone has nothing to be compared with", "compare", a)
    says("twice", 2, "named twice", "compare", a, b, str(a) + "/")
    says("unknown, with the nearest", 1, "did you mean 'alpha'?", "compare", folder / "alpa", b)
    says("unknown", 1, "no such directory", "compare", a, folder / "xxxxxxxxx")
    says("no run", 1, "no recipe.toml", "compare", a, folder)
    says("against nobody", 2, "did you mean 'beta'?", "compare", a, b, "--against", "bta")
    says("another split", 3, "different rows", "compare", a, forge(folder / "split", {"nll": [1, 2, 3]}, split=1))
    other = forge(folder / "other", {"nll": [1, 2, 3]}, model="mlp:50")
    says("another model", 2, "any_model=yes", "compare", a, other)
    r = report("compare", a, other, "--any-model")
    check("any model", "other is mlp:50" in r["notes"], r["notes"])
    for name, file, old, new, words in (("data", "recipe.toml", "digits", "spirals", "runs on different data"), ("verb", "recipe.toml", "train", "anneal", "is a run of 'anneal'"),
                                        ("recipe", "recipe.toml", "split_seed", "split_sed", "did you mean 'split_seed'"), ("json", "results.json", "{", "", "results.json"),
                                        ("schema", "results.json", "train/1", "train/9", "temper.train/1"), ("test", "results.json", '"test": {"nll"', '"tst": {"nll"', "missing"),
                                        ("rows", "results.json", '"test": 3', '"test": 0', "no test rows"), ("many", "results.json", '"test": 3', '"test": 1e300', "missing"),
                                        ("values", "results.json", "values", "vals", "no values")):
        forge(b, {"nll": [1, 2, 3]})
        (b / file).write_text((b / file).read_text().replace(old, new, 1))
        says(f"wrong {name}", 3, words, "compare", a, b)
    forge(b, {"nll": [1, 2, 3]})
    (b / "results.json").unlink()
    says("unfinished", 1, "'temper resume", "compare", a, b)
    forge(b, {"nll": [1, 2, 3]})
    r = report("compare", f"{a},{b}")
    check("joined by a comma", len(r["runs"]) == 2, r)
    (folder / "x").mkdir()
    twin = forge(folder / "x" / "alpha", {"nll": [1, 2, 4]})
    check("equal names are told by their paths", [x["name"] for x in report("compare", a, twin)["runs"]] == [str(a), str(twin)])
    says("several words elsewhere", 2, "one word too many", "predict", a, b)


def real(folder):
    """Runs of temper itself: five seeds of two learning rates, and the same twice."""
    line = ["train", "--data", "digits", "--model", "mlp:16", "--epochs", "4", "--seeds", "4", "--quiet"]
    for name, rate in (("slow", "0.002"), ("quick", "0.05"), ("again", "0.05")):
        r = run(*line, "--dynamics", f"sgd:rate={rate},momentum=0.9", "--out", folder / name)
        check(f"trained {name}", r.returncode == 0, r.stderr)
    r = report("compare", folder / "slow", folder / "quick")
    t = of(r, "quick", "accuracy")
    values = [json.loads((folder / name / "results.json").read_text())["test"]["accuracy"]["values"] for name in ("slow", "quick")]
    check("means are those of the runs", all(near(t[k], sum(v) / 4, 1e-15) for k, v in zip(("reference", "value"), values)), t)
    check("clearly better", t["verdict"] == "better" and of(r, "quick", "nll")["verdict"] == "better" and of(r, "quick", "nll", whole=True)["verdict"] == "better", t)
    together = json.loads((folder / "quick" / "results.json").read_text())["ensemble"]
    check("all together as train says", all(near(of(r, "quick", s, whole=True)["value"], together[s]["value"], 1e-12) for s in ("accuracy", "nll", "brier")), together)
    check("equal gradients", "gradients" not in r["notes"], r["notes"])
    r = report("compare", folder / "quick", folder / "again")
    check("the same run", "same hash" in r["notes"] and all(c["p"] == 1 and c["verdict"] == "not significant" for c in r["comparisons"]), r["notes"])
    check("same bits", run("compare", folder / "slow", folder / "quick", "--json").stdout == run("compare", folder / "slow", folder / "quick", "--json").stdout)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        for stage in (numbers, corrections, rows, robustness, wrong, real):
            folder = pathlib.Path(place) / stage.__name__
            folder.mkdir()
            try:
                stage(folder)
            except Exception as error:
                check(stage.__name__, False, repr(error))
    end()

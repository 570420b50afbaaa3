#!/usr/bin/env python3
"""temper landscape of a formula, temper measure --what response and work: numbers against closed forms and against integrals made here, errors that
cover, escape times, annealing, walkers that have not forgotten, wrong inputs.

Needs only the standard library. The program is $TEMPER_BIN or the first argument; further ones choose stages."""
import csv, math, pathlib, sys, tempfile

from rig import check, end, report, run, says

WELL = "x^4/4 - x^2/2"
# training.md 5.1: T, Z, F, <x^2>, <U>, from -1 to 0, from -1 to 1, Kramers' rate
TRUTH = [(1, 3.905137169857, -1.362292909, 1.041797296487, -0.010449324, 1.29056138, 3.48830965, 0.175291763),
         (0.25, 5.365160237835, -0.419981561, 0.832745487128, -0.145686372, 5.74343707, 14.27773664, 0.0828019658),
         (0.1, 15.170196173702, -0.271933272, 0.871362908042, -0.192840727, 30.8213025, 66.2686264, 0.0184756159)]


def near(name, value, want, within):
    check(name, value is not None and abs(value - want) <= within, f"{value}, want {want} within {within}")


def covers(name, value, error, want, slack=0.0):
    check(name, error and error > 0 and abs(value - want) <= 4.5 * error + slack, f"{value} +- {error}, want {want}")


def simpson(f, a, b, n=4000):
    h = (b - a) / n
    return h / 3 * sum((1 if k in (0, n) else 4 if k % 2 else 2) * f(a + h * k) for k in range(n + 1))


def exact(_):
    """Equilibrium and escape of the double well at three temperatures."""
    r = report("landscape", "--potential", WELL + "; from=-2; to=2", "--temperature", "1,0.25,0.1", "--escape", "-1:0,-1:1", "--steps", 20000)
    places = sorted(w["at"][0] for w in r["wells"])
    check("wells", len(places) == 2 and abs(places[0] + 1) < 1e-12 and abs(places[1] - 1) < 1e-12, places)
    near("barrier", r["barriers"][0]["energy"], 0, 1e-15)
    check("between the wells", r["barriers"][0]["between"] == [0, 1], r["barriers"])
    for row, (T, Z, F, xx, U, top, other, rate) in zip(r["temperatures"], TRUTH):
        near(f"T={T}: Z", math.exp(row["log_z"]), Z, 1e-9)
        near(f"T={T}: F", row["free_energy"], F, 1e-8)
        near(f"T={T}: <U>", row["energy"]["exact"], U, 1e-8)
        near(f"T={T}: <x^2>", row["x_squared"][0]["exact"], xx, 1e-9)
        up, over = row["escape"]
        near(f"T={T}: time to the top", up["mean_first_passage"], top, 1e-6 * top)
        near(f"T={T}: time to the other well", over["mean_first_passage"], other, 1e-6 * other)
        near(f"T={T}: Kramers beyond the barrier is 1/k", over["kramers"] * rate, 1, 1e-6)
        near(f"T={T}: half of it to the top", up["kramers"] * rate, 0.5, 1e-6)
        for way in row["escape"]:
            covers(f"T={T}: escape to {way['to']}", way["measured"], way["error"], way["mean_first_passage"], row["rate"] * way["mean_first_passage"])
        if row["forgotten"]:
            covers(f"T={T}: walkers' <U>", row["energy"]["mean"], row["energy"]["error"], row["energy"]["exact_with_step"])
            covers(f"T={T}: walkers' <x>", row["x"][0]["mean"], row["x"][0]["error"], 0)
            covers(f"T={T}: share of a well", row["well_shares"][0]["share"], row["well_shares"][0]["error"], 0.5)
        near(f"T={T}: exact share", row["well_shares"][0]["exact"], 0.5, 1e-6)
        bins = row["occupation"][0]
        near(f"T={T}: shares of all bins", sum(bins["exact"]), 1, 1e-9)
        near(f"T={T}: relaxation", row["relaxation_time"], other / 2, 1e-6 * other)
    check("the hot one has forgotten", r["temperatures"][0]["forgotten"])
    near("trend of Kramers: 1.18", r["temperatures"][1]["escape"][1]["mean_first_passage"] * TRUTH[1][7], 1.18, 0.005)
    near("trend of Kramers: 1.22", r["temperatures"][2]["escape"][1]["mean_first_passage"] * TRUTH[2][7], 1.22, 0.005)


def honest(_):
    """Errors cover where walkers have forgotten their start; where they have not there are none, and a sentence says so."""
    tilted = "x^4 - 4*x^2 + x"
    Z = simpson(lambda x: math.exp(-(x**4 - 4 * x * x + x) / 2), -4, 4)
    want = simpson(lambda x: x * math.exp(-(x**4 - 4 * x * x + x) / 2), -4, 4) / Z
    inside, n = 0, 12
    for seed in range(n):
        row = report("landscape", "--potential", tilted, "--temperature", 2, "--steps", 60000, "--escape", "none", "--chains", 16, "--seed", seed)["temperatures"][0]
        x = row["x"][0]
        near("exact <x>", x["exact"], want, 1e-8)
        check("forgotten", row["forgotten"], row["energy"])
        if x["error"]:
            inside += abs(x["mean"] - x["exact_with_step"]) < 2 * x["error"]
    check("two errors cover", inside >= n - 3, f"{inside} of {n}")
    for start in ("", "; from=1; to=1.5"):  # in both wells, and all in the wrong one: there they agree with each other
        r = run("landscape", "--potential", tilted + start, "--temperature", 0.5, "--steps", 2000, "--quiet")
        check(f"a warning{start}", r.returncode == 0 and "! T=0.5: walkers have not forgotten where they started" in r.stdout and "--steps" in r.stdout, r.stdout)
        check(f"no error{start}", not any("±" in line for line in r.stdout.splitlines() if "⟨" in line), r.stdout)
        row = report("landscape", "--potential", tilted + start, "--temperature", 0.5, "--steps", 2000)["temperatures"][0]
        check(f"no error in the report{start}", not row["forgotten"] and row["energy"]["error"] is None and row["x"][0]["error"] is None, row["energy"])
        check(f"exact numbers stay{start}", row["free_energy"] is not None and row["escape"][0]["mean_first_passage"] > 70, row["escape"])
        check(f"too rare to measure{start}", row["escape"][0]["measured"] is None and row["escape"][0]["arrivals"] == 0, row["escape"][0])
    plane = report("landscape", "--potential", "(x^2-1)^2 + y^2", "--temperature", 0.05, "--steps", 2000)["temperatures"][0]
    check("in the plane by R-hat alone", not plane["forgotten"] and plane["x"][0]["error"] is None and plane["relaxation_time"] is None, plane["x"])
    check("too rare is said", "too rare to measure" in r.stdout, r.stdout)
    plain = run("landscape", "--potential", "k*x^2/2; k=3", "--temperature", 2, "--steps", 20000, "--quiet").stdout
    check("no warning of a bowl", "!" not in plain, plain)


def names(folder):
    """Coordinates have their names; wells, passes and shares in the plane; a page with figures side by side."""
    out = folder / "plane"
    r = run("landscape", "--potential", "(q^2-1)^2 + 2*(p - q/2)^2 + 0.2*q", "--temperature", 1, "--steps", 60000, "--out", out, "--quiet")
    for word in ("⟨p⟩", "⟨q²⟩", "well 1", "pass 2–1", "Share of the walkers"):
        check(f"{word} is told", word in r.stdout, r.stdout)
    page = (out / "report.html").read_text()
    check("figures side by side", '<div class="figures">' in page and page.count("<svg") >= 3 and 'class="contour"' in page and page.count("<circle") >= 64)
    d = report("landscape", "--potential", "(q^2-1)^2 + 2*(p - q/2)^2 + 0.2*q", "--temperature", 1, "--steps", 60000)
    slope = lambda q: 4 * q * (q * q - 1) + 0.2  # p = q/2 at every extremum
    for w in d["wells"] + d["barriers"]:
        near("extremum", slope(w["at"][1]), 0, 1e-6)
        near("in the valley", w["at"][0], w["at"][1] / 2, 1e-6)
        q = w["at"][1]
        near("its energy", w["energy"], (q * q - 1) ** 2 + 0.2 * q, 1e-9)
    check("two wells, one pass", len(d["wells"]) == 2 and len(d["barriers"]) == 1 and abs(d["barriers"][0]["at"][1] - 0.0501) < 1e-3, d["barriers"])
    row = d["temperatures"][0]
    check("shares", abs(sum(w["share"] for w in row["well_shares"]) - 1) < 1e-9, row["well_shares"])
    with open(out / "occupation.csv") as file:
        rows = list(csv.DictReader(file))
    near("occupation.csv", sum(float(x["exact"]) for x in rows if x["axis"] == "0"), 1, 1e-9)
    four = report("landscape", "--potential", "(x^2-1)^2 + (y^2-1)^2 + 0.1*x + 0.03*y", "--temperature", 0.5, "--steps", 500)
    check("four wells, three passes", len(four["wells"]) == 4 and len(four["barriers"]) == 3, (four["wells"], four["barriers"]))
    plot = run("landscape", "--potential", "x^4 - 4*x^2 + x", "--temperature", 1, "--steps", 500, "--escape", "none", "--plot", "--quiet").stdout
    check("a plot", "⠀" in plot and "│" in plot, plot)
    check("--plot in the help", "--plot" in run("landscape", "--help").stdout)


def cooled(_):
    """Slow cooling ends deep, a quench where it began."""
    job = ["landscape", "--potential", WELL + " + 0.1*x; from=0; to=2", "--temperature", 0.5, "--cooling", "exponential:to=0.01", "--rate", 0.05]
    slow = report(*job, "--steps", 20000)["temperatures"][0]["cooling"]
    fast = report(*job, "--steps", 60)["temperatures"][0]["cooling"]
    check("falling temperature", all(a["temperature"] > b["temperature"] for a, b in zip(slow, slow[1:])), slow)
    check("slowly into the deep well", slow[-1]["share"][0] > 0.8 and fast[-1]["share"][0] < 0.4, (slow[-1], fast[-1]))
    for m in slow:
        near("equilibrium sums to one", sum(m["equilibrium"]), 1, 1e-9)
        near("walkers sum to one", sum(m["share"]), 1, 1e-9)
    text = run(*job, "--steps", 500, "--quiet").stdout
    check("says what one sees", "barrier/ln(steps)" in text and "freeze" in text, text)


def still(_):
    """Without noise a walker rolls into the well on its side of the barrier, and stays."""
    r = report("landscape", "--potential", "x^4 - 4*x^2 + x; from=-1; to=1", "--temperature", 0, "--steps", 3000, "--chains", 400)
    row, top = r["temperatures"][0], r["barriers"][0]["at"][0]
    covers("the share that began left of the barrier", row["well_shares"][0]["share"], row["well_shares"][0]["error"], (top + 1) / 2)
    check("at rest", abs(row["x"][0]["mean"] - sum(w["share"] * v["at"][0] for w, v in zip(row["well_shares"], r["wells"]))) < 1e-3, row["x"])
    check("no escape, no exact density", not row["escape"] and "free_energy" not in row, row)


def response(_):
    """An Ornstein-Uhlenbeck process answers exactly, at any step: R = kick's geometric sum, chi = (1 - a^n)/k."""
    k, eta, T = 2.0, 0.05, 0.7
    r = report("measure", "--what", "response", "--potential", f"k*x^2/2; k={k}", "--temperature", T, "--rate", eta, "--chains", 200, "--steps", 400)
    a = 1 - k * eta
    for wait in r["waits"]:
        for answer in wait["answers"]:
            n, c = answer["lag"], r["kick"]
            near("chi", answer["susceptibility"], (1 - a**n) / k, 1e-6)
            near("R", answer["response"], sum(eta * a ** (n - 1 - j) for j in range(c)), 1e-6)
    late = r["waits"][-1]
    covers("C in equilibrium", late["answers"][0]["correlation"], late["answers"][0]["correlation_error"], T / (k * (1 - k * eta / 2)) * a ** late["answers"][0]["lag"])
    covers("X = 1 but for the step", late["answers"][0]["violation"], late["answers"][0]["violation_error"], 1 - k * eta / 2, 0.02)


def work(_):
    """Jarzynski, Crooks and Bennett on a stiffening spring and on a ramp of temperature; exactly (1 - (1/4)^(1/2)) = 1/2."""
    r = report("measure", "--what", "work", "--potential", "x^2/2", "--to", "2*x^2", "--chains", 1000, "--steps", 128)
    near("exact", r["exact"], math.log(4) / 2, 1e-9)
    for pace in r["paces"]:
        for how in ("jarzynski", "jarzynski_reverse", "bennett"):
            covers(f"{how}, {pace['steps']} steps", pace[how], pace[how + "_error"], math.log(4) / 2)
        check("second law", pace["entropy_production"] > -4.5 * pace["entropy_production_error"], pace)
    check("slower is cheaper", r["paces"][-1]["work"] < r["paces"][0]["work"], r["paces"])
    heat = report("measure", "--what", "work", "--potential", "x^2/2", "--temperature", "1,0.25", "--chains", 1000, "--steps", 128)
    near("a ramp of temperature", heat["exact"], math.log(4) / 2, 1e-9)
    covers("Bennett on it", heat["paces"][-1]["bennett"], heat["paces"][-1]["bennett_error"], math.log(4) / 2)


def wrong(_):
    job = ["landscape", "--potential"]
    says("cold", 2, "legal range 0", *job, "x^2", "--temperature", -1)
    says("hot", 2, "finite", *job, "x^2", "--temperature", "inf")
    says("no number", 2, "temperature", *job, "x^2", "--temperature", "warm")
    says("a way", 2, "ways a:b", *job, "x^4-x^2", "--escape", "1")
    says("a way to nowhere", 2, "ways a:b", *job, "x^4-x^2", "--escape", "1:1")
    says("a way in the plane", 2, "one coordinate", *job, "x^2+y^2", "--escape", "0:1")
    says("dynamics", 2, "did you mean 'langevin'", *job, "x^2", "--dynamics", "langevn")
    says("cooling", 2, "no schedule", *job, "x^2", "--cooling", "plateau")
    says("brackets", 2, "column", *job, "(x^2")
    says("nothing", 2, "column", *job, "x^2 +")
    says("deep", 2, "", *job, "(" * 300 + "x" + ")" * 300)
    says("range", 2, "from=2 and to=1", *job, "x^2; from=2; to=1")
    says("runaways", 1, "ran away", *job, "x^4", "--rate", 1, "--steps", 500, "--escape", "none")
    says("nothing changes", 2, "nothing changes", "measure", "--what", "work", "--potential", "x^2")
    says("coordinates", 2, "coordinates", "measure", "--what", "work", "--potential", "x^2", "--to", "x^2+y^2")
    says("one temperature", 2, "one temperature", "measure", "--what", "response", "--potential", "x^2", "--temperature", "1,2")
    says("no equilibrium", 2, "equilibrium", "measure", "--what", "work", "--potential", "x^2", "--to", "-x^2")
    r = run(*job, "-x^2", "--temperature", 1, "--steps", 100, "--escape", "none", "--quiet")
    check("no equilibrium", "no equilibrium" in r.stdout or "ran away" in r.stderr, r.stdout + r.stderr)


STAGES = {"exact": exact, "honest": honest, "names": names, "cooled": cooled, "still": still, "response": response, "work": work, "wrong": wrong}
with tempfile.TemporaryDirectory() as scratch:
    for stage in sys.argv[2:] or STAGES:
        STAGES[stage](pathlib.Path(scratch))
end()

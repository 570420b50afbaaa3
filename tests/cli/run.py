#!/usr/bin/env python3
"""The command line as its users meet it: words, exit codes, run directories, and the same bits whatever happens.

Needs only the standard library. The program is $TEMPER_BIN or the first argument; further ones choose stages."""
import json, os, pathlib, pty, re, select, shutil, signal, subprocess, sys, tempfile, time

from rig import LEVELS, TEMPER, check, end, report, run, says



def shows(name, words, *arguments):
    r = run(*arguments)
    check(name, r.returncode == 0 and all(w in r.stdout for w in words) and not r.stderr,
          f"rc {r.returncode}, {[w for w in words if w not in r.stdout]} missing, stderr {r.stderr[:200]!r}")


ISING = ["sample", "--system", "ising:dims=8x8", "--temperature"]


def words(_):
    shows("version", ["temper 0"], "--version")
    shows("help", ["sample", "anneal", "theory", "resume", "list", "describe", "info"], "help")
    shows("help flag", ["temper sample --system"], "--help")
    for verb in ("sample", "anneal", "theory", "resume", "list", "describe", "info", "help"):
        shows(f"{verb} --help", [f"temper {verb}", "--help"], verb, "--help")
        shows(f"help {verb}", [f"usage: temper {verb}"], "help", verb)
    shows("help of sample", ["--free-energy", "--sweeps N", "default 10000; legal 1 … 1e+15 [sweeps]"], "sample", "-h")
    text = run("sample", "--help").stdout
    check("examples come first", text.index("temper sample --system") < text.index("usage:") < text.index("--seed"))
    shows("list", ["systems", "ising", "samplers", "wolff", "ensembles", "exchange", "observables", "theories"], "list")
    shows("list a room", ["wolff"], "list", "samplers")
    shows("describe", ["metropolis", "sampler"], "describe", "metropolis")
    shows("describe an instance", ["sites        16", "4x4"], "describe", "ising:dims=4x4")
    shows("info", ["temper", "cpu level", "threads"], "info")
    for verb, schema in (("list", "temper.catalogue/1"), ("info", "temper.info/1")):
        check(f"{verb} --json", json.loads(run(verb, "--json").stdout)["schema"] == schema)
    start = time.monotonic()
    for _ in range(5):
        run("--version")
    check("version is quick", time.monotonic() - start < 0.5, "five calls took half a second")


def examples(folder):
    """What the help pages propose works (with fewer sweeps and reads; the graph is ours)."""
    (folder / "G1.txt").write_text("3 2\n1 2 1\n2 3 1\n")
    for verb in ("sample", "anneal", "theory", "list", "describe", "info"):
        for line in re.findall(r"^  (temper .*)$", run(verb, "--help").stdout, re.M):
            less = {"sample": ["--sweeps", "40"], "anneal": ["--reads", "8"]}.get(verb, [])
            r = run(*line.split()[1:], *less, cwd=folder)
            check(f"example: {line}", r.returncode == 0 and r.stdout, r.stderr)


def wrong_words(_):
    says("no verb", 2, "usage: temper")
    says("wrong verb", 2, "did you mean 'sample'", "smaple")
    says("wrong flag", 2, "did you mean --sweeps", "sample", "--sweep", "3")
    says("no abbreviation", 2, "did you mean --temperature", "sample", "--temp", "3")
    says("an underscore is as good as a hyphen", 2, "needs the option system", "sample", "--free_energy")
    says("short flag", 2, "no flag -x", "sample", "-x")
    says("value missing", 2, "--system needs a value", "sample", "--system")
    says("value missing before a flag", 2, "--system needs a value", "sample", "--system", "--json")
    says("value too many", 2, "--json takes no value", "sample", "--json=yes")
    says("word alone", 2, "'ising' stands alone", "sample", "ising")
    says("word too many", 2, "one word too many", "theory", "ising2d", "sk")
    says("system missing", 2, "needs the option system", "sample", "--temperature", "2")
    says("temperature missing", 2, "needs the option temperature", "sample", "--system", "ising")
    says("wrong system", 2, "did you mean 'ising'", "sample", "--system", "isin", "--temperature", "2")
    says("wrong option of a system", 2, "did you mean 'dims'", "sample", "--system", "ising:dim=4", "--temperature", "2")
    says("no sites", 2, "dims=0", "sample", "--system", "ising:dims=0", "--temperature", "2")
    says("wrong number", 2, "sweeps=abc is not a whole number", *ISING, "2", "--sweeps=abc")
    says("no sweeps", 2, "sweeps=0 is not in the legal range", *ISING, "2", "--sweeps=0")
    says("negative seed", 2, "seed=-1 is not in the legal range", *ISING, "2", "--seed", "-1")
    for bad in ("-1", "nan", "1,,2", "1:2", "1:2:1", "1:inf:3", "2,", "x", "1:2:3:4", "-inf"):
        says(f"temperature {bad}", 2, "temperature=", *ISING, bad)
    says("wrong observable", 2, "no observable 'energi'; did you mean 'energy'", *ISING, "2", "--observe", "energi")
    says("observable twice", 2, "names energy twice", *ISING, "2", "--observe", "energy,energy")
    says("overlap of one chain", 2, "at least 2", *ISING, "2", "--observe", "overlap", "--chains", "1")
    says("odd pairs", 2, "must be even", *ISING, "2", "--sampler", "metropolis+houdayer", "--chains", "3")
    says("unsuited sampler", 2, "wolff", "sample", "--system", "sk:n=8", "--temperature", "1", "--sampler", "wolff")
    says("too much to record", 2, "8 are allowed", *ISING, "2", "--sweeps", "1e12")
    says("every beyond sweeps", 2, "every=9", *ISING, "2", "--sweeps", "8", "--every", "9")
    says("start", 2, "start=cold", *ISING, "2", "--start", "cold")
    says("ladder of one", 2, "two temperatures", *ISING, "2", "--ensemble", "exchange")
    says("ladder still moving", 2, "burn=2 must be at least adapt=50", *ISING, "2,3", "--sweeps", "10", "--burn", "2",
         "--ensemble", "exchange:adapt=50")
    says("no rungs", 2, "keeps no temperatures", *ISING, "2,3", "--ensemble", "anneal")
    says("reweight to zero", 2, "reweight needs temperatures above 0", *ISING, "2", "--reweight", "0")
    says("reweight to a word", 2, "reweight=x is neither", *ISING, "2", "--reweight", "x")
    says("free energy at zero", 2, "above 0", *ISING, "0", "--free-energy")
    says("wrong cpu", 2, "no level", *ISING, "2", "--cpu", "sse")
    says("wrong room", 2, "no room 'foo'", "list", "foo")
    says("wrong thing", 2, "did you mean 'ising'", "describe", "isng")
    says("wrong theory", 2, "no theory 'onsagre'", "theory", "onsagre")
    says("states of another theory", 2, "density:dims", "theory", "sk", "--states")


def files(folder):
    graph = folder / "graph.txt"
    graph.write_text("4 4\n1 2 1\n2 3 1\n3 4 1\n")
    says("truncated graph", 3, "graph.txt", "anneal", "--system", f"graph:file={graph}")
    says("missing graph", 1, "nothing.txt", "anneal", "--system", f"graph:file={folder}/nothing.txt")
    graph.write_text("4 4\n1 2 1\n2 3 1\n3 4 1\n4 1 1\n")
    best = folder / "best.txt"
    square = report("anneal", "--system", f"graph:file={graph}", "--reads", 5, "--configuration", best)
    check("cut of a square", square.get("best_cut") == 4 and square.get("hits") >= 1, square)  # bipartite: all 4 edges
    values = [int(v) for line in best.read_text().splitlines() if line[0] != "#" for v in line.split()]
    check("its file", len(values) == 4 and values[0] == -values[1] == values[2] == -values[3], values)
    says("nowhere to write", 1, "/nonexistent/a", "anneal", "--system", "ising:dims=4x4", "--reads", 2, "--configuration",
         "/nonexistent/a")
    says("no such directory", 1, "/nonexistent/a", *ISING, "2", "--out", "/nonexistent/a")
    says("a file for a directory", 1, "best.txt", *ISING, "2", "--sweeps", "10", "--out", best)
    says("resume nothing", 1, "recipe.toml", "resume", folder)
    says("refused before the directory", 2, "ordered", *ISING, "2", "--start", "ordered:99", "--out", folder / "never")
    check("no directory left", not (folder / "never").exists())
    with open("/dev/full", "w") as full:
        for arguments in (["list"], [*ISING, "2", "--sweeps", "20"], ["--version"], ["help"]):
            r = subprocess.run([TEMPER, *arguments], stdout=full, stderr=subprocess.PIPE, text=True)
            check(f"full disk {arguments[0]}", r.returncode == 1 and "No space left" in r.stderr, (r.returncode, r.stderr))
    r = subprocess.Popen([TEMPER, "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    r.stdout.close()
    check("closed pipe", r.wait() == 0 and not r.stderr.read())
    r.stderr.close()


def numbers(_):
    r = report(*ISING, "1.5,2.5:3:2,inf", "--sweeps", 400, "--theory", "--sampler", "heatbath")
    check("schema", r.get("schema") == "temper.sample/1")
    check("temperatures", [x["temperature"] for x in r.get("results", [])] == [1.5, 2.5, 3, "inf"])
    energy = r["results"][0]["observables"]["energy"]
    check("fields", set(energy) == {"mean", "error", "ess", "tau", "tau_error", "rhat", "theory", "difference", "z"}, energy)
    check("theory agrees", all(abs(x["observables"]["energy"]["z"]) < 4.5 for x in r["results"]))
    check("theory is exact", r["worth"] == "exact" and r["free_energy"] is None and len(r["hash"]) == 16)
    check("defaults", set(r["results"][0]["observables"]) ==
          {"energy", "abs_magnetisation", "heat_capacity", "susceptibility", "binder"})
    # L = 4 torus at T = 2: ln Z/16 by summing 2^16 states, done here from the exact density of states
    states = {s["energy"]: int(s["states"]) for s in report("theory", "density:dims=4x4", "--states")["states"]}
    check("states", sum(states.values()) == 2**16 and states[-32] == 2)
    from math import exp, log
    exact = -2 / 16 * log(sum(g * exp(-E / 2) for E, g in states.items()))
    mean = sum(g * E * exp(-E / 2) for E, g in states.items()) / sum(g * exp(-E / 2) for E, g in states.items()) / 16
    r = report("sample", "--system", "ising:dims=4x4", "--temperature", "2", "--sweeps", 4000, "--free-energy")
    for way in ("thermodynamic_integration", "mbar", "population"):
        x = r["free_energy"][0][way]
        check(f"free energy by {way}", abs(x["free_energy"] - exact) < 4.5 * x["error"] and x["error"] < 0.02, (x, exact))
        check(f"entropy by {way}", abs(x["entropy"] - (mean - exact) / 2) < 4.5 * x["entropy_error"], (x, (mean - exact) / 2))
    e = r["results"][0]["observables"]["energy"]
    check("energy of the small torus", abs(e["mean"] - mean) < 4.5 * e["error"], (e, mean))
    t = report("theory", "ising2d:dims=4x4", "--temperature", "2")
    check("theory", t["schema"] == "temper.theory/1" and abs(t["results"][0]["free_energy"] - exact) < 1e-10, t)
    r = report(*ISING, "2,2.4", "--sweeps", 3000, "--sampler", "heatbath", "--reweight", "2.1:2.3:2,2.4", "--theory", "--observe",
               "abs_magnetisation,binder")
    again = r["reweighted"]
    check("reweighted", [x["temperature"] for x in again] == [2.1, 2.3, 2.4] and all(x["ess"] > 100 for x in again), again)
    check("reweighted numbers", set(again[0]["observables"]) ==
          {"abs_magnetisation", "binder", "energy", "heat_capacity", "log_z_difference"} and
          set(again[0]["observables"]["energy"]) == {"mean", "error", "theory", "difference", "z"}, again[0])
    check("reweighted and exact", all(abs(x["observables"][name]["z"]) < 4.5 for x in again
                                      for name in ("energy", "heat_capacity", "log_z_difference")), again)
    same = [x["observables"]["abs_magnetisation"] for x in (r["results"][1], again[2])]
    check("reweighted to where it was sampled", abs(same[0]["mean"] - same[1]["mean"]) < 4.5 * same[0]["error"] and
          same[1]["error"] < 1.2 * same[0]["error"], same)
    text = run(*ISING, "2.3", "--sweeps", "500", "-q", "--reweight", "2.25,5").stdout
    check("reweighted too far", "# reweighted from 1 sampled" in text and re.search(r"^! .*ESS .* at T = 5", text, re.M) and
          re.search("^! T = 5 lies outside", text, re.M), text)
    text = run(*ISING, "2", "--sweeps", "300", "-q").stdout
    check("table", re.search(r"^ +2  energy +-1\.\d+ ± 0\.\d+ +\d+ ", text, re.M) and "# hash" in text, text)
    plot = run(*ISING, "2:3:4", "--sweeps", "100", "-q", "--plot").stdout
    check("plot", "└──" in plot and "energy" in plot)
    check("strict passes", run(*ISING, "3", "--sweeps", "3000", "--strict", "--theory", "-q").returncode == 0)
    r = run(*ISING, "3", "--sweeps", "20", "--strict", "-q")
    check("strict fails", r.returncode == 4 and "strict:" in r.stderr and "# hash" in r.stdout, (r.returncode, r.stderr))
    r = run("sample", "--system", "ising:dims=8x8", "--temperature", "inf", "--sampler", "heatbath", "--sweeps", 24, "--observe",
            "energy", "--strict", "-q")
    check("strict sees few numbers", r.returncode == 4 and "effective sample" in r.stderr, r.stderr)
    r = report("sample", "--system", "hopfield:n=60,patterns=2", "--temperature", "0.2", "--sweeps", 200, "--start", "ordered:0")
    check("patterns are observed", any("pattern_overlap" in k for k in r["results"][0]["observables"]))
    r = report(*ISING, "2,2.5,3", "--sweeps", 300, "--ensemble", "exchange", "--observe", "energy,overlap")
    adapting = report("sample", "--system", "ising:dims=4x4", "--temperature", "2,3", "--sweeps", 50, "--ensemble", "exchange:adapt=20")
    check("burn-in begins behind the adaptation", adapting["burn"] == 30, adapting["burn"])
    check("exchange", len(r["exchange"]["swap_rate"]) == 3 and "overlap" in r["results"][2]["observables"])
    r = report("anneal", "--system", "ising:dims=6x6", "--reads", 10)
    check("anneal", r["schema"] == "temper.anneal/1" and r["best_energy"] == -72 and
          sum(x["count"] for x in r["energies"]) == r["reads"] == 10 and r["hits"] >= 1, r)


JOBS = {
    "sample": [*ISING, "2,2.5", "--sweeps", 300],
    "pairs": [*ISING, "2,2.5", "--sweeps", 100, "--chains", 5, "--observe", "energy,overlap"],
    "houdayer": ["sample", "--system", "spin_glass:dims=6x6", "--temperature", "1,2", "--sweeps", 100, "--sampler",
                 "metropolis+houdayer"],
    "exchange": ["sample", "--system", "sk:n=40", "--temperature", "0.4:1.4:5", "--sweeps", 150, "--ensemble",
                 "exchange:adapt=20"],
    "reweight": [*ISING, "2,2.5", "--sweeps", 200, "--reweight", "2.1:2.4:4", "--observe", "energy,overlap", "--theory"],
    "free energy": ["sample", "--system", "ising:dims=6x6", "--temperature", "2", "--sweeps", 200, "--free-energy"],
    "anneal": ["anneal", "--system", "spin_glass:dims=6x6x6", "--reads", 8, "--ensemble", "anneal:steps=60"],
    "population": ["anneal", "--system", "ising:dims=6x6", "--ensemble", "population:size=100,to=0.5"],
}


def bits(_):
    for name, job in JOBS.items():
        want = report(*job, "--threads", 1, "--cpu", "ref")
        for extra in [["--threads", 2], ["-j3"], *[["--cpu", level] for level in LEVELS[1:]]]:
            check(f"{name} {' '.join(map(str, extra))}", report(*job, *extra) == want, "another report")
        check(f"{name} another seed", report(*job, "--seed", 2).get("hash") != want.get("hash"))


def start(job, folder, *extra):
    return subprocess.Popen([TEMPER, *map(str, job), "--out", folder, *extra], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True)


def wait_for(path, seconds=20):
    end = time.monotonic() + seconds
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.02)
    return path.exists()


SIZED = {  # jobs of any length
    "sample": lambda n: ["sample", "--system", "ising:dims=32x32", "--temperature", "2,2.5", "--sweeps", 10000 * n],
    "exchange": lambda n: ["sample", "--system", "sk:n=64", "--temperature", "0.4:1.4:5", "--sweeps", 4000 * n, "--ensemble",
                           "exchange:adapt=100"],
    "anneal": lambda n: ["anneal", "--system", "sk:n=128", "--reads", 20, "--ensemble", f"anneal:steps={4000 * n}"],
    "population": lambda n: ["anneal", "--system", "sk:n=64", "--ensemble", f"population:size={1000 * n},to=0.05"],
    "free energy": lambda n: ["sample", "--system", "ising:dims=16x16", "--temperature", "2", "--sweeps", 4000 * n,
                              "--free-energy"],
}


class Long(dict):
    """The job of a name, long enough on this machine for a signal to come in the middle; made when first asked for."""

    def __missing__(self, name):
        n, seconds = 1, 0
        while seconds < 0.6:
            start = time.monotonic()
            report(*SIZED[name](n))
            seconds = time.monotonic() - start
            n *= 1 if seconds >= 0.6 else 2 if seconds > 0.3 else 4
        self[name] = SIZED[name](n)
        return self[name]


LONG = Long()


def interrupted(folder):
    for name in SIZED:
        job = LONG[name]
        want = report(*job)
        for how in (signal.SIGINT, signal.SIGKILL, *([signal.SIGTERM] if name == "sample" else [])):
            place = folder / f"{name.replace(' ', '_')}_{how.name}"
            p = start(job, place, "--checkpoint", "0.05")
            wait_for(place / ("checkpoint" if how == signal.SIGKILL else "status.json"))
            time.sleep(0.15)
            p.send_signal(how)
            p.communicate()
            expected = -9 if how == signal.SIGKILL else 75
            check(f"{name} {how.name}", p.returncode in (expected, 0), f"rc {p.returncode}")
            if p.returncode == 0:
                print(f"  note: {name} was over before {how.name} came")
            got = run("resume", place, "--json", "-q", "-j2")
            check(f"{name} {how.name} resumed", got.returncode == 0 and
                  {k: v for k, v in json.loads(got.stdout).items() if k != "configuration"} ==
                  {k: v for k, v in want.items() if k != "configuration"}, got.stderr or "another report")
    p = subprocess.Popen([TEMPER, *map(str, LONG["sample"]), "--sweeps", "5e6"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(0.5)
    p.send_signal(signal.SIGINT)
    out, err = p.communicate()
    check("no run directory", p.returncode == 130 and not out and "no run directory" in err, (p.returncode, err))


def directory(folder):
    place = folder / "run"
    job = [*ISING, "2,3", "--sweeps", 200]
    first = run(*job, "--out", place)
    check("run", first.returncode == 0, first.stderr)
    there = {p.name for p in place.iterdir()}
    check("its files", there >= {"recipe.toml", "provenance.json", "status.json", "metrics.jsonl", "checkpoint", "results.json",
                                 "results.txt", "report.html"} and not any(n.endswith(".new") for n in there), there)
    check("results.txt is what was printed", (place / "results.txt").read_text() == first.stdout)
    check("status", json.loads((place / "status.json").read_text())["state"] == "done")
    p = json.loads((place / "provenance.json").read_text())
    check("provenance", p["command"].startswith("temper sample") and p["finished"] and p["resumed"] == 0, p)
    check("metrics", all(json.loads(line)["total"] == 240 for line in (place / "metrics.jsonl").read_text().splitlines()))
    recipe = (place / "recipe.toml").read_text()
    check("recipe", 'system = "ising:dims=8x8,J=1,h=0,boundary=periodic"' in recipe and "burn = " in recipe, recipe)
    says("refused", 2, "there is a run in it already", *job, "--out", place)
    check("forced", run(*job, "--out", place, "--force").returncode == 0)
    check("finished runs answer again", run("resume", place, "-q").stdout == first.stdout)
    moved = folder / "moved"
    place.rename(moved)
    check("may be moved", run("resume", moved, "-q").stdout == first.stdout)

    kept = (moved / "checkpoint").read_bytes()
    busy = folder / "busy"
    p = start(LONG["sample"], busy)
    wait_for(busy / "provenance.json")
    says("another process is there", 1, "another process", "resume", busy)
    says("not even with force", 1, "another process", *job, "--out", busy, "--force")
    p.kill()
    p.communicate()
    long = folder / "long"
    p = start(LONG["sample"], long, "--checkpoint", "0.05")
    wait_for(long / "checkpoint.previous")
    p.send_signal(signal.SIGKILL)
    p.communicate()
    whole = (long / "checkpoint").read_bytes() if (long / "checkpoint").exists() else b""
    (long / "checkpoint").write_bytes(whole[: len(whole) // 2])
    r = run("resume", long, "--json")
    check("a torn checkpoint", r.returncode == 0 and "going back to" in r.stderr and
          json.loads(r.stdout)["hash"] == report(*LONG["sample"])["hash"], r.stderr)
    (long / "checkpoint").write_bytes(whole[:100])
    (long / "checkpoint.previous").write_bytes(b"nonsense")
    r = run("resume", long)
    check("both torn", r.returncode == 3 and not r.stdout, (r.returncode, r.stderr))
    (long / "checkpoint").write_bytes(kept)
    (long / "checkpoint.previous").unlink()
    says("another run's checkpoint", 3, "another recipe", "resume", long)
    (moved / "recipe.toml").write_text(recipe.replace("sweeps = 200", "sweeps = 100"))
    r = run("resume", moved)
    check("a changed recipe", r.returncode == 3 and "another recipe" in r.stderr, r.stderr)
    for bad, words in (("sweeps = 200\n", "there must be one schema"), (recipe + "sweeps = 3\n", "given twice"),
                       (recipe.replace("sweeps", "sweps"), "did you mean 'sweeps'"), (recipe.replace('verb = "sample"', 'verb = "theory"'), "cannot be resumed"),
                       (recipe + 'x = "', "without an end"), ("", "no [options]"), (recipe.replace("= 200", "= 2e99"), "whole number")):
        (moved / "recipe.toml").write_text(bad)
        r = run("resume", moved)
        check(f"recipe: {words}", r.returncode == 3 and words in r.stderr, (r.returncode, r.stderr))
    graph = folder / "g.txt"
    graph.write_text("3 2\n1 2 1\n2 3 1\n")
    run("anneal", "--system", f"graph:file={graph}", "--reads", 4, "--out", folder / "graph")
    check("best.txt", (folder / "graph/best.txt").exists())
    inputs = json.loads((folder / "graph/provenance.json").read_text())["inputs"]
    check("inputs", len(inputs) == 1 and len(inputs[0]["sha256"]) == 64, inputs)
    graph.write_text("3 2\n1 2 1\n2 3 2\n")
    says("changed input", 3, "input file has changed", "resume", folder / "graph")


def terminal(_):
    """A bar on a terminal, wiped at the end; plain lines elsewhere; silence when asked."""
    main, other = pty.openpty()
    job = [TEMPER, *map(str, LONG["sample"])]
    p = subprocess.Popen(job, stdout=subprocess.DEVNULL, stderr=other, env=dict(os.environ, TERM="xterm", COLUMNS="100"))
    os.close(other)
    seen = b""
    while True:
        ready, _, _ = select.select([main], [], [], 20)
        try:
            piece = os.read(main, 65536) if ready else b""
        except OSError:
            piece = b""
        if not piece:
            break
        seen += piece
    p.wait()
    os.close(main)
    frames = seen.decode().split("\r")
    widest = max(len(re.sub(r"\033\[[0-9;]*[mK]", "", f)) for f in frames)
    check("bar", "█" in seen.decode() and "E/N" in seen.decode() and "left" in seen.decode() and widest < 100, widest)
    check("bar is wiped", seen.decode().endswith("\r\033[K"), seen[-40:])
    check("at most ten a second", len(frames) < 100, len(frames))
    r = run(*LONG["sample"])
    check("plain lines", "\r" not in r.stderr and "\033" not in r.stderr and len(r.stderr.splitlines()) < 20, r.stderr)
    check("silence", run(*LONG["sample"], "--quiet").stderr == "")
    check("short runs say nothing", run(*ISING, "2", "--sweeps", "10").stderr == "")


STAGES = {"words": words, "examples": examples, "wrong_words": wrong_words, "files": files, "numbers": numbers, "bits": bits,
          "interrupted": interrupted, "directory": directory, "terminal": terminal}
for stage in sys.argv[2:] or STAGES:
    with tempfile.TemporaryDirectory() as name:
        STAGES[stage](pathlib.Path(name))
end()

#!/usr/bin/env python3
"""Every method of temper train: the same bits on any threads and cpu, after a kill, with members together or alone; what is frozen and
what varies; and words where a method cannot run.

Needs only the standard library. The program is $TEMPER_BIN or the first argument."""
import json, pathlib, signal, subprocess, tempfile, time

from rig import LEVELS, TEMPER, check, end, report, run, says

DIGITS = ["train", "--data", "digits", "--model", "mlp:12", "--batch", 50]
HOT = ["--dynamics", "sghmc", "--temperature", 0.1]
METHODS = {
    "sam": ["--dynamics", "sam"],
    "asam": ["--dynamics", "asam"],
    "entropy_sgd": ["--dynamics", "entropy_sgd:L=3"],
    "weight_noise": ["--dynamics", "weight_noise"],
    "vi": ["--dynamics", "vi:draws=3", "--temperature", 0.1],
    "members": ["--ensemble", "seeds:members=3"],
    "swa": ["--ensemble", "swa", "--schedule", "constant"],
    "swag": ["--ensemble", "swag:rank=3,draws=4", "--schedule", "constant"],
    "replicas": ["--ensemble", "replicas:every=7"],
    "tempering": [*HOT, "--ensemble", "tempering:walkers=3", "--samples", 3],
    "resample": [*HOT, "--ensemble", "resample:walkers=4,stages=4"],
    "cyclic": ["--dynamics", "langevin", "--temperature", 0.1, "--schedule", "cyclic:cycles=2", "--cooling", "pulse:cycles=2", "--samples", 4],
    "fdr": ["--schedule", "fdr"],
    "speed": [*HOT, "--cooling", "speed"],
}


def plain(r):
    return {k: v for k, v in r.items() if k != "cost"}


def bits():
    for name, method in METHODS.items():
        job = [*DIGITS, "--seeds", 2, "--epochs", 6, *method]
        want = report(*job, "--threads", 1, "--cpu", "ref")
        if not want:
            continue
        for extra in [["-j2"], ["-j3"], ["--seeds", 1, "-j2"], *[["--cpu", level] for level in LEVELS[1:]]]:
            got = report(*job, *extra)
            if "--seeds" in extra:  # one seed: its walkers share the threads
                good = [got["test"][s]["mean"] == want["test"][s]["values"][0] for s in want["test"]]
                check(f"{name}: a seed alone", all(good), got["test"])
            else:
                check(f"{name} {' '.join(map(str, extra))}", plain(got) == plain(want), "another report")
        second = report(*job, "--first", 1, "--seeds", 1)
        check(f"{name}: the second seed alone", second["test"]["nll"]["mean"] == want["test"]["nll"]["values"][1], second["test"])


def killed(folder):
    for name, method in METHODS.items():
        job = [*DIGITS, "--seeds", 2, "--epochs", 400, *method]
        want = report(*job)
        place = folder / name
        p = subprocess.Popen([TEMPER, *map(str, job), "--out", place, "--checkpoint", "0.02", "-q"], stdout=subprocess.DEVNULL)
        begun = time.monotonic()
        while p.poll() is None and time.monotonic() < begun + 20 and not (place / "checkpoint").exists():
            time.sleep(0.005)
        p.send_signal(signal.SIGKILL)
        p.wait()
        got = run("resume", place, "--json", "-q", "-j2")
        check(f"{name} killed and resumed", got.returncode == 0 and plain(json.loads(got.stdout)) == plain(want), got.stderr or "another report")


def gradients():
    """Epochs are gradients: every method of one network takes as many as sgd."""
    want = report(*DIGITS, "--epochs", 6)["gradients_per_seed"]
    for name in ("sam", "asam", "entropy_sgd", "weight_noise", "vi", "swa", "swag", "cyclic"):
        got = report(*DIGITS, "--epochs", 6, *METHODS[name])["gradients_per_seed"]
        check(f"{name}: gradients", want <= got < want + 3, (got, want))
    for name, walkers in (("members", 3), ("replicas", 3)):
        got = report(*DIGITS, "--epochs", 6, *METHODS[name])["gradients_per_seed"]
        check(f"{name}: gradients", got == walkers * want, (got, want))


def varying():
    job = ["train", "--data", "digits", "--model", "graph:dense 12; relu; dropout 0.2; dense 10", "--batch", 50, "--epochs", 3, "--seeds", 3,
           "--augment", "blur=0.1", "--dynamics", "langevin", "--temperature", 0.01]
    free = report(*job)["test"]["nll"]["values"]
    for what in ("init", "order", "dropout", "augment", "noise"):
        nll = report(*job, "--vary", what)["test"]["nll"]["values"]
        check(f"--vary {what}: seed 0 is the same, the others differ", nll[0] == free[0] and len(set(nll)) == 3 and nll[1] != free[1], nll)
    for name in ("vi", "swag"):
        nll = report(*DIGITS, "--epochs", 6, "--seeds", 2, "--vary", "none", *METHODS[name])["test"]["nll"]["values"]
        check(f"--vary none of {name}", nll[0] == nll[1], nll)
    check("--vary none", len(set(report(*job, "--vary", "none")["test"]["nll"]["values"])) == 1)
    both = report(*job, "--vary", "init,order,dropout,augment,noise")
    check("all one by one", both["test"]["nll"]["values"] == free, both["test"])
    spoilt = report(*DIGITS, "--epochs", 20, "--label-noise", 0.4)
    clean = report(*DIGITS, "--epochs", 20)
    check("label noise", spoilt["test"]["accuracy"]["mean"] < clean["test"]["accuracy"]["mean"] and spoilt["test"]["nll"]["mean"] >
          1.5 * clean["test"]["nll"]["mean"] and spoilt["test"]["accuracy"]["mean"] > 0.6, (spoilt["test"], clean["test"]))


def wrong_words():
    says("vary what", 2, "did you mean 'order'", *DIGITS, "--vary", "ordre")
    says("vary of crews", 2, "one network a seed", *DIGITS, "--vary", "init", "--ensemble", "seeds:members=2")
    says("samples of swa", 2, "at the end of the run", *DIGITS, "--ensemble", "swa", "--samples", 3, "--epochs", 10)
    says("vi without prior", 2, "needs a prior", *DIGITS, "--dynamics", "vi", "--prior", "none")
    says("vi with cooling", 2, "stays as it is", *DIGITS, "--dynamics", "vi", "--cooling", "cosine")
    says("tempering at T = 0", 2, "langevin", *DIGITS, "--ensemble", "tempering")
    says("two laws for T", 2, "leave --cooling out", *DIGITS, *HOT, "--ensemble", "tempering", "--cooling", "cosine")
    says("a ramp is a law too", 2, "leave --cooling out", *DIGITS, *HOT, "--ensemble", "resample:stages=4", "--cooling", "constant:warm=0.5")
    says("a law for temperatures", 2, "--cooling speed", *DIGITS, *HOT, "--schedule", "speed")
    says("a system's ensemble", 2, "moves systems", *DIGITS, "--ensemble", "exchange")
    says("label noise of numbers", 2, "label_noise", "train", "--data", "teacher:output=field", "--model", "mlp:4", "--label-noise", 0.1)
    says("divergence", 1, "smaller rate", *DIGITS, "--dynamics", "sam:rate=1e6,decay=1e6")


with tempfile.TemporaryDirectory() as folder:
    bits()
    killed(pathlib.Path(folder))
    gradients()
    varying()
    wrong_words()
end()

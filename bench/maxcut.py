#!/usr/bin/env python3
"""Best cuts of G-set graphs by plain annealing, whole command timed, beside the best known cuts.

    bench/maxcut.py BUILD_DIR/bin/temper FOLDER_OF_GSET [graph …]

One row a graph: best cut of `reads` annealing runs (linear in beta), how many reads hit it, best known cut, wall time of the
command on all threads, and the time to hit that cut once with 99 % probability, TTS99 = t/reads · ln 0.01 / ln(1 − hits/reads),
which for few hits is uncertain by a factor of two."""
import csv, json, math, pathlib, subprocess, sys, time

GRAPHS = ["G1", "G2", "G3", "G6", "G11", "G14", "G22", "G32", "G43", "G48"]
READS, STEPS = 256, 2000


def main(temper, folder, *graphs):
    folder = pathlib.Path(folder)
    known = {row[0]: int(row[2]) for row in csv.reader(open(folder / "reference.csv")) if row[1] == "MaxCut"}
    print(f"{READS} reads of {STEPS} sweeps, seed 1\ngraph      best   known   hits   seconds    TTS99")
    for graph in graphs or GRAPHS:
        begin = time.time()
        out = subprocess.run([temper, "anneal", "--system", f"graph:file={folder / graph}.txt", "--ensemble", f"anneal:schedule=linear_beta,steps={STEPS}",
                              "--reads", str(READS), "--seed", "1", "--json", "--quiet"], check=True, capture_output=True, text=True).stdout
        seconds, result = time.time() - begin, json.loads(out)
        share = result["hits"] / READS
        tts = seconds / READS * (math.log(0.01) / math.log(1 - share) if share < 1 else 1)
        print(f"{graph:6} {result['best_cut']:8.0f} {known.get(graph, 0):7} {result['hits']:6} {seconds:9.2f} {tts:8.3f} s", flush=True)


main(*sys.argv[1:])

"""Sentences that help: what a job refuses or hints at beyond bad option values."""
import os
import pathlib
import subprocess
import sys
import tempfile

BIN = os.environ["TEMPER_BIN"]


def temper(*words, **more):
    done = subprocess.run([BIN, *words], capture_output=True, text=True, **more)
    return done.returncode, done.stdout, done.stderr


def houdayer_alone_is_refused():
    for verb in (["sample", "--temperature", "2"], ["anneal"]):
        code, out, said = temper(*verb, "--system", "ising:dims=4x4", "--sampler", "houdayer")
        assert code == 2 and not out and "metropolis+houdayer" in said, (code, said)
    assert temper("sample", "--temperature", "2", "--system", "ising:dims=4x4", "--sampler", "metropolis+houdayer", "--sweeps", "20")[0] == 0


def one_name_two_things():
    text = temper("describe", "hopfield")[1]
    assert "hopfield — system" in text and "hopfield — theory" in text and "alpha" in text
    assert "theory" not in temper("describe", "curie_weiss:n=5")[1].split("\n")[0]


def resume_from_elsewhere_says_where_names_count_from():
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "ring.txt").write_text("3 3\n1 2 1\n2 3 1\n3 1 1\n")
        assert temper("anneal", "--system", "graph:file=ring.txt", "--reads", "2", "--out", "run", "--quiet", cwd=folder)[0] == 0
        code, _, said = temper("resume", f"{folder}/run", cwd="/")
        assert code and "folder where the run began" in said, said
        assert temper("resume", "run", cwd=folder)[0] == 0


def no_word_about_reweighting_unasked():
    assert "overlap" not in temper("sample", "--system", "ising:dims=8x8", "--temperature", "0,2", "--sweeps", "300")[1]


def retrieval_stands_beside_its_theory():
    rows = temper("sample", "--system", "hopfield:n=500,patterns=10", "--start", "ordered", "--temperature", "0.2", "--sweeps", "50",
                  "--observe", "pattern_overlap", "--theory")[1]
    assert any("pattern_overlap[0]" in row and "0.999" in row.split()[-3] for row in rows.splitlines()), rows


def main():
    passed = failed = 0
    for test in (houdayer_alone_is_refused, one_name_two_things, resume_from_elsewhere_says_where_names_count_from,
                 no_word_about_reweighting_unasked, retrieval_stands_beside_its_theory):
        try:
            test()
            passed += 1
        except AssertionError as wrong:
            failed += 1
            print(f"FAILED {test.__name__}: {wrong}")
    print(f"{passed} passed, {failed} failed")
    return failed != 0


sys.exit(main())

"""A Hopfield memory cleans up a pattern of which 10 % of the bits are wrong, until it is overloaded.

Beside it the replica-symmetric theory of Amit, Gutfreund & Sompolinsky (1985) for infinitely many neurons."""
import numpy as np
import temper

n, trials = 1000, 40
rng = np.random.default_rng(1)
print("load α   median overlap after recall   theory, n = ∞")
for patterns in (20, 50, 80, 100, 120, 130, 150, 200):
    memory = temper.systems.hopfield(n=n, patterns=patterns, seed=3)
    recalled = []
    for k in range(min(trials, patterns)):
        chain = temper.Chain(memory, "metropolis:order=sequential", temperature=0, seed=k)
        chain.start(f"ordered:{k}")
        pattern = chain.s.copy()
        chain.s[rng.random(n) < 0.1] *= -1  # chain.s is the chain's own memory
        chain.refresh()
        chain.advance(30)
        recalled.append(np.mean(chain.s * pattern))
    m = np.median(recalled)
    theory = temper.theory(f"hopfield:alpha={patterns / n}", temperature=0)["results"][0]
    print(f"{patterns / n:5.2f}    {m:+.3f} {'█' * int(24 * max(0, m)):24}   {theory['m']:.3f}")
print(f"the theory's memory breaks down at α_c = {theory['alpha_c']:.4f}")

#!/bin/sh
# Free energy and entropy of a magnet in three independent ways, beside Kaufman's exact answer.
temper sample --system ising:dims=16x16 --sampler heatbath --temperature 2,2.5,3 --sweeps 4000 --free-energy

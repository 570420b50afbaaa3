/* Alignments in FASTA. */
#ifndef TEMPER_DATA_FASTA_H
#define TEMPER_DATA_FASTA_H

#include "data/samples.h"

typedef struct {
    const char *alphabet; /* "protein", "dna", "rna", or the letters themselves, the gap first */
    bool keep; /* lower-case letters are letters and '.' is a gap; else both are insertions and left out */
    double reweight; /* identity from which two rows share their weight, 0: no weights */
} temper_fasta_how;

/* The letters of an alphabet by name, or the text itself; NULL (with a sentence) where a letter comes twice, or there are fewer than 2 or more than 64. */
const char *temper_fasta_letters(const char *alphabet);
/* One row per sequence, columns are places, numbers of letters 0 … q−1; a letter that the alphabet hasn't is a gap. TEMPER_BAD_DATA with the
 * line: text before the first '>', an empty sequence, unequal lengths, bytes that are no letters. */
temper_status temper_fasta_take(temper_samples *samples, temper_bytes bytes, const temper_fasta_how *how);

#endif

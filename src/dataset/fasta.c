/* Alignments of proteins, DNA, RNA: rows are sequences, columns hold categories, the gap being 0. Sequences of one family are no independent
 * samples: where the identity of two is at least `reweight`, they share their weight. The sum of the weights is the effective number of rows. */
#include "data/fasta.h"
#include "base/memory.h"

typedef struct {
    char *file, *alphabet;
    int insertions;
    double reweight;
} fasta;

static temper_status fetch(const void *self, temper_samples *samples) {
    const fasta *d = self;
    const temper_fasta_how how = {d->alphabet, d->insertions == 1, d->reweight};
    char *data = NULL;
    temper_bytes bytes;
    if (!temper_fasta_letters(d->alphabet)) return TEMPER_BAD_OPTION;
    temper_status bad = temper_input_read(samples, d->file, &data, &bytes);
    if (!bad) bad = temper_fasta_take(samples, bytes, &how);
    temper_release(data);
    return bad;
}

static const temper_option options[] = {
    {"file", TEMPER_STRING, offsetof(fasta, file), NULL, 0, 0, NULL, NULL,
     "path of the alignment, packed with gzip or not"},
    {"alphabet", TEMPER_STRING, offsetof(fasta, alphabet), "protein", 0, 0, NULL, NULL,
     "protein (21 states), dna, rna (5), or the letters themselves, the gap first; other letters are gaps"},
    {"insertions", TEMPER_CHOICE, offsetof(fasta, insertions), "drop", 0, 0, "drop|keep", NULL,
     "small letters and dots: no columns of the alignment (a2m, a3m), or letters and gaps like others"},
    {"reweight", TEMPER_REAL, offsetof(fasta, reweight), "0.8", 0, 1, NULL, NULL,
     "identity from which two rows share their weight; 0: all weigh 1. Cost rows^2 times columns"},
    {0}};

const temper_dataset_type temper_dataset_fasta = {
    .about = {"fasta", "aligned sequences: categories in columns, weights against near copies",
              "W. R. Pearson & D. J. Lipman, PNAS 85, 2444 (1988); M. Weigt et al., PNAS 106, 67 (2009)",
              "file=data/small.fasta", options, sizeof(fasta)},
    .read = fetch,
};

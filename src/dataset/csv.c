/* Tables of numbers in text: CSV, TSV and their relatives. */
#include "base/memory.h"
#include "data/texts.h"

typedef struct {
    char *file, *label;
    int header, separator, task;
} csv;

static temper_status fetch(const void *self, temper_samples *samples) {
    const csv *d = self;
    const temper_csv_how how = {d->label, d->header, d->separator, (temper_task)d->task};
    char *data = NULL;
    temper_bytes bytes;
    temper_status bad = temper_input_read(samples, d->file, &data, &bytes);
    if (!bad) bad = temper_csv_take(samples, bytes, &how);
    temper_release(data);
    return bad;
}

static const temper_option options[] = {
    {"file", TEMPER_STRING, offsetof(csv, file), NULL, 0, 0, NULL, NULL,
     "path of the table, packed with gzip or not"},
    {"label", TEMPER_STRING, offsetof(csv, label), "last", 0, 0, NULL, NULL,
     "the column of labels: last, first, none, or its name in the header"},
    {"header", TEMPER_CHOICE, offsetof(csv, header), "auto", 0, 0, "auto|yes|no", NULL,
     "whether the first line names the columns; auto: yes, if no feature in it is a number"},
    {"separator", TEMPER_CHOICE, offsetof(csv, separator), "auto", 0, 0, "auto|comma|tab|semicolon|blank",
     NULL,
     "between columns; auto: tab, semicolon or comma, the first of these in the first line, else blanks"},
    {"task", TEMPER_CHOICE, offsetof(csv, task), "auto", 0, 0, "auto|class|regression", NULL,
     "what the label is; auto: classes, unless the labels are numbers of which one is broken or more than "
     "100 differ"},
    {0}};

const temper_dataset_type temper_dataset_csv = {
    .about = {"csv", "rows of numbers with one column of labels, in text: CSV, TSV", "RFC 4180",
              "file=data/digits.csv.gz", options, sizeof(csv)},
    .read = fetch,
};

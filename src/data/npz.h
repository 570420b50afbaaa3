/* npz, NumPy's archive of arrays, read: the members of a zip file, one after another, each an npy file. */
#ifndef TEMPER_DATA_NPZ_H
#define TEMPER_DATA_NPZ_H

#include "data/array.h"

typedef struct {
    const char *entry, *stop; /* what is left of the directory */
    temper_bytes zip;
    int64_t left;
} temper_zip_list;

/* Stands before the first entry of the directory. */
temper_status temper_zip_begin(temper_zip_list *list, temper_bytes zip);
/* The next member's name (not ended by 0) and bytes; *more false: there is none. *owned as in temper_zip_member. */
temper_status temper_zip_next(temper_zip_list *list, bool *more, temper_token *name, temper_bytes *bytes,
                              char **owned);

#endif

/* States that can be gone back to: one file of bytes, sealed with its SHA-256, and the one before it.
 *
 * Little-endian file: magic (8 bytes), version, byte-order mark, fingerprint of the recipe, eight whole numbers of shape, the body,
 * and the SHA-256 of all that as 64 hexadecimal digits. Written new, fsynced, renamed; the one before is kept as
 * NAME.previous. What the body is says its owner, in one function that serves saving and loading, so that the two cannot
 * differ. A digest can be made to fit, so the owner also checks what it reads. */
#ifndef TEMPER_RUN_SAVING_H
#define TEMPER_RUN_SAVING_H

#include <stdio.h>
#include "base/sha256.h"
#include "run/desk.h"

enum { TEMPER_SHAPE = 8 };

typedef struct { /* one way through the file */
    FILE *file;
    bool saving, failed; /* failed: the file or its content */
    temper_sha256 sha;
} temper_pass;

/* Moves bytes between memory and file; does nothing once the pass has failed. */
void temper_pass_carry(temper_pass *pass, void *data, size_t bytes);

typedef struct {
    const char *name;  /* of the file in the run directory */
    const char *magic; /* eight bytes */
    uint32_t version;  /* changes with any size in the body */
    void *owner;
    void (*shape)(const void *owner, int64_t shape[TEMPER_SHAPE]);
    /* Is a stored shape one that the owner can go on from? Takes over what moves (clocks). */
    bool (*adopt)(void *owner, const int64_t shape[TEMPER_SHAPE]);
    /* Carries the body; sets pass->failed where what it reads is illegal. May fail for other reasons. */
    temper_status (*body)(void *owner, temper_pass *pass);
} temper_saved;

temper_status temper_saved_write(const temper_saved *saved, temper_desk *desk);
/* Goes back to the newest file that is whole; says so when that is the previous one. *found: there was one. */
temper_status temper_saved_read(const temper_saved *saved, temper_desk *desk, bool *found);

#endif

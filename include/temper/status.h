/* Status codes and the one sentence that explains a failure.
 *
 * Every function that can fail returns a temper_status: 0, or one of the negative codes below. The sentence
 * names the thing, the option, the value and the legal range; it belongs to the calling thread and stays valid
 * until that thread's next failure. The library never aborts, exits or prints. */
#ifndef TEMPER_STATUS_H
#define TEMPER_STATUS_H

#include "temper/export.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef int temper_status;

enum {
    TEMPER_OK = 0,
    TEMPER_NO_MEMORY = -1,
    TEMPER_BAD_OPTION = -2, /* a name, value or combination that the caller can correct */
    TEMPER_BAD_DATA = -3,   /* the content of a file or text is not what its format says */
    TEMPER_BAD_FILE = -4,   /* the operating system refused: missing, unreadable, full, not writable */
    TEMPER_CANNOT =
        -5, /* legal, but this thing does not do it: Wolff on a dense glass, a level the CPU lacks */
    TEMPER_STOPPED =
        -6, /* the caller asked for a stop; a checkpoint was written where there is a run directory */
    TEMPER_DIAGNOSTIC = -7, /* the work is done, but a check of its quality failed */
    TEMPER_DIVERGED = -8    /* the numbers left the finite: a learning rate too large, and the like */
};

/* The sentence of the last failure on this thread; "" before the first one. Never NULL. */
TEMPER_API const char *temper_message(void);

/* Stores a sentence (printf rules, at most 511 bytes) and returns `code`, so that one writes
 *     return temper_fail(TEMPER_BAD_OPTION, "ising: J=%g is not finite", J); */
TEMPER_API temper_status temper_fail(temper_status code, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

#ifdef __cplusplus
}
#endif
#endif

/* Parallel-for. Work items know their index and nothing of threads, so no result can depend on a thread. */
#ifndef TEMPER_PARALLEL_H
#define TEMPER_PARALLEL_H

#include <stdint.h>
#include "temper/export.h"
#include "temper/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One item of work. It may write only what belongs to item i. */
typedef temper_status (*temper_work)(void *context, int64_t i);

/* Runs work(context, 0 … n−1) on the pool and waits. Every item runs, even after a failure; the failure of the
 * lowest index is returned, with its sentence. A call from inside an item runs its own items in place. */
TEMPER_API temper_status temper_parallel(int64_t n, temper_work work, void *context);

/* Sets the number of threads, 1 … 256; 0 means all that this process may use. Not from inside an item. */
TEMPER_API temper_status temper_threads(int n);

/* The number of threads in use, and the number that this process may use (its affinity mask). */
TEMPER_API int temper_thread_count(void);
TEMPER_API int temper_thread_limit(void);

#ifdef __cplusplus
}
#endif
#endif

/* view: what `temper landscape` looks at, for programs: a landscape made from the options of a job, and the place where one stands.
 *
 *     temper_job_create(&job, "landscape");
 *     temper_job_set(job, "run", "net1");
 *     temper_view_open(&view, job);
 *     temper_landscape_slope(temper_view_landscape(view), temper_view_theta(view), &u, grad);
 */
#ifndef TEMPER_VIEW_H
#define TEMPER_VIEW_H

#include "temper/landscape.h"
#include "temper/run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct temper_view temper_view;

/* job: of the verb "landscape", with run (and data, rows, member, bn, …) or potential; it may be freed afterwards. */
TEMPER_API temper_status temper_view_open(temper_view **view, const temper_job *job);
TEMPER_API void temper_view_free(temper_view *view); /* NULL is allowed */
TEMPER_API temper_landscape *temper_view_landscape(temper_view *view);
TEMPER_API const double *temper_view_theta(const temper_view *view); /* [temper_landscape_dim] */
/* θ of another member and sample of the run, from 0; sample −1: the last. */
TEMPER_API temper_status temper_view_weights(const temper_view *view, int64_t member, int64_t sample,
                                             double *theta);
/* One goes to stand at theta; batch norms are measured there unless bn=train. The landscape is made anew: pointers to the old one, and operators
 * of it, end here. */
TEMPER_API temper_status temper_view_move(temper_view *view, const double *theta);

#ifdef __cplusplus
}
#endif
#endif

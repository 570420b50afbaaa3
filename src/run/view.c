#include "temper/view.h"
#include <string.h>
#include "base/memory.h"
#include "run/job.h"
#include "run/scene.h"

struct temper_view {
    temper_settings settings; /* the scene looks at them */
    temper_scene scene;
};

/* Copies what the options say, as text. */
static temper_status copy(const temper_settings *from, temper_settings *to) {
    temper_status bad = temper_settings_begin("landscape", to);
    for (const temper_option *o = temper_settings_table("landscape"); o->name && !bad; o++) {
        char *value;
        bad = temper_settings_text(o, from, &value);
        if (!bad && value) bad = temper_settings_set("landscape", to, o->name, value);
        temper_release(value);
    }
    return bad;
}

temper_status temper_view_open(temper_view **out, const temper_job *job) {
    *out = NULL;
    if (strcmp(temper_job_verb(job), "landscape"))
        return temper_fail(TEMPER_BAD_OPTION, "view: a job of the verb '%s'; it must be 'landscape'",
                           temper_job_verb(job));
    temper_view *view = temper_alloc(1, sizeof *view);
    if (!view) return TEMPER_NO_MEMORY;
    temper_status bad = copy(temper_job_settings(job), &view->settings);
    if (!bad) bad = temper_scene_open(&view->scene, &view->settings, "landscape");
    if (bad)
        temper_view_free(view);
    else
        *out = view;
    return bad;
}

void temper_view_free(temper_view *view) {
    if (!view) return;
    temper_scene_clear(&view->scene);
    temper_settings_clear(&view->settings);
    temper_release(view);
}

temper_landscape *temper_view_landscape(temper_view *view) { return view->scene.landscape; }
const double *temper_view_theta(const temper_view *view) { return view->scene.theta; }
temper_status temper_view_weights(const temper_view *view, int64_t member, int64_t sample, double *theta) {
    return temper_scene_weights(&view->scene, member, sample, theta, NULL);
}
temper_status temper_view_move(temper_view *view, const double *theta) {
    return temper_scene_move(&view->scene, theta, NULL);
}

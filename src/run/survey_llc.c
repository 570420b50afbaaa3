/* temper measure --what llc: the local learning coefficient alone; and the way down to a minimum of a potential. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "run/survey.h"
#include "temper/flatness.h"

/* A potential has no training behind it: from its start one goes down to a minimum first, by steps that shrink where they lead up. */
temper_status temper_survey_settle(temper_survey *survey) {
    enum { STEPS = 20000 };
    temper_scene *scene = &survey->scene;
    int64_t n = scene->dim;
    double *grad = temper_alloc((size_t)n, 2 * sizeof *grad), *place = grad + n, u, v, step = 0.1, square = 1;
    if (!grad) return TEMPER_NO_MEMORY;
    temper_status bad = temper_landscape_slope(scene->landscape, scene->theta, &u, grad);
    for (int k = 0; k < STEPS && !bad && square > 1e-24 && step > 1e-18; k++) {
        square = 0;
        for (int64_t i = 0; i < n; i++)
            square += grad[i] * grad[i], place[i] = scene->theta[i] - step * grad[i];
        bad = temper_landscape_energy(scene->landscape, place, &v);
        if (!bad && v < -1e100)
            bad = temper_fail(TEMPER_DIVERGED,
                              "measure: below the start there is no minimum, the energy falls without end");
        if (bad || !(v < u)) {
            step /= 2;
            continue;
        }
        memcpy(scene->theta, place, (size_t)n * sizeof *place);
        bad = temper_landscape_slope(scene->landscape, scene->theta, &u, grad), step *= 1.2;
    }
    temper_release(grad);
    if (bad) return bad;
    temper_json_real(&survey->json, "loss_at_minimum", u);
    temper_text_add(&survey->text, "at the minimum below the start: u = %.6g, |slope| %.2g\n", u,
                    sqrt(square));
    return TEMPER_OK;
}

temper_status temper_survey_llc(temper_survey *survey) {
    const temper_scene *scene = &survey->scene;
    const temper_walk_plan walk = {.steps = survey->s->walk};
    temper_status bad = scene->network ? TEMPER_OK : temper_survey_settle(survey);
    if (bad) return bad;
    double square = 0, N = (double)temper_landscape_samples(scene->landscape);
    for (int64_t i = 0; i < scene->dim && scene->network; i++) square += scene->theta[i] * scene->theta[i];
    double gamma = survey->s->gamma > 0 ? survey->s->gamma
                   : square > 0         ? fmax(1, (double)scene->dim / square)
                                        : 1;
    double weight = survey->s->weight > 0 ? survey->s->weight : N > 2 ? 0 : 1000;
    temper_walked w;
    temper_survey_phase(survey, "walking", "steps");
    bad = temper_learning_coefficient(scene->landscape, scene->theta, weight, gamma, &walk, &survey->errand,
                                      &w);
    if (bad) return bad;
    temper_json *json = &survey->json;
    temper_json_real(json, "learning_coefficient", w.value);
    temper_json_real(json, "error", w.error);
    temper_json_real(json, "gamma", gamma);
    temper_json_real(json, "mean_loss", w.mean);
    temper_json_real(json, "distance", w.distance);
    temper_json_real(json, "rhat", w.rhat);
    temper_json_real(json, "gradients", w.cost);
    temper_text_add(&survey->text,
                    "\nlearning coefficient %.6g ± %.2g (a regular model has %.6g)\n"
                    "walkers: mean loss %.6g, distance %.4g, gamma %.4g, R-hat %.3f, %.0f gradients\n",
                    w.value, w.error, (double)scene->dim / 2, w.mean, w.distance, gamma, w.rhat, w.cost);
    if (w.rhat > 1.1)
        temper_text_add(&survey->text, "! the walkers don't agree: more steps, or a larger gamma\n");
    if (w.value < 0)
        temper_text_add(&survey->text, "! below 0: the network is not at a minimum of this loss\n");
    return TEMPER_OK;
}

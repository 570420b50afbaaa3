#include "core/two_layers.h"
#include <math.h>

int64_t temper_two_layers_parameters(const temper_two_layers *of) {
    int64_t v = of->V * of->visible_states, h = of->H * of->hidden_states;
    return v * h + v + h;
}

static bool finite_all(const float *x, int64_t n) {
    for (int64_t k = 0; k < n; k++)
        if (!isfinite(x[k])) return false;
    return true;
}

bool temper_two_layers_finite(const temper_two_layers *of) {
    int64_t v = of->V * of->visible_states, h = of->H * of->hidden_states;
    return finite_all(of->W, v * h) && finite_all(of->b, v) && finite_all(of->c, h);
}

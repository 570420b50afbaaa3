/* The weights of a run's members, each in two files: safetensors, which temper and PyTorch read, and npz for NumPy. */
#include "base/memory.h"
#include "run/model_file.h"
#include "temper/weights.h"

static char *path_of(const char *folder, temper_model_place place, const char *suffix) {
    temper_text path = {0};
    temper_text_add(&path, "%s/member_%04lld", folder, (long long)place.member);
    if (place.samples > 1) temper_text_add(&path, "_sample_%04lld", (long long)place.sample);
    temper_text_add(&path, "%s", suffix);
    return temper_text_take(&path);
}

temper_status temper_model_weights_write(const char *folder, const temper_network *network,
                                         temper_model_place place, const float *theta,
                                         const float *statistics) {
    static const char *const suffix[] = {".safetensors", ".npz"};
    temper_status bad = TEMPER_OK;
    for (int k = 0; k < 2 && !bad; k++) {
        char *path = path_of(folder, place, suffix[k]);
        bad = path ? temper_weights_write(path, network, theta, statistics, NULL) : TEMPER_NO_MEMORY;
        temper_release(path);
    }
    return bad;
}

temper_status temper_model_weights_read(const char *folder, const temper_network *network,
                                        temper_model_place place, float *theta, float *statistics) {
    char *path = path_of(folder, place, ".safetensors");
    if (!path) return TEMPER_NO_MEMORY;
    temper_status bad = temper_weights_read(path, network, theta, statistics);
    temper_release(path);
    return bad;
}

#include "core/needs.h"

temper_status temper_needs_spins(const char *who, const temper_system *system) {
    if (system->binary) return TEMPER_OK;
    return temper_fail(TEMPER_CANNOT, "%s: needs sites of value -1 or 1, and %s has others", who,
                       system->type->about.name);
}

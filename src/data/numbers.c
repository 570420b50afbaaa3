/* Arrays of any type as doubles. */
#include "data/numbers.h"
#include <string.h>
#include "base/memory.h"
#include "data/array.h"

bool temper_bytes_zipped(temper_bytes bytes) { return bytes.length > 3 && !memcmp(bytes.at, "PK\3\4", 4); }

temper_status temper_numbers_read(temper_numbers *numbers, temper_bytes bytes, const char *member) {
    char *owned = NULL;
    temper_array array;
    *numbers = (temper_numbers){0};
    temper_status bad = member ? temper_zip_member(bytes, member, &bytes, &owned) : TEMPER_OK;
    if (!bad) bad = temper_npy_view(&array, bytes);
    if (!bad && !(numbers->at = temper_alloc((size_t)array.count, sizeof *numbers->at)))
        bad = TEMPER_NO_MEMORY;
    if (!bad) {
        numbers->rank = array.rank, numbers->count = array.count;
        for (int k = 0; k < array.rank; k++) numbers->extent[k] = array.extent[k];
        for (int64_t k = 0; k < array.count; k++) numbers->at[k] = temper_array_at(&array, k);
    }
    temper_release(owned);
    return bad;
}

void temper_numbers_clear(temper_numbers *numbers) {
    temper_release(numbers->at);
    *numbers = (temper_numbers){0};
}

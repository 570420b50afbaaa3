/* How many of two rows of ±1 differ: bytes that differ in sign, eight at a time, each counted in a byte of its own. */
#include <string.h>
#include "kernel/levels.h"

int64_t temper_differing_ref(const int8_t *a, const int8_t *b, int64_t count) {
    int64_t sum = 0, x = 0;
    while (x + 8 <= count) {
        uint64_t in_bytes = 0;
        for (int k = 0; k < 255 && x + 8 <= count; k++, x += 8) { /* a byte counts to 255 */
            uint64_t u, v;
            memcpy(&u, a + x, 8);
            memcpy(&v, b + x, 8);
            in_bytes += (u ^ v) >> 7 & 0x0101010101010101;
        }
        uint64_t in_pairs = (in_bytes & 0x00FF00FF00FF00FF) + (in_bytes >> 8 & 0x00FF00FF00FF00FF);
        sum += (int64_t)(in_pairs * 0x0001000100010001 >> 48);
    }
    for (; x < count; x++) sum += a[x] != b[x];
    return sum;
}

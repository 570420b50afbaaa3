/* Numbers in text: written shortest, read strictly. */
#include <float.h>
#include <math.h>
#include <string.h>
#include "base/plain.h"
#include "base/text.h"

static int format_real(char *out, size_t size, const char *format, ...) {
    va_list values;
    va_start(values, format);
    int length = temper_plain_format(out, size, format, values);
    va_end(values);
    return length;
}

/* Fifteen digits survive decimal -> double -> decimal, so nothing shorter than %.15g needs a try. Not so for
 * subnormal numbers, whose digits are few. */
void temper_text_real(temper_text *text, double x) {
    if (isnan(x)) {
        temper_text_bytes(text, "nan", 3);
        return;
    }
    char digits[40];
    for (int precision = fabs(x) < DBL_MIN ? 1 : 15; precision <= 17; precision++) {
        format_real(digits, sizeof digits, "%.*g", precision, x);
        if (temper_plain_number(digits) == x) break;
    }
    temper_text_bytes(text, digits, strlen(digits));
}

/* The parts of [+-] digits [. digits] [e [+-] digits], at least one digit in front of the e. */
typedef struct {
    bool negative;
    const char *whole, *fraction;
    int wholes, fractions, exponent; /* exponent saturates at ±99999 */
} decimal;

static int run_of_digits(const char *s, const char *end) {
    const char *start = s;
    while (s < end && *s >= '0' && *s <= '9') s++;
    return (int)(s - start);
}

static bool read_exponent(const char *s, const char *end, int *exponent) {
    bool negative = s < end && *s == '-';
    if (s < end && (*s == '-' || *s == '+')) s++;
    if (s == end || run_of_digits(s, end) != end - s) return false;
    int e = 0;
    for (; s < end; s++) e = e < 10000 ? 10 * e + (*s - '0') : 99999;
    *exponent = negative ? -e : e;
    return true;
}

enum { LONGEST = 1200 }; /* the longest exact decimal of a double has 1077 characters */

static bool read_decimal(const char *s, size_t length, decimal *d) {
    if (length > LONGEST) return false;
    const char *end = s + length;
    *d = (decimal){.negative = length && *s == '-'};
    if (length && (*s == '-' || *s == '+')) s++;
    d->whole = s, d->wholes = run_of_digits(s, end), s += d->wholes;
    if (s < end && *s == '.') { d->fraction = ++s, d->fractions = run_of_digits(s, end), s += d->fractions; }
    if (d->wholes + d->fractions == 0) return false;
    if (s == end) return true;
    return (*s == 'e' || *s == 'E') && read_exponent(s + 1, end, &d->exponent);
}

bool temper_read_real(const char *s, size_t length, double *x) {
    size_t sign = length && (*s == '-' || *s == '+');
    if (length == sign + 3 && memcmp(s + sign, "inf", 3) == 0) {
        *x = *s == '-' ? -INFINITY : INFINITY;
        return true;
    }
    decimal d;
    char copy[LONGEST + 1];
    if (!read_decimal(s, length, &d)) return false;
    memcpy(copy, s, length);
    copy[length] = 0;
    double value = temper_plain_number(copy);
    if (isinf(value)) return false; /* a finite number beyond double is not silently another one */
    *x = value;
    return true;
}

/* value·10 + digit, unless that passes `most`. */
static bool append(uint64_t *value, int digit, uint64_t most) {
    if (*value > (most - (uint64_t)digit) / 10) return false;
    *value = 10 * *value + (uint64_t)digit;
    return true;
}

bool temper_read_int(const char *s, size_t length, int64_t *x) {
    decimal d;
    if (!read_decimal(s, length, &d)) return false;
    uint64_t value = 0, most = (uint64_t)INT64_MAX + d.negative;
    int digits = d.wholes + d.fractions, wanted = d.wholes + d.exponent; /* digits in front of the point */
    for (int i = 0; i < digits || (i < wanted && value); i++) {
        int digit = i >= digits ? 0 : (i < d.wholes ? d.whole[i] : d.fraction[i - d.wholes]) - '0';
        if (i >= wanted && digit) return false; /* not whole */
        if (i < wanted && !append(&value, digit, most)) return false;
    }
    *x = d.negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

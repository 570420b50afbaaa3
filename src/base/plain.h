/* printf and strtod in the C locale, whatever locale the program around us has set. */
#ifndef TEMPER_BASE_PLAIN_H
#define TEMPER_BASE_PLAIN_H

#include <stdarg.h>
#include <stddef.h>

int temper_plain_format(char *out, size_t size, const char *format, va_list values)
    __attribute__((format(printf, 3, 0)));
double temper_plain_number(const char *s); /* strtod of a text that the caller has already judged */

#endif

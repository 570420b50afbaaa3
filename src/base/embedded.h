/* Files built into the library by tools/embed.cmake, byte for byte. */
#ifndef TEMPER_BASE_EMBEDDED_H
#define TEMPER_BASE_EMBEDDED_H

#include <stddef.h>

extern const unsigned char temper_embedded_digits[]; /* data/digits.csv.gz */
extern const size_t temper_embedded_digits_size;
extern const unsigned char temper_embedded_uplot[], temper_embedded_uplot_style[]; /* vendor/uplot */
extern const size_t temper_embedded_uplot_size, temper_embedded_uplot_style_size;
extern const unsigned char temper_embedded_report_style[],
    temper_embedded_report_script[]; /* src/run/report.* */
extern const size_t temper_embedded_report_style_size, temper_embedded_report_script_size;
extern const unsigned char temper_embedded_surface_script[]; /* src/run/surface.js */
extern const size_t temper_embedded_surface_script_size;

#endif

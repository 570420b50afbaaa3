/* sheet: what every report page begins and ends with: style, title, and the script that makes its charts zoomable. One
 * self-contained file, readable offline, in print, without JavaScript, on light and on dark. */
#ifndef TEMPER_RUN_SHEET_H
#define TEMPER_RUN_SHEET_H

#include <stdint.h>
#include "base/text.h"

void temper_sheet_begin(const char *title, temper_text *out);
void temper_sheet_end(temper_text *out);
/* Sentences, one a line, as paragraphs; a line that begins with '!' is a warning, '#' and blanks before a sentence are left out. */
void temper_sheet_verdict(const char *lines, temper_text *out);
/* An <img> of height × width grey values ([row][column], 0 is black and 1 white), or colours [3][row][column], as PNG in a data URI. */
void temper_sheet_image(const float *pixels, int64_t channels, int64_t height, int64_t width, const char *alt,
                        temper_text *out);

#endif

# Files that the library carries with it, as C arrays: data/digits.csv.gz becomes temper_embedded_digits.
set(TEMPER_EMBEDDED ${CMAKE_BINARY_DIR}/embedded.c)
set(embedded "")
foreach(pair digits=data/digits.csv.gz uplot=vendor/uplot/uPlot.iife.min.js uplot_style=vendor/uplot/uPlot.min.css
        report_style=src/run/report.css report_script=src/run/report.js surface_script=src/run/surface.js)
  string(REPLACE "=" ";" pair ${pair})
  list(GET pair 0 name)
  list(GET pair 1 file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${file})
  file(READ ${CMAKE_SOURCE_DIR}/${file} hex HEX)
  string(REGEX REPLACE "(................................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
  string(APPEND embedded "
/* ${file} */
const unsigned char temper_embedded_${name}[] = {
${hex}};
const size_t temper_embedded_${name}_size = sizeof temper_embedded_${name};
")
endforeach()
file(CONFIGURE OUTPUT ${TEMPER_EMBEDDED} @ONLY CONTENT
"/* Made by tools/embed.cmake. */
#include \"base/embedded.h\"
${embedded}")

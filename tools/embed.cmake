# Files of data/ that the library carries with it, as C arrays: temper_embedded_digits from data/digits.csv.gz.
set(TEMPER_EMBEDDED ${CMAKE_BINARY_DIR}/embedded.c)
set(embedded_file ${CMAKE_SOURCE_DIR}/data/digits.csv.gz)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${embedded_file})
file(READ ${embedded_file} embedded_hex HEX)
string(REGEX REPLACE "(................................................)" "\\1\n" embedded_hex "${embedded_hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," embedded_hex "${embedded_hex}")
file(CONFIGURE OUTPUT ${TEMPER_EMBEDDED} @ONLY CONTENT
"/* Made by tools/embed.cmake from data/digits.csv.gz. */
#include \"data/binary.h\"
const unsigned char temper_embedded_digits[] = {
@embedded_hex@};
const size_t temper_embedded_digits_size = sizeof temper_embedded_digits;
")

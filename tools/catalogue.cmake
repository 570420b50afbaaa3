# The catalogue: every file of a room of things exports one object named after room and file, and appears here.
# src/system/ising.c exports `const temper_system_type temper_system_ising`.
set(TEMPER_CATALOGUE ${CMAKE_BINARY_DIR}/catalogue_list.c)
set(declarations "")
set(lists "")
foreach(room system potential sampler ensemble observe theory dataset dynamics schedule corruption machine learn)
  set(noun ${room})
  if(room STREQUAL observe)
    set(noun observable)
  elseif(room STREQUAL learn)
    set(noun method)
  endif()
  file(GLOB files CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/src/${room} src/${room}/*.c)
  list(SORT files)
  set(entries "")
  foreach(file ${files})
    get_filename_component(name ${file} NAME_WE)
    string(APPEND declarations "extern const temper_${noun}_type temper_${noun}_${name};\n")
    string(APPEND entries "    &temper_${noun}_${name},\n")
  endforeach()
  string(APPEND lists "const temper_${noun}_type *const temper_list_${noun}[] = {\n${entries}    0};\n")
endforeach()
file(CONFIGURE OUTPUT ${TEMPER_CATALOGUE} @ONLY CONTENT
"/* Made by tools/catalogue.cmake from the file names. */
#include \"core/catalogue.h\"
${declarations}
${lists}")

/* vti and vtp, the XML files of VTK that ParaView opens: a grid of values, and a surface with a line on it.
 *
 * Numbers are appended raw: one 8-byte length, then little-endian floats (or 64-bit integers), array behind array
 * (VTK File Formats, "XML file formats": appended data). Several fields in one file. */
#ifndef TEMPER_DATA_VTI_H
#define TEMPER_DATA_VTI_H

#include <stdint.h>
#include "base/text.h"

typedef struct {
    const char *name;
    const double *value; /* [points], written as floats */
} temper_vtk_field;

typedef struct {
    int axes; /* 1 … 3 */
    int64_t n[3];
    double from[3], to[3];
    const temper_vtk_field *field; /* the first axis fastest */
    int fields;
} temper_vtk_grid;

/* Image data: the whole grid. */
temper_status temper_vti_write(const char *path, const temper_vtk_grid *grid);

typedef struct {          /* over a grid of 2 axes */
    const double *height; /* [n0·n1] z; squares with a corner that is not finite are left out */
    int64_t line;         /* points of a polyline, or 0 */
    const double *at;     /* [line][3]; where a field has no value there, NaN is written */
} temper_vtk_surface;
/* Poly data: the surface as squares, fields as point data, and the line. */
temper_status temper_vtp_write(const char *path, const temper_vtk_grid *grid,
                               const temper_vtk_surface *surface);

/* ---- shared by the two ---- */

typedef struct { /* a file in the making: XML before, numbers behind */
    temper_text head, raw;
} temper_vtk_file;
void temper_vtk_floats(temper_vtk_file *file, const char *name, int components, const double *value,
                       int64_t n);
void temper_vtk_ints(temper_vtk_file *file, const char *name, const int64_t *value, int64_t n);
/* Joins the halves and writes them; clears. */
temper_status temper_vtk_finish(temper_vtk_file *file, const char *path);

#endif

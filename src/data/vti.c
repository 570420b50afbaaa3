#include "data/vti.h"
#include <string.h>
#include "base/memory.h"

static void little(temper_text *text, uint64_t x, int bytes) {
    char at[8];
    for (int k = 0; k < bytes; k++) at[k] = (char)(x >> 8 * k & 255);
    temper_text_bytes(text, at, (size_t)bytes);
}

static void tag(temper_vtk_file *file, const char *type, const char *name, int components) {
    temper_text_add(&file->head,
                    "<DataArray type=\"%s\" Name=\"%s\" NumberOfComponents=\"%d\" format=\"appended\" "
                    "offset=\"%zu\"/>\n",
                    type, name, components, file->raw.length);
}

void temper_vtk_floats(temper_vtk_file *file, const char *name, int components, const double *value,
                       int64_t n) {
    tag(file, "Float32", name, components);
    little(&file->raw, 4 * (uint64_t)n, 8);
    for (int64_t k = 0; k < n; k++) {
        float x = (float)value[k];
        uint32_t bits;
        memcpy(&bits, &x, sizeof bits);
        little(&file->raw, bits, 4);
    }
}

void temper_vtk_ints(temper_vtk_file *file, const char *name, const int64_t *value, int64_t n) {
    tag(file, "Int64", name, 1);
    little(&file->raw, 8 * (uint64_t)n, 8);
    for (int64_t k = 0; k < n; k++) little(&file->raw, (uint64_t)value[k], 8);
}

temper_status temper_vtk_finish(temper_vtk_file *file, const char *path) {
    temper_text_add(&file->head, "<AppendedData encoding=\"raw\">\n_");
    if (file->raw.data) temper_text_bytes(&file->head, file->raw.data, file->raw.length);
    temper_text_add(&file->head, "\n</AppendedData>\n</VTKFile>\n");
    temper_status bad = file->head.failed || file->raw.failed
                            ? temper_fail(TEMPER_NO_MEMORY, "%s: out of memory", path)
                            : temper_write_file(path, file->head.data, file->head.length);
    temper_text_clear(&file->head);
    temper_text_clear(&file->raw);
    return bad;
}

temper_status temper_vti_write(const char *path, const temper_vtk_grid *grid) {
    temper_vtk_file file = {0};
    int64_t last[3] = {0}, points = 1;
    double from[3] = {0}, step[3] = {1, 1, 1};
    for (int k = 0; k < grid->axes; k++) {
        last[k] = grid->n[k] - 1, points *= grid->n[k], from[k] = grid->from[k];
        if (last[k]) step[k] = (grid->to[k] - grid->from[k]) / (double)last[k];
    }
    temper_text_add(
        &file.head,
        "<?xml version=\"1.0\"?>\n<VTKFile type=\"ImageData\" version=\"1.0\" "
        "byte_order=\"LittleEndian\" header_type=\"UInt64\">\n"
        "<ImageData WholeExtent=\"0 %lld 0 %lld 0 %lld\" Origin=\"%.17g %.17g %.17g\" Spacing=\"%.17g %.17g "
        "%.17g\">\n<Piece Extent=\"0 %lld 0 %lld 0 %lld\">\n<PointData Scalars=\"%s\">\n",
        (long long)last[0], (long long)last[1], (long long)last[2], from[0], from[1], from[2], step[0],
        step[1], step[2], (long long)last[0], (long long)last[1], (long long)last[2],
        grid->fields ? grid->field[0].name : "");
    for (int f = 0; f < grid->fields; f++)
        temper_vtk_floats(&file, grid->field[f].name, 1, grid->field[f].value, points);
    temper_text_add(&file.head, "</PointData>\n</Piece>\n</ImageData>\n");
    return temper_vtk_finish(&file, path);
}

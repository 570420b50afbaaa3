/* A surface z(x, y) of squares with a polyline. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "data/vti.h"

typedef struct {
    const temper_vtk_grid *grid;
    const temper_vtk_surface *surface;
    int64_t points, all, squares; /* all: those of the line too */
    double *place;                /* [all][3] */
    double *value;                /* [all] */
    int64_t *corner;              /* [squares][4] */
    int64_t *end;                 /* [squares] 4, 8, … */
} mesh;

static bool solid(const mesh *m, int64_t p) { return isfinite(m->surface->height[p]); }

static void lay(mesh *m) {
    const temper_vtk_grid *g = m->grid;
    int64_t n0 = g->n[0], n1 = g->n[1];
    for (int64_t p = 0; p < m->points; p++) {
        double i = (double)(p % n0), j = (double)(p / n0), a = (double)(n0 - 1), b = (double)(n1 - 1);
        m->place[3 * p] = (g->from[0] * (a - i) + g->to[0] * i) / a;
        m->place[3 * p + 1] = (g->from[1] * (b - j) + g->to[1] * j) / b;
        m->place[3 * p + 2] = solid(m, p) ? m->surface->height[p] : 0;
    }
    if (m->surface->line)
        memcpy(m->place + 3 * m->points, m->surface->at, (size_t)(3 * m->surface->line) * sizeof(double));
    for (int64_t j = 0; j + 1 < n1; j++)
        for (int64_t i = 0; i + 1 < n0; i++) {
            int64_t p = j * n0 + i, *c = m->corner + 4 * m->squares;
            if (!solid(m, p) || !solid(m, p + 1) || !solid(m, p + n0) || !solid(m, p + n0 + 1)) continue;
            c[0] = p, c[1] = p + 1, c[2] = p + n0 + 1, c[3] = p + n0;
            m->end[m->squares] = 4 * (m->squares + 1), m->squares++;
        }
}

static void write_fields(const mesh *m, temper_vtk_file *file) {
    temper_text_add(&file->head, "<PointData Scalars=\"%s\">\n",
                    m->grid->fields ? m->grid->field[0].name : "");
    for (int f = 0; f < m->grid->fields; f++) {
        for (int64_t p = 0; p < m->all; p++) m->value[p] = p < m->points ? m->grid->field[f].value[p] : NAN;
        temper_vtk_floats(file, m->grid->field[f].name, 1, m->value, m->all);
    }
    temper_text_add(&file->head, "</PointData>\n<Points>\n");
    temper_vtk_floats(file, "Points", 3, m->place, 3 * m->all);
    temper_text_add(&file->head, "</Points>\n");
}

static temper_status write_mesh(mesh *m, const char *path) {
    temper_vtk_file file = {0};
    int64_t line = m->surface->line;
    temper_text_add(
        &file.head,
        "<?xml version=\"1.0\"?>\n<VTKFile type=\"PolyData\" version=\"1.0\" byte_order=\"LittleEndian\" "
        "header_type=\"UInt64\">\n<PolyData>\n<Piece NumberOfPoints=\"%lld\" NumberOfVerts=\"0\" "
        "NumberOfLines=\"%d\" NumberOfStrips=\"0\" NumberOfPolys=\"%lld\">\n",
        (long long)m->all, line > 0, (long long)m->squares);
    write_fields(m, &file);
    temper_text_add(&file.head, "<Lines>\n");
    int64_t *of = m->end + m->squares; /* room for one more polyline */
    for (int64_t k = 0; k < line; k++) of[k] = m->points + k;
    temper_vtk_ints(&file, "connectivity", of, line);
    temper_vtk_ints(&file, "offsets", &line, line > 0);
    temper_text_add(&file.head, "</Lines>\n<Polys>\n");
    temper_vtk_ints(&file, "connectivity", m->corner, 4 * m->squares);
    temper_vtk_ints(&file, "offsets", m->end, m->squares);
    temper_text_add(&file.head, "</Polys>\n</Piece>\n</PolyData>\n");
    return temper_vtk_finish(&file, path);
}

temper_status temper_vtp_write(const char *path, const temper_vtk_grid *grid,
                               const temper_vtk_surface *surface) {
    if (grid->axes != 2 || grid->n[0] < 2 || grid->n[1] < 2)
        return temper_fail(TEMPER_CANNOT, "%s: a surface has 2 axes of 2 points at least", path);
    mesh m = {.grid = grid, .surface = surface, .points = grid->n[0] * grid->n[1]};
    m.all = m.points + surface->line;
    m.place = temper_alloc((size_t)m.all, 4 * sizeof *m.place);
    m.corner = temper_alloc((size_t)m.all, 5 * sizeof *m.corner);
    temper_status bad = m.place && m.corner ? TEMPER_OK : TEMPER_NO_MEMORY;
    if (!bad) {
        m.value = m.place + 3 * m.all, m.end = m.corner + 4 * m.all;
        lay(&m);
        bad = write_mesh(&m, path);
    }
    temper_release(m.place);
    temper_release(m.corner);
    return bad;
}

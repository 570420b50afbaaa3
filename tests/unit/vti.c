/* vti and vtp: their bytes, looked at by hand; tests/python/test_vtk.py lets VTK read them. */
#include <stdlib.h>
#include <unistd.h>
#include "base/memory.h"
#include "check.h"
#include "data/vti.h"

static char folder[] = "/tmp/temper_vti_XXXXXX";

static void slurp(const char *name, char *path, char **data, size_t *length) {
    *data = NULL;
    snprintf(path, 100, "%s/%s", folder, name);
    CHECK_OK(temper_read_file(path, 1 << 20, data, length));
}

/* The bytes behind the '_' of the appended data, at an offset that the XML names for this array. */
static const char *array_at(const char *data, size_t length, const char *name, size_t *bytes) {
    char words[64];
    const char *raw = NULL;
    for (size_t k = 0; k + 30 < length && !raw; k++)
        if (!memcmp(data + k, "<AppendedData encoding=\"raw\">\n_", 31)) raw = data + k + 31;
    snprintf(words, sizeof words, "Name=\"%s\"", name);
    const char *tag = strstr(data, words), *offset = tag ? strstr(tag, "offset=\"") : NULL;
    if (!raw || !offset) return NULL;
    const char *at = raw + strtoull(offset + 8, NULL, 10);
    uint64_t size;
    memcpy(&size, at, 8);
    *bytes = (size_t)size;
    return at + 8;
}

static const double loss[6] = {0.1, 2, 3, -4, 5.5, 1e300}, other[6] = {0, 1, 2, 3, 4, NAN};
static const temper_vtk_field fields[2] = {{"loss", loss}, {"other", other}};
static const temper_vtk_grid grid = {
    .axes = 2, .n = {3, 2}, .from = {-1, 0}, .to = {1, 2}, .field = fields, .fields = 2};

static void image(void) {
    char path[100];
    size_t length = 0, bytes = 0;
    float got[6];
    snprintf(path, sizeof path, "%s/a.vti", folder);
    CHECK_OK(temper_vti_write(path, &grid));
    char *data;
    slurp("a.vti", path, &data, &length);
    if (!data) return;
    CHECK(strstr(data, "WholeExtent=\"0 2 0 1 0 0\""), "extent");
    CHECK(strstr(data, "Origin=\"-1 0 0\" Spacing=\"1 2 1\""), "where it lies");
    for (int f = 0; f < 2; f++) {
        const char *at = array_at(data, length, fields[f].name, &bytes);
        CHECK(at && bytes == sizeof got, "%zu bytes", bytes);
        if (!at) continue;
        memcpy(got, at, sizeof got);
        for (int k = 0; k < 6; k++) {
            float want = (float)fields[f].value[k];
            CHECK(!memcmp(&got[k], &want, 4) || (isnan(want) && isnan(got[k])), "%s %d: %g", fields[f].name,
                  k, (double)got[k]);
        }
    }
    temper_release(data);
}

static void surface(void) {
    char path[100];
    size_t length = 0, bytes = 0;
    const double line[6] = {-1, 0, 9, 1, 2, 8}, height[6] = {0, 1, 2, 3, 4, INFINITY};
    temper_vtk_surface s = {.height = height, .line = 2, .at = line};
    snprintf(path, sizeof path, "%s/a.vtp", folder);
    CHECK_OK(temper_vtp_write(path, &grid, &s));
    char *data;
    slurp("a.vtp", path, &data, &length);
    if (!data) return;
    CHECK(strstr(data, "NumberOfPoints=\"8\"") && strstr(data, "NumberOfLines=\"1\"") &&
              strstr(data, "NumberOfPolys=\"1\""),
          "one of two squares has all corners");
    float place[24];
    const char *at = array_at(data, length, "Points", &bytes);
    CHECK(at && bytes == sizeof place, "%zu bytes", bytes);
    if (at) {
        memcpy(place, at, sizeof place);
        CHECK(place[0] == -1 && place[1] == 0 && place[2] == 0, "first corner");
        CHECK(place[12] == 0 && place[13] == 2 && place[14] == 4, "point (1, 1)");
        CHECK(place[21] == 1 && place[22] == 2 && place[23] == 8, "end of the line");
    }
    const char *polys = strstr(data, "<Polys>");
    if (polys) { /* the second "connectivity" is that of squares */
        const char *offset = strstr(polys, "offset=\""),
                   *raw = strstr(polys, "<AppendedData encoding=\"raw\">\n_");
        int64_t corner[4];
        if (raw && offset) {
            memcpy(corner, raw + 31 + strtoull(offset + 8, NULL, 10) + 8, sizeof corner);
            CHECK(corner[0] == 0 && corner[1] == 1 && corner[2] == 4 && corner[3] == 3, "round the square");
        }
    }
    CHECK_FAILS(temper_vtp_write(path, &(temper_vtk_grid){.axes = 1, .n = {3}}, &s), TEMPER_CANNOT, "2 axes");
    temper_release(data);
}

static void memory(void) {
    char path[100];
    const double height[6] = {0, 1, 2, 3, 4, 5};
    temper_vtk_surface s = {.height = height};
    snprintf(path, sizeof path, "%s/b.vtp", folder);
    for (int which = 0; which < 2; which++)
        for (int64_t k = 1;; k++) {
            int64_t live = temper_alloc_live();
            temper_alloc_fail_at(k);
            temper_status bad = which ? temper_vtp_write(path, &grid, &s) : temper_vti_write(path, &grid);
            bool failed = temper_alloc_count() >= k;
            temper_alloc_fail_at(0);
            CHECK(bad == (failed ? TEMPER_NO_MEMORY : TEMPER_OK), "allocation %lld", (long long)k);
            CHECK(temper_alloc_live() == live, "leak at %lld", (long long)k);
            if (!failed) break;
        }
}

int main(void) {
    if (!mkdtemp(folder)) return 1;
    RUN(image);
    RUN(surface);
    RUN(memory);
    char path[100];
    static const char *const names[] = {"a.vti", "a.vtp", "b.vtp"};
    for (int k = 0; k < 3; k++) snprintf(path, sizeof path, "%s/%s", folder, names[k]), unlink(path);
    rmdir(folder);
    return check_end();
}

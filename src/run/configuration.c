#include "run/configuration.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "base/lines.h"
#include "base/memory.h"
#include "base/text.h"

temper_status temper_configuration_place(const char *path) {
    const char *slash = strrchr(path, '/');
    temper_text folder = {0};
    temper_text_bytes(&folder, slash ? path : ".", slash ? (size_t)(slash - path) + 1 : 1);
    bool good = !folder.failed && access(folder.data, W_OK | X_OK) == 0;
    temper_text_clear(&folder);
    return good ? TEMPER_OK
                : temper_fail(TEMPER_BAD_FILE, "%s: cannot be written there: %s", path, strerror(errno));
}

enum { VALUES_PER_LINE = 32 };

temper_status temper_configuration_write(const char *path, const temper_system *system, const int8_t *s) {
    temper_text text = {0};
    temper_text_add(&text, "# %s\n# energy %.17g\n", system->text, temper_system_energy(system, s));
    for (int i = 0; i < system->n; i++)
        temper_text_add(&text, "%d%s", s[i], (i + 1) % VALUES_PER_LINE && i + 1 < system->n ? " " : "\n");
    temper_status bad = text.failed ? TEMPER_NO_MEMORY : temper_write_file(path, text.data, text.length);
    temper_text_clear(&text);
    return bad;
}

static temper_status read_values(temper_lines *lines, const temper_system *system, int8_t *s) {
    static const int64_t range[2] = {-128, 127};
    int n = 0;
    while (temper_lines_next(lines)) {
        temper_token word;
        while (temper_lines_word(lines, &word)) {
            int64_t value;
            if (n == system->n)
                return temper_lines_fail(lines, "more than the %d values of %s", n, system->text);
            temper_status bad = temper_lines_int(lines, word, "a value", range, &value);
            if (bad) return bad;
            s[n++] = (int8_t)value;
        }
    }
    if (n < system->n)
        return temper_fail(TEMPER_BAD_DATA, "%.200s: ends after %d of the %d values", lines->name, n,
                           system->n);
    return temper_system_legal(system, s);
}

temper_status temper_configuration_read(const char *path, const temper_system *system, int8_t *s) {
    temper_lines lines;
    char *data;
    size_t length;
    temper_status bad = temper_read_file(path, (size_t)8 * (size_t)system->n + (1 << 20), &data, &length);
    if (bad) return bad;
    temper_lines_begin(&lines, path, data, length);
    lines.comments = "#";
    bad = read_values(&lines, system, s);
    temper_release(data);
    return bad;
}

#include "base/map.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

temper_status temper_map_file(temper_map *map, const char *path) {
    struct stat about;
    *map = (temper_map){0};
    int file = open(path, O_RDONLY);
    if (file < 0) return temper_fail(TEMPER_BAD_FILE, "cannot open %.300s: %s", path, strerror(errno));
    if (fstat(file, &about) || !S_ISREG(about.st_mode)) {
        close(file);
        return temper_fail(TEMPER_BAD_FILE, "%.300s is not a regular file, and cannot be streamed", path);
    }
    if (about.st_size == 0) {
        close(file);
        return temper_fail(TEMPER_BAD_FILE, "%.300s is empty", path);
    }
    void *at = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    int why = errno;
    close(file);
    if (at == MAP_FAILED) return temper_fail(TEMPER_BAD_FILE, "cannot map %.300s: %s", path, strerror(why));
    *map = (temper_map){at, (size_t)about.st_size};
    return TEMPER_OK;
}

void temper_unmap(temper_map *map) {
    if (map->at) munmap((void *)map->at, map->length);
    *map = (temper_map){0};
}

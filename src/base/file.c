/* Whole files, in and out. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/memory.h"
#include "base/text.h"

static temper_status refuse(const char *path, const char *verb) {
    return temper_fail(TEMPER_BAD_FILE, "%s: cannot %s: %s", path, verb, strerror(errno));
}

static temper_status read_all(int file, const char *path, size_t limit, temper_text *text) {
    char block[65536];
    for (;;) {
        ssize_t count = read(file, block, sizeof block);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return refuse(path, "read");
        temper_text_bytes(text, block, (size_t)count);
        if (text->failed) return TEMPER_NO_MEMORY;
        if (count == 0) return TEMPER_OK;
        if (text->length > limit)
            return temper_fail(TEMPER_BAD_DATA, "%s: longer than the limit of %zu bytes", path, limit);
    }
}

temper_status temper_read_file(const char *path, size_t limit, char **data, size_t *length) {
    *data = NULL, *length = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return refuse(path, "open");
    temper_text text = {0};
    temper_status status = read_all(file, path, limit, &text);
    close(file);
    if (status != TEMPER_OK) {
        temper_text_clear(&text);
        return status;
    }
    *length = text.length;
    *data = temper_text_take(&text);
    return TEMPER_OK;
}

static bool write_all(int file, const char *data, size_t length) {
    while (length > 0) {
        ssize_t count = write(file, data, length);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        data += count, length -= (size_t)count;
    }
    return true;
}

/* A full disk may show only at fsync or close. */
static temper_status write_new(const char *path, const char *fresh, const void *data, size_t length) {
    int file = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) return refuse(path, "create");
    if (!write_all(file, data, length) || fsync(file) != 0) {
        temper_status status = refuse(path, "write");
        close(file);
        return status;
    }
    if (close(file) != 0) return refuse(path, "close");
    if (rename(fresh, path) != 0) return refuse(path, "replace");
    return TEMPER_OK;
}

/* The rename itself must reach the disk. Some file systems know no fsync of a directory (EINVAL). */
static temper_status sync_folder(const char *path, char *scratch) {
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) + 1 : 1;
    memcpy(scratch, slash ? path : ".", length);
    scratch[length] = 0;
    int folder = open(scratch, O_RDONLY | O_CLOEXEC);
    if (folder < 0) return errno == EACCES ? TEMPER_OK : refuse(path, "open the folder of");
    bool done = fsync(folder) == 0 || errno == EINVAL;
    temper_status status = done ? TEMPER_OK : refuse(path, "write the folder of");
    close(folder);
    return status;
}

temper_status temper_write_file(const char *path, const void *data, size_t length) {
    size_t size = strlen(path) + sizeof ".new";
    char *fresh = temper_alloc(size, 1);
    if (!fresh) return TEMPER_NO_MEMORY;
    snprintf(fresh, size, "%s.new", path);
    temper_status status = write_new(path, fresh, data, length);
    if (status != TEMPER_OK)
        unlink(fresh);
    else
        status = sync_folder(path, fresh);
    temper_release(fresh);
    return status;
}

/* One member of a zip archive, as NumPy writes them (PKWARE APPNOTE 6.3: sections 4.3.7, 4.3.12, 4.3.16).
 *
 * The sizes are those of the central directory: NumPy forces the zip64 form on local headers, whose sizes then are all
 * ones. Archives that need zip64 in the directory (over 4 GiB) are refused. */
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "data/array.h"
#include "data/npz.h"

enum { END_SIZE = 22, ENTRY_SIZE = 46, LOCAL_SIZE = 30, COMMENT_MAX = 65535, STORED = 0, DEFLATED = 8 };

static size_t word16(const char *at) {
    const unsigned char *p = (const unsigned char *)at;
    return (size_t)p[0] | (size_t)p[1] << 8;
}

static size_t word32(const char *at) { return word16(at) | word16(at + 2) << 16; }

static temper_status fail_at(temper_bytes zip, size_t offset, const char *what) {
    return temper_fail(TEMPER_BAD_DATA, "%s: byte %zu: expected %s", zip.name, offset, what);
}

/* The end record: the last one whose comment fills the file exactly. */
static temper_status find_end(temper_bytes zip, size_t *end) {
    if (zip.length < END_SIZE) return fail_at(zip, 0, "a zip archive, found too few bytes");
    size_t least = zip.length > END_SIZE + COMMENT_MAX ? zip.length - END_SIZE - COMMENT_MAX : 0;
    for (*end = zip.length - END_SIZE;; --*end) {
        const char *p = zip.at + *end;
        if (!memcmp(p, "PK\5\6", 4) && word16(p + 20) == zip.length - END_SIZE - *end) return TEMPER_OK;
        if (*end == least)
            return fail_at(zip, zip.length, "the end record of a zip archive, found none (truncated file?)");
    }
}

static bool named(const char *entry, const char *member) {
    size_t length = strlen(member), size = word16(entry + 28);
    const char *name = entry + ENTRY_SIZE;
    if (size != length && size != length + 4) return false;
    return !memcmp(name, member, length) && (size == length || !memcmp(name + length, ".npy", 4));
}

/* The name of an entry, fit for a sentence, behind those before it. */
static void mention(char *list, size_t size, const char *entry) {
    size_t used = strlen(list), length = word16(entry + 28);
    if (used + length + 4 > size) return;
    if (used) list[used++] = ',', list[used++] = ' ';
    for (size_t k = 0; k < length; k++) {
        char c = entry[ENTRY_SIZE + k];
        list[used++] = c >= ' ' && c <= '~' ? c : '?';
    }
    list[used] = 0;
}

temper_status temper_zip_begin(temper_zip_list *list, temper_bytes zip) {
    size_t end = 0;
    temper_status bad = find_end(zip, &end);
    if (bad) return bad;
    size_t count = word16(zip.at + end + 10), size = word32(zip.at + end + 12),
           at = word32(zip.at + end + 16);
    if (count == 0xffff || size == 0xffffffff || at == 0xffffffff)
        return fail_at(zip, end, "an archive below 4 GiB and 65535 members, found zip64, which is not read");
    if (word16(zip.at + end + 4) || at > end || size > end - at)
        return fail_at(zip, end, "the directory of a zip archive in front of its end record");
    *list = (temper_zip_list){zip.at + at, zip.at + at + size, zip, (int64_t)count};
    return TEMPER_OK;
}

/* A whole entry of the directory; *entry NULL: there is none left. */
static temper_status next_entry(temper_zip_list *list, const char **entry) {
    const char *p = list->entry;
    const size_t at = (size_t)(p - list->zip.at), rest = (size_t)(list->stop - p);
    *entry = NULL;
    if (list->left == 0) return TEMPER_OK;
    if (rest < ENTRY_SIZE || memcmp(p, "PK\1\2", 4))
        return fail_at(list->zip, at, "an entry of the zip directory");
    size_t length = ENTRY_SIZE + word16(p + 28) + word16(p + 30) + word16(p + 32);
    if (rest < length) return fail_at(list->zip, at, "a whole entry of the zip directory");
    list->entry = p + length, list->left--;
    *entry = p;
    return TEMPER_OK;
}

static temper_status find_entry(temper_bytes zip, const char *member, const char **entry) {
    char list[160] = "";
    temper_zip_list walk;
    temper_status bad = temper_zip_begin(&walk, zip);
    if (bad) return bad;
    while (!(bad = next_entry(&walk, entry)) && *entry) {
        if (named(*entry, member)) return TEMPER_OK;
        mention(list, sizeof list, *entry);
    }
    if (bad) return bad;
    return temper_fail(TEMPER_BAD_DATA, "%s: expected a member '%.40s', found %s", zip.name, member,
                       *list ? list : "an empty archive");
}

uint32_t temper_crc32(const char *at, size_t length) {
    uint32_t table[256], crc = 0xffffffff;
    for (uint32_t k = 0; k < 256; k++) {
        table[k] = k;
        for (int bit = 0; bit < 8; bit++) table[k] = table[k] >> 1 ^ (table[k] & 1 ? 0xedb88320 : 0);
    }
    for (size_t k = 0; k < length; k++) crc = crc >> 8 ^ table[(crc ^ (unsigned char)at[k]) & 255];
    return ~crc;
}

/* Where the bytes of an entry begin, checked against the end of the file. */
static temper_status locate(temper_bytes zip, const char *entry, temper_bytes *packed) {
    size_t at = word32(entry + 42), size = word32(entry + 20);
    if (size == 0xffffffff || word32(entry + 24) == 0xffffffff || at == 0xffffffff)
        return fail_at(zip, (size_t)(entry - zip.at), "a member below 4 GiB, found zip64, which is not read");
    if (word16(entry + 8) & 1)
        return fail_at(zip, (size_t)(entry - zip.at), "a member that is not encrypted");
    if (at > zip.length || zip.length - at < LOCAL_SIZE || memcmp(zip.at + at, "PK\3\4", 4))
        return fail_at(zip, at, "the header of a zip member");
    size_t head = LOCAL_SIZE + word16(zip.at + at + 26) + word16(zip.at + at + 28);
    if (zip.length - at < head || zip.length - at - head < size)
        return fail_at(zip, at, "a whole zip member (truncated file?)");
    *packed = (temper_bytes){zip.name, zip.at + at + head, size};
    return TEMPER_OK;
}

/* The bytes of an entry, unpacked where they are packed. */
static temper_status take(temper_bytes zip, const char *entry, temper_bytes *bytes, char **owned) {
    temper_bytes packed = zip;
    *owned = NULL;
    temper_status bad = locate(zip, entry, &packed);
    if (bad) return bad;
    size_t method = word16(entry + 10), size = word32(entry + 24), where = (size_t)(entry - zip.at);
    if (method != STORED && method != DEFLATED)
        return fail_at(zip, where, "a member that is stored or deflated");
    if (method == STORED && size != packed.length)
        return fail_at(zip, where, "a stored member of equal sizes");
    *bytes = (temper_bytes){zip.name, packed.at, size};
    if (method == DEFLATED) {
        /* Deflate gains at most a factor 1032, so memory follows the bytes that are there. */
        if (size / 1032 > packed.length) return fail_at(zip, where, "a size that deflate can reach");
        if (!(*owned = temper_alloc(size ? size : 1, 1))) return TEMPER_NO_MEMORY;
        bad = temper_inflate(packed, *owned, size);
        bytes->at = *owned;
    }
    if (!bad && temper_crc32(bytes->at, size) != word32(entry + 16))
        bad = fail_at(zip, where, "bytes that fit the checksum of the member (damaged file?)");
    if (bad) temper_release(*owned), *owned = NULL;
    return bad;
}

temper_status temper_zip_member(temper_bytes zip, const char *member, temper_bytes *bytes, char **owned) {
    const char *entry = NULL;
    *owned = NULL;
    temper_status bad = find_entry(zip, member, &entry);
    return bad ? bad : take(zip, entry, bytes, owned);
}

temper_status temper_zip_next(temper_zip_list *list, bool *more, temper_token *name, temper_bytes *bytes,
                              char **owned) {
    const char *entry = NULL;
    *owned = NULL, *more = false;
    temper_status bad = next_entry(list, &entry);
    if (bad || !entry) return bad;
    *more = true;
    *name = (temper_token){entry + ENTRY_SIZE, word16(entry + 28)};
    return take(list->zip, entry, bytes, owned);
}

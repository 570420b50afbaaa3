/* The frame of a page, and small pictures: PNG (RFC 2083) whose data are one stored block of zlib (RFC 1950). */
#include "run/sheet.h"
#include <stdio.h>
#include <string.h>
#include "base/embedded.h"
#include "base/memory.h"
#include "run/figure.h"

void temper_sheet_begin(const char *title, temper_text *out) {
    temper_text_add(out,
                    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
                    "content=\"width=device-width\"><meta http-equiv=\"Content-Security-Policy\" "
                    "content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
                    "img-src data:\"><title>temper: ");
    temper_escape(title, out);
    temper_text_add(out, "</title>\n<style>");
    temper_text_bytes(out, (const char *)temper_embedded_report_style, temper_embedded_report_style_size);
    temper_text_bytes(out, (const char *)temper_embedded_uplot_style, temper_embedded_uplot_style_size);
    temper_text_add(out, "</style></head><body>\n");
}

void temper_sheet_end(temper_text *out) {
    temper_text_add(out, "<script>/* uPlot 1.6.32, MIT licence, (c) Leon Sorokin */\n");
    temper_text_bytes(out, (const char *)temper_embedded_uplot, temper_embedded_uplot_size);
    temper_text_add(out, "</script>\n<script>\n");
    temper_text_bytes(out, (const char *)temper_embedded_report_script, temper_embedded_report_script_size);
    temper_text_add(out, "</script>\n");
    if (out->data &&
        strstr(out->data, "<div class=\"surface\"")) { /* a page without surfaces needs no script for them */
        temper_text_add(out, "<script>\n");
        temper_text_bytes(out, (const char *)temper_embedded_surface_script,
                          temper_embedded_surface_script_size);
        temper_text_add(out, "</script>\n");
    }
    temper_text_add(out, "</body></html>\n");
}

void temper_sheet_verdict(const char *line, temper_text *out) {
    while (line && *line) {
        size_t length = strcspn(line, "\n");
        bool warning = *line == '!';
        char sentence[512];
        snprintf(sentence, sizeof sentence, "%.*s", (int)(length < 511 ? length : 511), line);
        temper_text_add(out, "<p class=\"verdict%s\">", warning ? " bad" : "");
        temper_escape(sentence + strspn(sentence, "!# "), out); /* as in the terminal's table */
        temper_text_add(out, "</p>\n");
        line += length + (line[length] == '\n');
    }
}

typedef struct { /* a PNG being written; `data` is large enough */
    unsigned char *data;
    size_t length;
} png;

static void put32(png *p, uint32_t v) {
    for (int k = 24; k >= 0; k -= 8) p->data[p->length++] = (unsigned char)(v >> k);
}

static uint32_t crc_of(const unsigned char *data, size_t n) {
    uint32_t crc = UINT32_MAX;
    for (size_t k = 0; k < n; k++) {
        crc ^= data[k];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

/* length, type, content, CRC of type and content */
static void chunk(png *p, const char *type, const unsigned char *content, size_t n) {
    put32(p, (uint32_t)n);
    size_t from = p->length;
    memcpy(p->data + p->length, type, 4);
    memcpy(p->data + p->length + 4, content, n);
    p->length += 4 + n;
    put32(p, crc_of(p->data + from, 4 + n));
}

/* zlib: two bytes of header, stored blocks of at most 65535 bytes, Adler-32. */
static size_t store(const unsigned char *raw, size_t n, unsigned char *out) {
    png z = {out, 0};
    uint32_t a = 1, b = 0;
    z.data[z.length++] = 0x78, z.data[z.length++] = 0x01;
    for (size_t at = 0; at < n; at += 65535) {
        size_t size = n - at < 65535 ? n - at : 65535;
        z.data[z.length++] = at + size == n;
        for (int k = 0; k < 2; k++) z.data[z.length++] = (unsigned char)(size >> 8 * k);
        for (int k = 0; k < 2; k++) z.data[z.length++] = (unsigned char)(~size >> 8 * k);
        memcpy(z.data + z.length, raw + at, size);
        z.length += size;
    }
    for (size_t k = 0; k < n; k++) a = (a + raw[k]) % 65521, b = (b + a) % 65521;
    put32(&z, b << 16 | a);
    return z.length;
}

static void base64(const unsigned char *data, size_t n, temper_text *out) {
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t k = 0; k < n; k += 3) {
        uint32_t v = (uint32_t)data[k] << 16 | (k + 1 < n ? (uint32_t)data[k + 1] << 8 : 0) |
                     (k + 2 < n ? data[k + 2] : 0);
        char four[4] = {digit[v >> 18], digit[v >> 12 & 63], k + 1 < n ? digit[v >> 6 & 63] : '=',
                        k + 2 < n ? digit[v & 63] : '='};
        temper_text_bytes(out, four, 4);
    }
}

static unsigned char shade(float v) { return (unsigned char)(v <= 0 ? 0 : v >= 1 ? 255 : v * 255 + 0.5f); }

void temper_sheet_image(const float *pixels, int64_t channels, int64_t height, int64_t width, const char *alt,
                        temper_text *out) {
    static const unsigned char magic[8] = {0x89, 'P', 'N', 'G', 13, 10, 26, 10};
    size_t samples = channels == 3 ? 3 : 1, line = 1 + samples * (size_t)width, n = line * (size_t)height;
    unsigned char head[13] = {0};
    unsigned char *raw = temper_alloc(3 * n + 4096 + n / 1000, 1); /* lines, their zlib, the PNG */
    if (!raw) {
        out->failed = true;
        return;
    }
    for (int64_t i = 0; i < height; i++) /* each line begins with filter 0 */
        for (int64_t j = 0; j < width; j++)
            for (size_t c = 0; c < samples; c++)
                raw[(size_t)i * line + 1 + (size_t)j * samples + c] =
                    shade(pixels[((int64_t)c * height + i) * width + j]);
    unsigned char *zlib = raw + n;
    size_t packed = store(raw, n, zlib);
    png p = {zlib + packed, 0};
    png h = {head, 0};
    put32(&h, (uint32_t)width);
    put32(&h, (uint32_t)height);
    head[8] = 8;                    /* bits */
    head[9] = samples == 3 ? 2 : 0; /* colours, or grey */
    memcpy(p.data, magic, 8);
    p.length = 8;
    chunk(&p, "IHDR", head, sizeof head);
    chunk(&p, "IDAT", zlib, packed);
    chunk(&p, "IEND", head, 0);
    temper_text_add(out, "<img alt=\"");
    temper_escape(alt, out);
    temper_text_add(out, "\" src=\"data:image/png;base64,");
    base64(p.data, p.length, out);
    temper_text_add(out, "\">");
    temper_release(raw);
}

/* Hostile texts, each of which RFC 8259 (or our limits: no doubled names, no \u0000) forbids; every prefix and every
 * single changed byte of a legal one. Each text lies in a block of its exact size, for AddressSanitizer. */
#include <stdlib.h>
#include "base/json.h"
#include "base/memory.h"
#include "check.h"

static temper_status read_exact(const char *text, size_t length) {
    temper_json_node *tree;
    char *copy = malloc(length + !length);
    memcpy(copy, text, length);
    temper_status status = temper_json_read(copy, length, &tree);
    free(copy);
    CHECK((status == TEMPER_OK) == (tree != NULL), "tree without success");
    temper_release(tree);
    return status;
}

#define TEXT(s)                                                                                              \
    { s, sizeof(s) - 1 }
static const struct {
    const char *text;
    size_t length;
} hostile[] = {
    TEXT(""),
    TEXT(" "),
    TEXT("[1,]"),
    TEXT("{\"a\":1,}"),
    TEXT("[,1]"),
    TEXT("[1,,2]"),
    TEXT("{,}"),
    TEXT("[1 2]"),
    TEXT("{\"a\" 1}"),
    TEXT("{\"a\":}"),
    TEXT("{1:2}"),
    TEXT("{a:1}"),
    TEXT("{'a':1}"),
    TEXT("[1}"),
    TEXT("{\"a\":1]"),
    TEXT("[1]]"),
    TEXT("1 2"),
    TEXT("]"),
    TEXT("NaN"),
    TEXT("Infinity"),
    TEXT("-Infinity"),
    TEXT("-"),
    TEXT("+1"),
    TEXT("01"),
    TEXT("-01"),
    TEXT("1."),
    TEXT(".5"),
    TEXT("1e"),
    TEXT("1e+"),
    TEXT("0x10"),
    TEXT("1e999"),
    TEXT("1_000"),
    TEXT("--1"),
    TEXT("True"),
    TEXT("nul"),
    TEXT("nulll"),
    TEXT("truefalse"),
    TEXT("\""),
    TEXT("\"\\\""),
    TEXT("\"a\nb\""),
    TEXT("\"a\0b\""),
    TEXT("\"\x1F\""),
    TEXT("\"\\x41\""),
    TEXT("\"\\u12\""),
    TEXT("\"\\u12G4\""),
    TEXT("\"\\u0000\""),
    TEXT("\"\\ud800\""),
    TEXT("\"\\udc00\""),
    TEXT("\"\\ud800\\u0041\""),
    TEXT("\"\\ud800\\"),
    TEXT("\"\\u"),
    TEXT("\"\x80\""),
    TEXT("\"\xC0\xAF\""),
    TEXT("\"\xC1\xBF\""),
    TEXT("\"\xC3\""),
    TEXT("\"\xE0\x9F\xBF\""),
    TEXT("\"\xED\xA0\x80\""),
    TEXT("\"\xF0\x8F\xBF\xBF\""),
    TEXT("\"\xF4\x90\x80\x80\""),
    TEXT("\"\xF5\x80\x80\x80\""),
    TEXT("\"\xFF\""),
    TEXT("\"\xE2\x82"),
    TEXT("\xEF\xBB\xBF[]"),
    TEXT("[1]\0"),
    TEXT("\0"),
    TEXT("[1]//x"),
    TEXT("/**/1"),
    TEXT("[\v1]"),
    TEXT("[\xC2\xA0]"),
    TEXT("{\"a\":1,\"\\u0061\":2}"),
    TEXT("{\"\":1,\"\":2}"),
    TEXT("[\"a\"\"b\"]"),
    TEXT("{\"a\":{\"b\":[{\"c\":1,\"c\":2}]}}"),
};

static void all_are_refused(void) {
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        temper_status status = read_exact(hostile[i].text, hostile[i].length);
        CHECK(status == TEMPER_BAD_DATA, "text %zu, '%s', was read", i, hostile[i].text);
        CHECK(strstr(temper_message(), "json: line 1, column"), "%s", temper_message());
    }
}

static void deep_nesting(void) {
    enum { LENGTH = 1000000 };
    char *text = malloc(LENGTH);
    for (int open = 0; open < 2; open++) {
        for (int i = 0; i < LENGTH; i++) text[i] = open ? "{\"a\":"[i % 5] : '[';
        CHECK(read_exact(text, LENGTH) == TEMPER_BAD_DATA, "a million brackets");
    }
    free(text);
}

static const char legal[] =
    "{\"a\": [1, -2.5e+3, \"x\\u00e9\\ud83d\\ude00\xE2\x82\xAC\"], \"b\": {\"c\": null, \"d\": true}}";

static void every_prefix(void) {
    CHECK_OK(read_exact(legal, sizeof legal - 1));
    for (size_t length = 0; length < sizeof legal - 1; length++)
        CHECK(read_exact(legal, length) == TEMPER_BAD_DATA, "%zu bytes of it", length);
}

static void every_byte_changed(void) {
    char text[sizeof legal];
    int good = 0;
    for (size_t at = 0; at < sizeof legal - 1; at++) {
        for (int byte = 0; byte < 256; byte++) {
            memcpy(text, legal, sizeof legal);
            text[at] = (char)byte;
            good += read_exact(text, sizeof legal - 1) == TEMPER_OK;
        }
    }
    CHECK(good > 100, "%d changed texts are still legal", good);
}

int main(void) {
    RUN(all_are_refused);
    RUN(deep_nesting);
    RUN(every_prefix);
    RUN(every_byte_changed);
    return check_end();
}

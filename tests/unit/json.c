#include "base/json.h"
#include <stdlib.h>
#include "base/memory.h"
#include "check.h"

static temper_json_node *tree;
static temper_status read_text(const char *text) { return temper_json_read(text, strlen(text), &tree); }

static void writes(void) {
    temper_json json = {0};
    temper_json_open(&json, NULL, '{');
    temper_json_string(&json, "name", "a \"b\"\\\n\x01\xC3\xA9");
    temper_json_string(&json, "none", NULL);
    temper_json_real(&json, "T", 2.269);
    temper_json_real(&json, "bad", NAN);
    temper_json_int(&json, "n", INT64_MIN);
    temper_json_open(&json, "list", '[');
    temper_json_bool(&json, NULL, true);
    temper_json_open(&json, NULL, '{');
    temper_json_close(&json, '}');
    temper_json_bool(&json, NULL, false);
    temper_json_close(&json, ']');
    temper_json_open(&json, "empty", '[');
    temper_json_close(&json, ']');
    temper_json_close(&json, '}');
    const char *want =
        "{\"name\": \"a \\\"b\\\"\\\\\\n\\u0001\xC3\xA9\", \"none\": null, \"T\": 2.269, \"bad\": null, "
        "\"n\": -9223372036854775808, \"list\": [true, {}, false], \"empty\": []}";
    CHECK(strcmp(json.text.data, want) == 0 && json.depth == 0, "%s", json.text.data);
    CHECK_OK(read_text(json.text.data));
    const temper_json_node *name = temper_json_member(tree, "name"), *list = temper_json_member(tree, "list");
    CHECK(name && strcmp(name->string, "a \"b\"\\\n\x01\xC3\xA9") == 0, "comes back");
    CHECK(list && list->count == 3 && list->child->number == 1, "list");
    CHECK(strcmp(temper_json_member(tree, "n")->string, "-9223372036854775808") == 0, "digits as written");
    temper_release(tree);
    temper_text_clear(&json.text);
}

static void tree_shape(void) {
    CHECK_OK(read_text(" {\"a\" : [1, -2.5e1, [ ], \"x\"], \"b\": {\"c\": null, \"\": false}}\r\n\t"));
    const temper_json_node *a = temper_json_member(tree, "a"), *b = temper_json_member(tree, "b");
    CHECK(tree->kind == TEMPER_JSON_OBJECT && tree->count == 2 && !tree->name && !tree->next, "top");
    CHECK(a && b && tree->child == a && a->next == b && !b->next && strcmp(a->name, "a") == 0,
          "members in order");
    CHECK(a->kind == TEMPER_JSON_ARRAY && a->count == 4, "array");
    const temper_json_node *x = a->child;
    CHECK(x->kind == TEMPER_JSON_NUMBER && x->number == 1 && !x->name, "1");
    x = x->next;
    CHECK(x->number == -25 && strcmp(x->string, "-2.5e1") == 0, "-2.5e1");
    x = x->next;
    CHECK(x->kind == TEMPER_JSON_ARRAY && x->count == 0 && !x->child, "[]");
    x = x->next;
    CHECK(x->kind == TEMPER_JSON_STRING && strcmp(x->string, "x") == 0 && !x->next, "x");
    CHECK(temper_json_member(b, "c")->kind == TEMPER_JSON_NULL && temper_json_member(b, "")->number == 0,
          "c and ''");
    CHECK(!temper_json_member(b, "a") && !temper_json_member(a, "a") && !temper_json_member(NULL, "a"),
          "absent");
    temper_release(tree);
}

static void scalars_and_strings(void) {
    CHECK_OK(read_text("-0.0"));
    CHECK(tree->number == 0 && signbit(tree->number), "-0");
    temper_release(tree);
    CHECK_OK(read_text("\"\\u00e9\\u20AC\\ud83d\\ude00\\b\\f\\n\\r\\t\\/\\\"\\\\\""));
    CHECK(strcmp(tree->string, "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\b\f\n\r\t/\"\\") == 0, "%s",
          tree->string);
    temper_release(tree);
    CHECK_OK(read_text("\"\xF4\x8F\xBF\xBF \xED\x9F\xBF \xEE\x80\x80 \xE0\xA0\x80 \xF0\x90\x80\x80 \x7F\""));
    temper_release(tree);
}

static void says_where(void) {
    CHECK_FAILS(read_text("{\n  \"a\": 1,\n  \"\xC3\xA9\": tru\n}"), TEMPER_BAD_DATA, "line 3, column 8");
    CHECK_FAILS(read_text(""), TEMPER_BAD_DATA, "line 1, column 1: the text ends");
    CHECK_FAILS(read_text("{\"a\":1,\"b\":2,\"a\":3}"), TEMPER_BAD_DATA, "column 14: a second member");
    CHECK(tree == NULL, "no tree");
}

static void depth(void) {
    char text[200];
    for (int levels = 64; levels <= 65; levels++) {
        memset(text, '[', (size_t)levels);
        memset(text + levels, ']', (size_t)levels);
        temper_status status = temper_json_read(text, 2 * (size_t)levels, &tree);
        CHECK(status == (levels == 64 ? TEMPER_OK : TEMPER_BAD_DATA), "%d levels", levels);
        temper_release(tree);
    }
}

/* 200000 members in an order that is bad for a sorted list; then one of them twice. */
static void many_members(void) {
    enum { N = 200000 };
    temper_json json = {0};
    char name[16];
    temper_json_open(&json, NULL, '{');
    for (int i = 0; i < N; i++) {
        snprintf(name, sizeof name, "%d", (int)((int64_t)i * 7919 % N));
        temper_json_int(&json, name, i);
    }
    size_t length = json.text.length;
    temper_json_close(&json, '}');
    CHECK_OK(temper_json_read(json.text.data, json.text.length, &tree));
    CHECK(tree && tree->count == N && temper_json_member(tree, "7919")->number == 1, "members");
    temper_release(tree);
    json.text.length = length;
    temper_json_int(&json, "7919", 1);
    temper_json_close(&json, '}');
    CHECK_FAILS(temper_json_read(json.text.data, json.text.length, &tree), TEMPER_BAD_DATA, "second member");
    temper_text_clear(&json.text);
}

static void memory_fails(void) {
    int64_t live = temper_alloc_live();
    temper_alloc_fail_at(1);
    CHECK_FAILS(read_text("[1]"), TEMPER_NO_MEMORY, "memory");
    temper_alloc_fail_at(0);
    CHECK_OK(read_text("[\"abc\", {\"d\": [1, 2]}]"));
    CHECK(temper_alloc_live() == live + 1, "one block");
    temper_release(tree);
    CHECK_FAILS(read_text("{\"a\":1,\"a\":1}"), TEMPER_BAD_DATA, "second");
    CHECK(temper_alloc_live() == live, "nothing left");
}

int main(void) {
    RUN(writes);
    RUN(tree_shape);
    RUN(scalars_and_strings);
    RUN(says_where);
    RUN(depth);
    RUN(many_members);
    RUN(memory_fails);
    return check_end();
}

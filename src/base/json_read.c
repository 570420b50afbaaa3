/* The reader, RFC 8259 to the letter. One grammar runs twice: the first time it judges and counts, the second time
 * it fills the one block that was counted. */
#include <string.h>
#include "base/json.h"
#include "base/memory.h"

enum { DEEPEST = 64, MOST = 1 << 24 };

typedef struct cell {
    temper_json_node node;
    const char *at;      /* where the member began, for a sentence about it */
    struct cell *sorted; /* next member in the order of names */
} cell;

typedef struct {
    const char *text, *at, *end;
    int depth, nodes;
    size_t bytes;
    cell *cells, spare; /* NULL while counting: then `spare` takes what nobody reads */
    char *strings;
} reader;

static bool bad_at(const reader *r, const char *at, const char *what) {
    int64_t line = 1, column = 1;
    for (const char *s = r->text; s < at; s++) {
        if (*s == '\n')
            line++, column = 1;
        else if (((unsigned char)*s & 0xC0) != 0x80)
            column++;
    }
    temper_fail(TEMPER_BAD_DATA, "json: line %lld, column %lld: %s", (long long)line, (long long)column,
                what);
    return false;
}

static bool bad(const reader *r, const char *what) { return bad_at(r, r->at, what); }

/* The next byte, or 0 at the end: as a byte of the text 0 is illegal everywhere. */
static unsigned char peek(const reader *r) { return r->at < r->end ? (unsigned char)*r->at : 0; }

static void skip_blanks(reader *r) {
    while (r->at < r->end && strchr(" \t\n\r", *r->at) && *r->at) r->at++;
}

static void emit(reader *r, unsigned c) {
    if (r->strings) r->strings[r->bytes] = (char)c;
    r->bytes++;
}

static void emit_utf8(reader *r, unsigned code) {
    if (code < 0x80) {
        emit(r, code);
        return;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned lead[] = {0, 0xC0, 0xE0, 0xF0};
    emit(r, lead[more] | code >> 6 * more);
    while (more-- > 0) emit(r, 0x80 | (code >> 6 * more & 0x3F));
}

static bool hex(reader *r, unsigned *code) {
    *code = 0;
    for (int i = 0; i < 4; i++, r->at++) {
        unsigned c = peek(r), letter = c | 0x20;
        if (c >= '0' && c <= '9')
            *code = *code << 4 | (c - '0');
        else if (letter >= 'a' && letter <= 'f')
            *code = *code << 4 | (letter - 'a' + 10);
        else
            return bad(r, "\\u wants four hexadecimal digits");
    }
    return true;
}

static bool escape(reader *r) {
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *start = r->at++, *simple = peek(r) ? strchr(from, peek(r)) : NULL;
    if (simple) {
        r->at++;
        emit(r, (unsigned char)to[simple - from]);
        return true;
    }
    unsigned code, low;
    if (peek(r) != 'u') return bad_at(r, start, "unknown escape");
    r->at++;
    if (!hex(r, &code)) return false;
    if (code == 0) return bad_at(r, start, "a string cannot hold the character 0");
    if (code >= 0xDC00 && code < 0xE000) return bad_at(r, start, "second half of a surrogate pair alone");
    if (code >= 0xD800 && code < 0xDC00) {
        if (r->end - r->at < 2 || r->at[0] != '\\' || r->at[1] != 'u')
            return bad_at(r, start, "first half of a surrogate pair alone");
        r->at += 2;
        if (!hex(r, &low)) return false;
        if (low < 0xDC00 || low >= 0xE000) return bad_at(r, start, "first half of a surrogate pair alone");
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    emit_utf8(r, code);
    return true;
}

/* One character of two to four bytes (RFC 3629: shortest form, no surrogates, at most 10FFFF). */
static bool utf8(reader *r) {
    unsigned c = peek(r), low = 0x80, high = 0xBF;
    int more = c >= 0xC2 && c <= 0xDF ? 1 : c >= 0xE0 && c <= 0xEF ? 2 : c >= 0xF0 && c <= 0xF4 ? 3 : 0;
    if (more == 0 || r->end - r->at <= more) return bad(r, "not UTF-8");
    if (c == 0xE0) low = 0xA0;
    if (c == 0xED) high = 0x9F;
    if (c == 0xF0) low = 0x90;
    if (c == 0xF4) high = 0x8F;
    emit(r, c);
    for (int i = 1; i <= more; i++, low = 0x80, high = 0xBF) {
        unsigned char next = (unsigned char)r->at[i];
        if (next < low || next > high) return bad(r, "not UTF-8");
        emit(r, next);
    }
    r->at += more + 1;
    return true;
}

static const char *string_here(const reader *r) { return r->strings ? r->strings + r->bytes : NULL; }

static bool string(reader *r, const char **decoded) {
    const char *start = r->at++;
    *decoded = string_here(r);
    for (;;) {
        unsigned char c = peek(r);
        if (r->at == r->end) return bad_at(r, start, "string without an end");
        if (c < 0x20) return bad(r, "control character in a string");
        if (c == '"') break;
        if (c == '\\' ? !escape(r) : c >= 0x80 && !utf8(r)) return false;
        if (c != '\\' && c < 0x80) emit(r, c), r->at++;
    }
    r->at++;
    emit(r, 0);
    return true;
}

static bool digits(reader *r) {
    const char *start = r->at;
    while (peek(r) >= '0' && peek(r) <= '9') r->at++;
    return r->at > start;
}

static bool number(reader *r, temper_json_node *node) {
    const char *start = r->at, *first = start + (peek(r) == '-');
    r->at = first;
    if (!digits(r)) return bad(r, "a digit is missing");
    if (*first == '0' && r->at > first + 1) return bad_at(r, start, "number with a leading zero");
    if (peek(r) == '.') {
        r->at++;
        if (!digits(r)) return bad(r, "a digit is missing behind the point");
    }
    if (peek(r) == 'e' || peek(r) == 'E') {
        r->at++;
        if (peek(r) == '+' || peek(r) == '-') r->at++;
        if (!digits(r)) return bad(r, "a digit is missing in the exponent");
    }
    node->kind = TEMPER_JSON_NUMBER;
    node->string = string_here(r);
    if (!temper_read_real(start, (size_t)(r->at - start), &node->number))
        return bad_at(r, start, "number beyond the range of double");
    for (const char *s = start; s < r->at; s++) emit(r, (unsigned char)*s);
    emit(r, 0);
    return true;
}

static bool word(reader *r, temper_json_node *node) {
    static const char *const words[] = {"null", "false", "true"};
    for (int i = 0; i < 3; i++) {
        size_t length = strlen(words[i]);
        if ((size_t)(r->end - r->at) < length || memcmp(r->at, words[i], length) != 0) continue;
        r->at += length;
        node->kind = i == 0 ? TEMPER_JSON_NULL : TEMPER_JSON_BOOL;
        node->number = i == 2;
        return true;
    }
    return bad(r, r->at < r->end ? "a value is expected here" : "the text ends where a value is expected");
}

static cell *merge(cell *a, cell *b) {
    cell head, *tail = &head;
    while (a && b) {
        cell **least = strcmp(b->node.name, a->node.name) < 0 ? &b : &a;
        tail->sorted = *least, tail = *least;
        *least = tail->sorted;
    }
    tail->sorted = a ? a : b;
    return head.sorted;
}

/* Sorts the next n > 0 cells of *list and moves it behind them. */
static cell *sort(cell **list, int n) {
    if (n == 1) {
        cell *one = *list;
        *list = (cell *)one->node.next;
        one->sorted = NULL;
        return one;
    }
    cell *front = sort(list, n / 2), *back = sort(list, n - n / 2);
    return merge(front, back);
}

/* By sorting: a hostile object of a million members must not take a million squared. */
static bool distinct(const reader *r, const cell *object) {
    cell *list = (cell *)object->node.child;
    for (cell *one = sort(&list, object->node.count); one->sorted; one = one->sorted)
        if (strcmp(one->node.name, one->sorted->node.name) == 0)
            return bad_at(r, one->sorted->at, "a second member of the same name");
    return true;
}

static bool value(reader *r, cell **made);

static bool member_name(reader *r, const char **name) {
    if (peek(r) != '"') return bad(r, "the name of a member is expected here");
    if (!string(r, name)) return false;
    skip_blanks(r);
    if (peek(r) != ':') return bad(r, "':' is missing");
    r->at++;
    skip_blanks(r);
    return true;
}

static bool children(reader *r, cell *self, char close) {
    for (cell *last = NULL;;) {
        const char *start = r->at, *name = NULL;
        cell *child;
        if (close == '}' && !member_name(r, &name)) return false;
        if (!value(r, &child)) return false;
        if (r->cells) {
            child->node.name = name, child->at = start;
            *(last ? &last->node.next : &self->node.child) = &child->node;
            last = child;
            self->node.count++;
        }
        skip_blanks(r);
        if (peek(r) == close) break;
        if (peek(r) != ',') return bad(r, close == '}' ? "',' or '}' is missing" : "',' or ']' is missing");
        r->at++;
        skip_blanks(r);
    }
    return close == ']' || !r->cells || distinct(r, self);
}

static bool container(reader *r, cell *self, char close) {
    if (r->depth == DEEPEST) return bad(r, "nested deeper than 64 levels");
    self->node.kind = close == '}' ? TEMPER_JSON_OBJECT : TEMPER_JSON_ARRAY;
    r->depth++, r->at++;
    skip_blanks(r);
    if (peek(r) != close && !children(r, self, close)) return false;
    r->depth--, r->at++;
    return true;
}

static bool value(reader *r, cell **made) {
    if (r->nodes == MOST) return bad(r, "more than 2^24 values");
    cell *self = *made = r->cells ? &r->cells[r->nodes] : &r->spare;
    r->nodes++;
    unsigned char c = peek(r);
    if (c == '{') return container(r, self, '}');
    if (c == '[') return container(r, self, ']');
    if (c == '"') {
        self->node.kind = TEMPER_JSON_STRING;
        return string(r, &self->node.string);
    }
    if (c == '-' || (c >= '0' && c <= '9')) return number(r, &self->node);
    return word(r, &self->node);
}

static bool document(reader *r) {
    cell *top;
    skip_blanks(r);
    if (!value(r, &top)) return false;
    skip_blanks(r);
    return r->at == r->end || bad(r, "something follows the document");
}

temper_status temper_json_read(const char *text, size_t length, temper_json_node **tree) {
    *tree = NULL;
    reader count = {.text = text, .at = text, .end = text + length};
    if (!document(&count)) return TEMPER_BAD_DATA;
    size_t cells = (size_t)count.nodes * sizeof(cell);
    cell *block = temper_alloc(cells + count.bytes, 1);
    if (!block) return TEMPER_NO_MEMORY;
    reader fill = {
        .text = text, .at = text, .end = text + length, .cells = block, .strings = (char *)block + cells};
    if (!document(&fill)) {
        temper_release(block);
        return TEMPER_BAD_DATA;
    }
    *tree = &block->node;
    return TEMPER_OK;
}

const temper_json_node *temper_json_member(const temper_json_node *object, const char *name) {
    if (!object || object->kind != TEMPER_JSON_OBJECT) return NULL;
    const temper_json_node *member = object->child;
    while (member && strcmp(member->name, name) != 0) member = member->next;
    return member;
}

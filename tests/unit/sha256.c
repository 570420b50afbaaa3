/* FIPS 180-4 examples (NIST: SHA256.pdf); the zeros: coreutils sha256sum. */
#include "base/sha256.h"
#include "check.h"

static void check_hash(const char *data, size_t length, int times, const char *want) {
    temper_sha256 sha;
    char hex[65];
    temper_sha256_begin(&sha);
    for (int i = 0; i < times; i++) temper_sha256_add(&sha, data, length);
    temper_sha256_end(&sha, hex);
    CHECK(strcmp(hex, want) == 0, "%s, want %s", hex, want);
}

static void known_answers(void) {
    check_hash("", 0, 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_hash("abc", 3, 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, 1,
               "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    check_hash("a", 1, 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    static const char zeros[1024];
    check_hash(zeros, 55, 1, "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7");
    check_hash(zeros, 56, 1, "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb");
    check_hash(zeros, 64, 1, "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b");
    check_hash(zeros, 1000, 1, "541b3e9daa09b20bf85fa273e5cbd3e80185aa4ec298e765db87742b70138a53");
}

/* However it is cut, it is the same text. */
static void pieces(void) {
    char text[300], whole[65], cut[65];
    for (int i = 0; i < 300; i++) text[i] = (char)(i * 7);
    for (size_t piece = 1; piece < 200; piece++) {
        temper_sha256 a, b;
        temper_sha256_begin(&a), temper_sha256_begin(&b);
        temper_sha256_add(&a, text, 300);
        for (size_t at = 0; at < 300; at += piece)
            temper_sha256_add(&b, text + at, 300 - at < piece ? 300 - at : piece);
        temper_sha256_end(&a, whole), temper_sha256_end(&b, cut);
        CHECK(strcmp(whole, cut) == 0, "pieces of %zu", piece);
    }
}

int main(void) {
    RUN(known_answers);
    RUN(pieces);
    return check_end();
}

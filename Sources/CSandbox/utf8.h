#ifndef SBX_UTF8_H
#define SBX_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// How many bytes the character at `at` takes; 0 if no valid one stands there (no surrogates, no
/// overlong forms, nothing above U+10FFFF).
static inline size_t sbx_utf8_size(const unsigned char *at, const unsigned char *end) {
    size_t left = (size_t)(end - at);
    unsigned char first = at[0];
    if (first < 0x80) return 1;
    if (first < 0xC2) return 0;
    if (first < 0xE0) return left >= 2 && (at[1] & 0xC0) == 0x80 ? 2 : 0;
    if (first < 0xF0) {
        if (left < 3 || (at[1] & 0xC0) != 0x80 || (at[2] & 0xC0) != 0x80) return 0;
        if (first == 0xE0 && at[1] < 0xA0) return 0;
        if (first == 0xED && at[1] >= 0xA0) return 0;
        return 3;
    }
    if (first > 0xF4 || left < 4) return 0;
    if ((at[1] & 0xC0) != 0x80 || (at[2] & 0xC0) != 0x80 || (at[3] & 0xC0) != 0x80) return 0;
    if (first == 0xF0 && at[1] < 0x90) return 0;
    if (first == 0xF4 && at[1] >= 0x90) return 0;
    return 4;
}

/// Whether all bytes are ASCII, as most texts are.
static inline bool sbx_is_ascii(const char *text, size_t length) {
    uint64_t bits = 0, word;
    const char *end = text + length;
    if (length >= 8) {
        for (; end - text > 8; text += 8) bits |= (memcpy(&word, text, 8), word);
        bits |= (memcpy(&word, end - 8, 8), word);
    } else {
        for (; text < end; text++) bits |= (unsigned char)*text;
    }
    return (bits & 0x8080808080808080u) == 0;
}

static inline bool sbx_is_utf8(const char *text, size_t length) {
    if (sbx_is_ascii(text, length)) return true;
    const unsigned char *at = (const unsigned char *)text, *end = at + length;
    while (at < end) {
        size_t size = sbx_utf8_size(at, end);
        if (size == 0) return false;
        at += size;
    }
    return true;
}

#endif

// Functions of the C library that may take long, as the interpreter is given them.
//
// A late call is left only where the interpreter or our own code runs. A library function that is one loop around
// `memchr` and `memcmp` over long texts is hardly ever seen there: nearly all of its time passes in the C library.
// So each function that works on bytes in number, or takes long for one number, is bound to one of these. It does
// short work at once, and long work in pieces, and looks whether the call is late after each. What is left by that
// look is the same that a signal would leave: the interpreter calls nothing here in a place where it may not be
// left by an error of memory or by a signal.
#define _GNU_SOURCE
#include "bounded.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "signals.h"

#include "cuttable.h"

enum {
    /// Work on so few bytes is as short as the code around it.
    SHORT_BYTES = 512,
    /// Taken at once: some microseconds.
    PIECE_BYTES = 64 << 10,
};

static inline size_t piece_of(size_t rest) { return rest < PIECE_BYTES ? rest : PIECE_BYTES; }

static void *find_byte(const void *text, int byte, size_t length) {
    if (length <= SHORT_BYTES) return memchr(text, byte, length);
    const char *at = text;
    for (size_t rest = length; rest > 0;) {
        size_t count = piece_of(rest);
        void *found = memchr(at, byte, count);
        sbx_leave_if_late();
        if (found) return found;
        at += count;
        rest -= count;
    }
    return NULL;
}

static int compare_bytes(const void *left, const void *right, size_t length) {
    if (length <= SHORT_BYTES) return memcmp(left, right, length);
    const char *a = left, *b = right;
    for (size_t rest = length; rest > 0;) {
        size_t count = piece_of(rest);
        int order = memcmp(a, b, count);
        sbx_leave_if_late();
        if (order) return order;
        a += count;
        b += count;
        rest -= count;
    }
    return 0;
}

static void *copy_bytes(void *to, const void *from, size_t length) {
    if (length <= SHORT_BYTES) return memcpy(to, from, length);
    for (size_t done = 0; done < length;) {
        size_t count = piece_of(length - done);
        memcpy((char *)to + done, (const char *)from + done, count);
        sbx_leave_if_late();
        done += count;
    }
    return to;
}

static void *copy_bytes_checked(void *to, const void *from, size_t length, size_t room) {
    if (length > room) __builtin_trap();
    return copy_bytes(to, from, length);
}

static size_t length_of(const char *text) {
    size_t length = strnlen(text, SHORT_BYTES);
    if (length < SHORT_BYTES) return length;
    for (;;) {
        size_t more = strnlen(text + length, PIECE_BYTES);
        sbx_leave_if_late();
        length += more;
        if (more < PIECE_BYTES) return length;
    }
}

/// The order of two texts up to their first zero: that of their bytes, whatever the process's language is.
static int compare_texts(const char *left, const char *right) {
    for (size_t at = 0, count = SHORT_BYTES;; at += count, count = PIECE_BYTES) {
        int order = strncmp(left + at, right + at, count);
        if (at > 0) sbx_leave_if_late();
        if (order || strnlen(left + at, count) < count) return order;
    }
}

static char *find_character(const char *text, int character) {
    if (strnlen(text, SHORT_BYTES) < SHORT_BYTES) return strchr(text, character);
    return find_byte(text, character, length_of(text) + 1);
}

/// The first of the characters in a long text, one by one: this loop itself may be left.
static char *find_any(const char *text, const char *characters) {
    if (strnlen(text, SHORT_BYTES) < SHORT_BYTES) return strpbrk(text, characters);
    bool is_wanted[256] = {false};
    for (; *characters; characters++) is_wanted[(unsigned char)*characters] = true;
    for (; *text; text++) {
        if (is_wanted[(unsigned char)*text]) return (char *)text;
    }
    return NULL;
}

static double read_number(const char *text, char **end) {
    double number = strtod(text, end);
    sbx_leave_if_late();
    return number;
}

/// Takes a step for each binary digit between the sizes of the two.
static double remainder_of(double a, double b) {
    double result = fmod(a, b);
    sbx_leave_if_late();
    return result;
}

uintptr_t sbx_bounded_replacement(const char *name) {
    const struct {
        const char *name;
        uintptr_t function;
    } replaced[] = {
        {"memchr", (uintptr_t)find_byte},
        {"memcmp", (uintptr_t)compare_bytes},
        {"memcpy", (uintptr_t)copy_bytes},
        {"__memcpy_chk", (uintptr_t)copy_bytes_checked},
        {"strlen", (uintptr_t)length_of},
        {"strcoll", (uintptr_t)compare_texts},
        {"strchr", (uintptr_t)find_character},
        {"strpbrk", (uintptr_t)find_any},
        {"strtod", (uintptr_t)read_number},
        {"fmod", (uintptr_t)remainder_of},
    };
    for (size_t i = 0; i < sizeof replaced / sizeof *replaced; i++) {
        if (strcmp(name, replaced[i].name) == 0) return replaced[i].function;
    }
    return 0;
}

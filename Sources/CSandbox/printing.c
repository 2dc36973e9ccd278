// One spelling for what is not a number. The C library prints the sign of such a number, `-nan` or `nan`, and
// processors differ in the sign they give it: 0/0 has one on x86-64 and none on arm64. The interpreter turns
// numbers into text in many places, the operator `..` among them, that no function of ours can replace. All of
// them call the C library's `snprintf`; so the interpreter is bound to one of ours.
#include "printing.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "signals.h"

#include "cuttable.h"

/// Takes the sign away. Returns the length of the text.
static int without_sign(char *out, size_t room, int length) {
    static const char signed_text[] = "-nan";
    if (length != 4 || room < sizeof signed_text || memcmp(out, signed_text, 4) != 0) return length;
    memmove(out, out + 1, 4);
    return 3;
}

/// As `snprintf`.
static int print(char *out, size_t room, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(out, room, format, arguments);
    va_end(arguments);
    sbx_leave_if_late();
    return without_sign(out, room, length);
}

/// As `snprintf` where the compiler has the C library look at the size of the buffer.
static int print_checked(char *out, size_t room, int flag, size_t size, const char *format, ...) {
    (void)flag;
    if (room > size) __builtin_trap();
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(out, room, format, arguments);
    va_end(arguments);
    sbx_leave_if_late();
    return without_sign(out, room, length);
}

uintptr_t sbx_printing_replacement(const char *name) {
    if (strcmp(name, "snprintf") == 0) return (uintptr_t)print;
    if (strcmp(name, "__snprintf_chk") == 0) return (uintptr_t)print_checked;
    return 0;
}

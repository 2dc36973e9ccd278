// Texts that leave the sandbox: valid UTF-8.
#ifndef SBX_TEXT_H
#define SBX_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/// Copies text, replacing what is not UTF-8 and, if asked to, control characters. Returns how many bytes
/// were written; never cuts a character in two.
size_t sbx_clean_text(char *out, size_t room, const char *text, size_t length, bool keep_controls);

#endif

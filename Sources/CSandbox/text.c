#include "text.h"

#include <string.h>

#include "utf8.h"

#include "cuttable.h"

size_t sbx_clean_text(char *out, size_t room, const char *text, size_t length, bool keep_controls) {
    size_t written = 0;
    const unsigned char *at = (const unsigned char *)text, *end = at + length;
    while (at < end) {
        size_t size = sbx_utf8_size(at, end);
        const char *piece = (const char *)at;
        size_t piece_size = size;
        if (size == 0) {
            piece = "\xEF\xBF\xBD";
            piece_size = 3;
            size = 1;
        } else if (!keep_controls) {
            bool is_control =
                at[0] < 0x20 || at[0] == 0x7F || (at[0] == 0xC2 && at[1] >= 0x80 && at[1] < 0xA0);
            if (is_control) {
                piece = " ";
                piece_size = 1;
            }
        }
        if (room - written < piece_size) break;
        memcpy(out + written, piece, piece_size);
        written += piece_size;
        at += size;
    }
    return written;
}

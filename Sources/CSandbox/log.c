// The log of a call: a bounded buffer whose records are whole or not there.
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "codec.h"
#include "state.h"
#include "text.h"

#include "cuttable.h"

/// Kept free for the record that says that the log was cut.
enum { CUT_RECORD_BYTES = 160 };

static bool put(struct sbx_buffer *buffer, size_t *length, const void *bytes, size_t count) {
    if (*length > buffer->limit || buffer->limit - *length < count) return false;
    memcpy(buffer->start + *length, bytes, count);
    *length += count;
    return true;
}

/// Writes text as an encoded string, repaired; its length is known only afterwards.
static bool put_text(struct sbx_buffer *buffer, size_t *length, const char *text, size_t count) {
    static const uint8_t head[5] = {SBX_TAG_STRING};
    size_t start = *length;
    if (!put(buffer, length, head, sizeof head)) return false;
    if (count > buffer->limit - *length) return false;
    size_t written = sbx_clean_text(
        (char *)buffer->start + *length, buffer->limit - *length, text, count, true);
    *length += written;
    uint32_t size = (uint32_t)written;
    memcpy(buffer->start + start + 1, &size, 4);
    return true;
}

/// Makes what was written a part of the log. A signal handler that ends the call must not see the length
/// before the bytes.
static void publish(struct sbx_buffer *log, size_t length) {
    atomic_signal_fence(memory_order_release);
    log->length = length;
}

static void cut(struct sbx *S) {
    static const uint8_t no_fields = SBX_TAG_NULL;
    struct sbx_buffer *log = &S->seat->log;
    S->log_is_cut = true;
    char text[96];
    int count = snprintf(
        text, sizeof text, "the log of this call is cut here, at its limit of %zu bytes",
        S->limits.log_bytes);
    log->limit = S->limits.log_bytes;
    size_t length = log->length;
    bool fits = put_text(log, &length, "warn", 4) && put_text(log, &length, text, (size_t)count) &&
        put(log, &length, &no_fields, 1);
    if (fits) publish(log, length);
}

void sbx_log(
    lua_State *L, const char *level, size_t level_length, const char *message, size_t length,
    int fields) {
    static const uint8_t no_fields = SBX_TAG_NULL;
    struct sbx *S = sbx_of(L);
    struct sbx_buffer *log = &S->seat->log;
    if (S->log_is_cut) return;
    size_t limit = S->limits.log_bytes;
    log->limit = limit > CUT_RECORD_BYTES ? limit - CUT_RECORD_BYTES : 0;
    size_t at = log->length;
    bool fits = put_text(log, &at, level, level_length) && put_text(log, &at, message, length);
    if (fits && fields) {
        // Into a copy: should the call end in there, the record is not in the log.
        struct sbx_buffer rest = *log;
        rest.length = at;
        fits = sbx_encode(L, fields, &rest, "fields", SBX_ENCODE_AS_FITS);
        at = rest.length;
    } else if (fits) {
        fits = put(log, &at, &no_fields, 1);
    }
    if (fits) publish(log, at);
    else cut(S);
}

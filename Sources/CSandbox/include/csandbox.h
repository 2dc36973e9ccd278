// The C face of the sandbox: a program is added piece by piece, loaded once, and called any number of times.
//
// Nothing declared here raises a Lua error or jumps out of the caller: every function returns.
// A sandbox is used by one thread at a time.
#ifndef SIGNALBOX_CSANDBOX_H
#define SIGNALBOX_CSANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "csandbox_thread.h"

/// How loading or a call ended.
enum sbx_reason {
    SBX_OK = 0,
    SBX_ERROR,
    SBX_SYNTAX,
    SBX_BUDGET,
    SBX_MEMORY,
    SBX_DEADLINE,
    SBX_CRASH,
    SBX_EFFECTS,
    SBX_VALUE,
    SBX_REFUSED,
    SBX_SIZE,
    SBX_SYSTEM,
};

/// Bytes that belong to someone else.
struct sbx_bytes {
    const uint8_t *start;
    size_t count;
};

struct sbx_limits {
    size_t memory_bytes;
    /// Virtual machine instructions; 0 for no limit.
    uint64_t instructions;
    /// CPU time in nanoseconds; 0 for no limit.
    uint64_t deadline_ns;
    size_t effect_count;
    size_t effect_bytes;
    size_t log_bytes;
    unsigned value_depth;
};

enum {
    /// How many arguments a call may have.
    SBX_MAX_ARGUMENTS = 8,
    /// How deep a value may be whatever the limits say: the codec recurses in C.
    SBX_MAX_DEPTH = 128,
    /// How many bytes a secret and what is joined to it may have together, a secret by its name.
    SBX_SECRET_BYTES = 8192,
    /// Loading may use so many times the instructions and the CPU time of a call.
    SBX_LOADING_FACTOR = 10,
};

/// Answers a lookup. `answer` must stay valid until the next lookup or the call's end.
typedef void (*sbx_lookup)(void *owner, struct sbx_bytes question, struct sbx_bytes *answer);

struct sbx_keyed;
/// What an argument is that the host makes only when the program looks at it. All of it must stay valid until the call's end.
struct sbx_asked {
    /// An encoded table.
    struct sbx_bytes value;
    /// What it names by number, in place of the input's.
    const struct sbx_keyed *keyed;
    uint32_t keyed_count;
};
typedef void (*sbx_ask)(void *owner, struct sbx_asked *asked);

/// Keys that many tables share. The bytes belong to the host.
struct sbx_keys {
    uint32_t count;
    /// All keys one behind the other, and where each ends.
    const uint8_t *text;
    const uint32_t *ends;
    /// The numbers of the keys in the order of their bytes.
    const uint32_t *order;
};

/// A table whose values are words of a short list.
struct sbx_keyed {
    const struct sbx_keys *keys;
    /// By the number of a key, that of its word.
    const uint8_t *values;
    const struct sbx_bytes *words;
    uint32_t word_count;
};

/// The keys that a table may have. A program that reads another one is told.
struct sbx_declared {
    /// The beginning of a sentence that ends with the key.
    struct sbx_bytes phrase;
    const struct sbx_keys *keys;
};

struct sbx_input {
    uint32_t function;
    uint32_t argument_count;
    struct sbx_bytes arguments[SBX_MAX_ARGUMENTS];
    /// What the arguments name by number; made only when the program looks at them.
    const struct sbx_keyed *keyed;
    uint32_t keyed_count;
    /// Of the tables that arguments, and the host's library, declare by number.
    const struct sbx_declared *declared;
    uint32_t declared_count;
    struct sbx_bytes context;
    int64_t now_ms;
    uint64_t seed;
    bool may_record;
    bool wants_result;
    sbx_lookup lookup;
    void *lookup_owner;
    /// Gives the argument that is encoded as one to ask for; once a call at most.
    sbx_ask ask;
    void *ask_owner;
};

/// What loading or a call left. The bytes are the thread's own and hold until its next load or call.
struct sbx_output {
    enum sbx_reason reason;
    /// Encoded values one after the other, `record_count` of them.
    struct sbx_bytes records;
    size_t record_count;
    /// Level, message and fields of each record, as encoded values.
    struct sbx_bytes log;
    /// The result or the exports; an encoded null if there are none.
    struct sbx_bytes result;
    /// Valid UTF-8 without control characters.
    struct sbx_bytes detail;
    struct sbx_bytes message;
    /// Lines, each ended by a newline.
    struct sbx_bytes traceback;
    uint64_t time_ns;
    size_t peak_bytes;
    uint64_t instructions;
    uint64_t host_calls;
};

struct sbx;

/// Which release of liblua this process is linked with, in its own words.
const char *sbx_lua_release(void);

/// Reserves memory; NULL if the system has none.
struct sbx *sbx_create(const struct sbx_limits *limits);
void sbx_destroy(struct sbx *sandbox);

/// Each copies its bytes. False if there is no memory.
bool sbx_set_main(struct sbx *sandbox, struct sbx_bytes name, struct sbx_bytes text);
bool sbx_add_module(
    struct sbx *sandbox, struct sbx_bytes key, struct sbx_bytes name, struct sbx_bytes text);
bool sbx_add_library(struct sbx *sandbox, struct sbx_bytes name, struct sbx_bytes text);

/// A text that arguments are known to use; costs a little of the image and saves some of every call. Copies
/// it. False if there is no memory.
bool sbx_add_name(struct sbx *sandbox, struct sbx_bytes name);

/// What is marked of a line. A function that is in one line runs apart from the code around it, which may only make it.
enum sbx_line {
    /// Code, but for that of functions that are in this line alone.
    SBX_LINE = 1,
    /// Code of such a function.
    SBX_LINE_OF_FUNCTION = 2,
};

/// From now on each line of a source that runs is marked, by its number, in `count` bytes that must stay as long as
/// the sandbox. Other sandboxes may be given the same. Before loading; it makes calls a good deal slower. False if there is no
/// memory.
bool sbx_mark_lines(struct sbx *sandbox, struct sbx_bytes name, uint8_t *ran, uint32_t count);

/// Marks each line of a source that has code, by its number, and writes 0 for every other of `count`. False if the source does
/// not parse, or there is no memory.
bool sbx_lines_with_code(struct sbx_bytes text, uint8_t *lines, uint32_t count);

/// Runs the library and the main chunk and keeps the image. Once only, before any call.
void sbx_load(struct sbx *sandbox, struct sbx_bytes constants, struct sbx_output *output);

/// Puts the image back and runs one function. Only after loading succeeded.
void sbx_call(struct sbx *sandbox, const struct sbx_input *input, struct sbx_output *output);

/// Whether a load or call is under way on this thread: no other may be begun then.
bool sbx_is_busy(void);

/// How large the image is that each call copies back.
size_t sbx_image_bytes(const struct sbx *sandbox);

/// How many bytes the image has, with what is put back only where a call changed it.
size_t sbx_kept_bytes(const struct sbx *sandbox);

/// Whether the last call wrote nothing of what is put back only where a call changed it. False also where the system
/// lets nothing be sealed.
bool sbx_is_sealed(const struct sbx *sandbox);

/// How many functions are among the exports.
uint32_t sbx_function_count(const struct sbx *sandbox);

/// Whether one of them says that it does not look at its first argument: it has no parameters, or the first is named `_`.
/// False for functions after the first thousand or so.
bool sbx_ignores_first(const struct sbx *sandbox, uint32_t function);

/// For tests: the allocation that fails next, counted from 1 at the start of each load or call, and
/// whether all after it fail too. 0 for none.
void sbx_fail_allocation(struct sbx *sandbox, uint64_t number, bool all_after);

#endif

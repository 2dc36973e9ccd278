// A sandbox and what belongs to the load or call that is under way.
#ifndef SBX_STATE_H
#define SBX_STATE_H

#include <lua.h>
#include <setjmp.h>

#include "arena.h"
#include "csandbox.h"
#include "names.h"
#include "seat.h"

// Whether a jump out of a signal handler has to put back which signals are blocked. Our handlers block none, but the
// thread sanitizer calls them while all are: a thread that jumped would meet its next fault with the fault's signal
// blocked, which ends the process.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SBX_LEAVING_RESTORES_MASK 1
#endif
#endif
#ifndef SBX_LEAVING_RESTORES_MASK
#define SBX_LEAVING_RESTORES_MASK 0
#endif

/// How many bytes a place in the plugin's code takes as `file:line: `, its end included.
enum { SBX_PLACE_BYTES = LUA_IDSIZE + 32 };

enum sbx_phase { SBX_NEW, SBX_LOADING, SBX_READY, SBX_CALLING, SBX_BROKEN };

/// A source file, copied.
struct sbx_source {
    char *key, *name, *text;
    size_t key_length, name_length, text_length;
};

/// A piece of the arena that goes back with the image. The cold one goes back only if it was written to.
struct sbx_part {
    uint8_t *start;
    size_t bytes;
};
enum { SBX_COLD_PART = 2, SBX_PARTS };

/// A coroutine, or the main state, that resumed another. On the stack of the function that did.
struct sbx_resumer {
    lua_State *L;
    struct sbx_resumer *outer;
};

enum {
    /// Of so many functions it is known whether they look at their first argument.
    SBX_IGNORING_FUNCTIONS = 1024,
    /// How many late tables a call may have; those beyond are made at once.
    SBX_MAX_LATE = 16,
    /// So many keys of encoded pairs are looked for one by one; the next look makes the table.
    SBX_LATE_LOOKS = 4,
};

/// What a late table (late.h) is to have: either the pairs of an encoded table or keys with words.
struct sbx_late {
    /// Whether the host was not asked yet what it is to have.
    bool is_to_ask;
    /// Encoded pairs, `count` of them; NULL for keys with words.
    const uint8_t *pairs, *end;
    uint32_t count;
    /// Whether it is one of the input's declared tables once it is made, and the number of that.
    bool is_declared;
    uint32_t declared;
    /// How often a key of the pairs was looked for.
    uint32_t looks;
    const struct sbx_keyed *keyed;
};

/// Where the lines of a source that ran are marked. The bytes belong to the host.
struct sbx_lines {
    char *name;
    /// By the number of the line.
    uint8_t *ran;
    uint32_t count;
};

struct sbx {
    struct sbx_arena arena;
    struct sbx_limits limits;
    enum sbx_phase phase;
    lua_State *L;

    /// What every call starts from: the used parts of the arena, one behind the other, and the arena's own
    /// state.
    uint8_t *image;
    struct sbx_part parts[SBX_PARTS];
    struct sbx_arena_state image_state;

    struct sbx_source main;
    struct sbx_source *modules, *library;
    size_t module_count, library_count;
    struct sbx_bytes constants;
    struct sbx_names names;
    uint32_t function_count;
    /// A bit for each of the first functions: whether it says that it does not look at its first argument.
    uint8_t ignoring[SBX_IGNORING_FUNCTIONS / 8];
    /// Of the sources whose lines are marked; none in a sandbox that runs leads.
    struct sbx_lines *lines;
    size_t lines_count;
    /// Whether loading made a secret, which every call may hold then.
    bool image_needs_headroom;
    /// The interpreter's own `error` and `assert`: the messages that they raise are the plugin's.
    lua_CFunction own_error, own_assert;

    // The rest belongs to the load or call that is under way.

    struct sbx_seat *seat;
    /// Where a cut-off jumps to.
    sigjmp_buf leave;
    const struct sbx_input *input;
    enum sbx_reason reason;
    /// The coroutine that runs: the state itself or one that `resume` or `wrap` went to.
    lua_State *current;
    /// What resumed it and waits for its end or yield; NULL while no coroutine runs.
    struct sbx_resumer *resumer;
    /// Whether the program's file runs, behind the library.
    bool is_main_running;
    /// Whether the error that is being raised says its place already. Its next catch takes this back.
    bool error_is_placed;
    /// The function of the host's library that hands a value over, for messages; NULL for none.
    const char *asker;
    /// The tables with fixed keys that arguments name by number.
    const struct sbx_keyed *keyed;
    uint32_t keyed_count;
    /// The call's late tables, by their numbers.
    struct sbx_late late[SBX_MAX_LATE];
    unsigned late_count;
    /// Where the plugin was in its own code when memory was refused last, as `file:line: `.
    char refusal_place[SBX_PLACE_BYTES];
    size_t refusal_place_length;
    size_t record_count;
    uint64_t host_calls;
    bool log_is_cut;
    /// Whether its stacks have room for secrets (headroom.h).
    bool has_headroom;
    /// How much must be live before the hook of such a call collects.
    size_t collects_at_bytes;
    /// What the hook counted so far, and how much is allowed; 0 for no limit.
    uint64_t instructions, instruction_limit;
    uint64_t deadline_ns;
    bool is_random_seeded;
    uint64_t random[4];
};

/// The sandbox of a state. Does not touch the stack, does not raise.
static inline struct sbx *sbx_of(lua_State *L) { return *(struct sbx **)lua_getextraspace(L); }

#endif

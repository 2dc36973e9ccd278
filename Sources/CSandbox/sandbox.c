// The life of a sandbox: made, loaded once, called, given up.
#define _GNU_SOURCE
#include "binding.h"
#include "codec.h"
#include "compile.h"
#include "declared.h"
#include "fail.h"
#include "headroom.h"
#include "late.h"
#include "library.h"
#include "lines.h"
#include "place.h"
#include "planner.h"
#include "primitives.h"
#include "registry.h"
#include "signals.h"
#include "state.h"
#include "ticks.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/// A program that takes more CPU time to load is not loaded twice for the sake of a small image.
static const uint64_t planned_load_ns = 50000000;

/// A call that touched more than this beyond the image gives the pages back.
static const ptrdiff_t trim_bytes = 256 << 10;

static struct sbx *create(const struct sbx_limits *limits) {
    struct sbx *S = calloc(1, sizeof *S);
    if (!S) return NULL;
    S->limits = *limits;
    if (S->limits.value_depth > SBX_MAX_DEPTH) S->limits.value_depth = SBX_MAX_DEPTH;
    if (!sbx_arena_map(&S->arena, limits->memory_bytes)) {
        free(S);
        return NULL;
    }
    S->arena.refused = sbx_memory_refused;
    S->arena.exhausted = sbx_memory_exhausted;
    S->arena.owner = S;
    return S;
}

static void free_source(struct sbx_source *source) {
    free(source->key);
    free(source->name);
    free(source->text);
    memset(source, 0, sizeof *source);
}

static void free_sources(struct sbx_source **sources, size_t *count) {
    for (size_t i = 0; i < *count; i++) free_source(&(*sources)[i]);
    free(*sources);
    *sources = NULL;
    *count = 0;
}

void sbx_destroy(struct sbx *S) {
    free_source(&S->main);
    free_sources(&S->modules, &S->module_count);
    free_sources(&S->library, &S->library_count);
    sbx_free_lines(S);
    free(S->names.items);
    free(S->image);
    sbx_arena_unmap(&S->arena);
    free(S);
}

static bool copy_bytes(char **to, size_t *length, struct sbx_bytes from) {
    *to = malloc(from.count + 1);
    if (!*to) return false;
    if (from.count) memcpy(*to, from.start, from.count);
    (*to)[from.count] = 0;
    *length = from.count;
    return true;
}

static bool copy_source(
    struct sbx_source *source, struct sbx_bytes key, struct sbx_bytes name, struct sbx_bytes text) {
    bool done = copy_bytes(&source->key, &source->key_length, key) &&
        copy_bytes(&source->name, &source->name_length, name) &&
        copy_bytes(&source->text, &source->text_length, text);
    if (!done) free_source(source);
    return done;
}

static bool add_source(
    struct sbx_source **sources, size_t *count, struct sbx_bytes key, struct sbx_bytes name,
    struct sbx_bytes text) {
    struct sbx_source *larger = realloc(*sources, (*count + 1) * sizeof **sources);
    if (!larger) return false;
    *sources = larger;
    memset(&larger[*count], 0, sizeof *larger);
    if (!copy_source(&larger[*count], key, name, text)) return false;
    *count += 1;
    return true;
}

bool sbx_set_main(struct sbx *S, struct sbx_bytes name, struct sbx_bytes text) {
    return copy_source(&S->main, name, name, text);
}

bool sbx_add_module(
    struct sbx *S, struct sbx_bytes key, struct sbx_bytes name, struct sbx_bytes text) {
    return add_source(&S->modules, &S->module_count, key, name, text);
}

bool sbx_add_library(struct sbx *S, struct sbx_bytes name, struct sbx_bytes text) {
    return add_source(&S->library, &S->library_count, name, name, text);
}

bool sbx_add_name(struct sbx *S, struct sbx_bytes name) {
    return sbx_name_add(&S->names, (const char *)name.start, name.count);
}

bool sbx_is_busy(void) {
    struct sbx_seat *seat = sbx_seat_mine();
    return seat && (atomic_load_explicit(&seat->watched.watch.number, memory_order_relaxed) & 1);
}

size_t sbx_image_bytes(const struct sbx *S) { return S->parts[0].bytes + S->parts[1].bytes; }

size_t sbx_kept_bytes(const struct sbx *S) { return sbx_image_bytes(S) + S->parts[SBX_COLD_PART].bytes; }

bool sbx_is_sealed(const struct sbx *S) { return S->arena.is_sealed; }

uint32_t sbx_function_count(const struct sbx *S) { return S->function_count; }

void sbx_fail_allocation(struct sbx *S, uint64_t number, bool all_after) {
    sbx_arena_fail_at(&S->arena, number, all_after);
}

/// CPU time of the calling thread.
static uint64_t cpu_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/// Compiles and runs a chunk with what is on the stack above as arguments; the chunk's mistakes are
/// failures of kind `syntax`. Stack: pops `argument_count`, pushes `result_count`. May raise.
static void run(
    lua_State *L, const struct sbx_source *source, const char *prefix, int argument_count, int result_count) {
    int status = sbx_compile(L, source, prefix);
    if (status == LUA_ERRSYNTAX) {
        size_t length;
        const char *message = lua_tolstring(L, -1, &length);
        sbx_fail(sbx_of(L), NULL, SBX_SYNTAX, "%.*s", (int)length, message);
    }
    if (status != LUA_OK) lua_error(L);
    lua_insert(L, -1 - argument_count);
    lua_call(L, argument_count, result_count);
}

/// Makes the known names strings, with room for metatables behind them. Stack: unchanged. May raise.
static void keep_names(lua_State *L) {
    const struct sbx_names *names = &sbx_of(L)->names;
    lua_createtable(L, (int)names->count + SBX_DECLARED_KEPT, 0);
    for (unsigned number = 1; number <= names->count; number++) {
        const struct sbx_name *name = &names->items[number - 1];
        lua_pushlstring(L, name->text, name->length);
        lua_rawseti(L, -2, number);
    }
    lua_rawsetp(L, LUA_REGISTRYINDEX, &sbx_names_key);
}

/// All of loading that may raise. Stack: empty before and after.
static int load_body(lua_State *L) {
    struct sbx *S = sbx_of(L);
    sbx_begin_headroom(S, L);
    keep_names(L);
    sbx_open_library(L);
    sbx_push_primitives(L);
    if (S->constants.count) {
        const uint8_t *at = S->constants.start;
        sbx_decode(L, &at, at + S->constants.count, false);
        lua_setfield(L, -2, "constants");
    }
    sbx_arena_settle(&S->arena, true);
    for (size_t i = 0; i < S->library_count; i++) {
        lua_pushvalue(L, -1);
        run(L, &S->library[i], SBX_LIBRARY_PREFIX, 1, 0);
    }
    sbx_arena_settle(&S->arena, false);
    lua_settop(L, 0);
    S->is_main_running = true;
    run(L, &S->main, "@", 0, 1);
    sbx_encode(L, 1, &S->seat->result, "exports", SBX_ENCODE_FUNCTIONS);
    lua_settop(L, 0);
    lua_gc(L, LUA_GCRESTART);
    // After this collection Lua waits until ten times as much is used, so that a short call never collects.
    lua_gc(L, LUA_GCINC, 1000, 0, 0);
    lua_gc(L, LUA_GCCOLLECT);
    // From then on it collects early: when it makes a long text it does not collect for lack of memory.
    lua_gc(L, LUA_GCINC, 150, 0, 0);
    return 0;
}

/// All of a call that may raise. Stack: empty before and after.
static int call_body(lua_State *L) {
    struct sbx *S = sbx_of(L);
    const struct sbx_input *input = S->input;
    sbx_begin_headroom(S, L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &sbx_functions_key);
    lua_rawgeti(L, -1, (lua_Integer)input->function + 1);
    lua_replace(L, 1);
    for (uint32_t i = 0; i < input->argument_count; i++) {
        const uint8_t *at = input->arguments[i].start;
        sbx_decode(L, &at, at + input->arguments[i].count, true);
    }
    lua_call(L, (int)input->argument_count, input->wants_result ? 1 : 0);
    if (input->wants_result) sbx_encode(L, 1, &S->seat->result, "result", 0);
    return 0;
}

/// Makes the state if there is none yet. Does not raise: the arena cuts off or refuses.
static bool make_state(struct sbx *S) {
    S->L = lua_newstate(sbx_arena_allocate, &S->arena);
    if (!S->L) return false;
    *(struct sbx **)lua_getextraspace(S->L) = S;
    // Set before there is any coroutine: each new one takes it over.
    sbx_set_hook(S);
    return true;
}

/// Runs `body` in a protected call.
static void run_protected(struct sbx *S, lua_CFunction body) {
    if (!S->L && !make_state(S)) {
        S->reason = SBX_MEMORY;
        return;
    }
    S->current = S->L;
    lua_pushcfunction(S->L, sbx_error_handler);
    lua_pushcfunction(S->L, body);
    int status = lua_pcall(S->L, 0, 0, 1);
    if (status != LUA_OK) sbx_describe_error(S, S->L, status);
}

/// Says what a signal handler could not.
static void describe_cut(struct sbx *S) {
    struct sbx_seat *seat = S->seat;
    if (seat->message_length) return;
    int length = 0;
    if (S->reason == SBX_DEADLINE) {
        length = snprintf(
            seat->message, sizeof seat->message, "more than %llu ms of CPU time",
            (unsigned long long)(S->deadline_ns / 1000000));
    } else if (S->reason == SBX_CRASH) {
        length = snprintf(seat->message, sizeof seat->message, "the interpreter crashed");
    }
    seat->message_length = (size_t)length;
}

/// Runs `body` protected. Returns also when the sandbox is cut off: then the state is as the cut left it.
static __attribute__((noinline)) void guarded(struct sbx *S, lua_CFunction body) {
    struct sbx_seat *seat = S->seat;
    if (sigsetjmp(S->leave, SBX_LEAVING_RESTORES_MASK) != 0) {
        sbx_watch_end(&seat->watched.watch);
        describe_cut(S);
        return;
    }
    sbx_watch_begin(&seat->watched.watch, S->deadline_ns);
    run_protected(S, body);
    sbx_watch_end(&seat->watched.watch);
}

/// The calling thread's seat. NULL if there is no memory, or signals cannot end calls.
static struct sbx_seat *take_seat(void) {
    struct sbx_seat *seat = sbx_seat_mine();
    if (seat) return seat;
    return sbx_signals_install() ? sbx_seat_take() : NULL;
}

/// Prepares the thread's seat. False if there is no memory.
static bool begin(struct sbx *S, enum sbx_phase phase, const struct sbx_input *input) {
    struct sbx_seat *seat = take_seat();
    if (!seat) return false;
    S->seat = seat;
    seat->message_length = seat->traceback_length = seat->detail_length = 0;
    bool roomy = sbx_buffer_reset(&seat->effects, S->limits.effect_bytes) &&
        sbx_buffer_reset(&seat->log, S->limits.log_bytes) &&
        sbx_buffer_reset(&seat->result, S->limits.effect_bytes);
    if (!roomy) return false;
    S->phase = phase;
    S->input = input;
    S->reason = SBX_OK;
    S->current = S->L;
    S->resumer = NULL;
    S->is_main_running = S->error_is_placed = false;
    S->asker = NULL;
    S->record_count = 0;
    S->host_calls = 0;
    sbx_begin_late(S);
    S->log_is_cut = false;
    S->instructions = 0;
    S->instruction_limit = S->limits.instructions * (phase == SBX_LOADING ? SBX_LOADING_FACTOR : 1);
    S->deadline_ns = S->limits.deadline_ns * (phase == SBX_LOADING ? SBX_LOADING_FACTOR : 1);
    seat->running = S;
    atomic_store_explicit(&seat->is_in_leaf, false, memory_order_relaxed);
    S->arena.refusals = 0;
    S->refusal_place_length = 0;
    S->arena.refused_bytes = 0;
    sbx_arena_look(&S->arena);
    S->arena.allocation_count = 0;
    S->arena.peak_bytes = S->arena.state.live_bytes;
    S->is_random_seeded = false;
    return true;
}

/// What a load or call leaves that comes to nothing: its result is null.
static const uint8_t encoded_null = SBX_TAG_NULL;
static const struct sbx_output nothing = {.result = {&encoded_null, 1}};

static struct sbx_bytes text_of(const char *start, size_t count) {
    return (struct sbx_bytes){(const uint8_t *)start, count};
}

static void finish(struct sbx *S, struct sbx_output *output) {
    struct sbx_seat *seat = S->seat;
    output->reason = S->reason;
    output->log = (struct sbx_bytes){seat->log.start, seat->log.length};
    if (S->reason == SBX_OK) {
        output->records = (struct sbx_bytes){seat->effects.start, seat->effects.length};
        output->record_count = S->record_count;
        if (seat->result.length) {
            output->result = (struct sbx_bytes){seat->result.start, seat->result.length};
        }
    } else {
        output->detail = text_of(seat->detail, seat->detail_length);
        output->message = text_of(seat->message, seat->message_length);
        output->traceback = text_of(seat->traceback, seat->traceback_length);
    }
    output->peak_bytes = S->arena.peak_bytes;
    output->instructions = S->instructions;
    output->host_calls = S->host_calls;
}

static void no_memory(struct sbx_output *output) {
    static const char text[] = "the system has no memory left";
    output->reason = SBX_SYSTEM;
    output->message = text_of(text, sizeof text - 1);
}

/// Copies between addresses of one alignment take half the time of others.
enum { IMAGE_ALIGNMENT = 64 };

static size_t aligned(size_t bytes) { return (bytes + IMAGE_ALIGNMENT - 1) / IMAGE_ALIGNMENT * IMAGE_ALIGNMENT; }

/// Lists what the image consists of: the hot blocks below the cold part and above the middle, then the cold
/// part. Borders are moved outwards to the alignment: what lies around the blocks belongs to nothing.
static void find_parts(struct sbx *S) {
    const struct sbx_arena *arena = &S->arena;
    uint8_t *low = (uint8_t *)((uintptr_t)S->image_state.small_low / IMAGE_ALIGNMENT * IMAGE_ALIGNMENT);
    S->parts[0] = (struct sbx_part){low, (size_t)(arena->cold_start - low)};
    S->parts[1] = (struct sbx_part){
        arena->middle, aligned((size_t)(S->image_state.large_high - arena->middle))};
    S->parts[SBX_COLD_PART] = (struct sbx_part){
        arena->cold_start, aligned((size_t)(arena->cold_next - arena->cold_start))};
}

static bool take_image(struct sbx *S) {
    S->image_state = S->arena.state;
    find_parts(S);
    size_t bytes = IMAGE_ALIGNMENT;
    for (int i = 0; i < SBX_PARTS; i++) bytes += S->parts[i].bytes;
    S->image = aligned_alloc(IMAGE_ALIGNMENT, bytes);
    if (!S->image) return false;
    uint8_t *to = S->image;
    for (int i = 0; i < SBX_PARTS; i++) {
        memcpy(to, S->parts[i].start, S->parts[i].bytes);
        to += S->parts[i].bytes;
    }
    sbx_arena_trim(&S->arena);
    sbx_arena_seal(&S->arena);
    return true;
}

static void put_back_image(struct sbx *S) {
    S->arena.state = S->image_state;
    const uint8_t *from = S->image;
    for (int i = 0; i < SBX_COLD_PART; i++) {
        memcpy(S->parts[i].start, from, S->parts[i].bytes);
        from += S->parts[i].bytes;
    }
    if (S->arena.is_sealed) return;
    memcpy(S->parts[SBX_COLD_PART].start, from, S->parts[SBX_COLD_PART].bytes);
    sbx_arena_seal(&S->arena);
}

/// Loads the program from nothing. False if there is no memory for it; else the reason says how it went.
static bool load_once(struct sbx *S) {
    S->L = S->current = NULL;
    S->function_count = 0;
    sbx_arena_clear(&S->arena);
    if (!begin(S, SBX_LOADING, NULL)) return false;
    guarded(S, load_body);
    // A load that was late at its very end was asked to stop; no call of its image is.
    if (S->reason == SBX_OK && S->L) sbx_set_hook(S);
    return true;
}

/// Loads the program, and again so that what stays lies together. Returns as load_once.
static bool load(struct sbx *S) {
    struct sbx_plan plan;
    bool is_planned = sbx_plan_make(&plan, &S->arena);
    uint64_t start = cpu_ns();
    bool done = load_once(S);
    bool is_quick = cpu_ns() - start < planned_load_ns;
    bool is_worth_it = done && is_planned && S->reason == SBX_OK && is_quick && plan.number < SBX_PLAN_ALLOCATIONS;
    if (is_worth_it) {
        sbx_plan_follow(&plan, &S->arena);
        done = load_once(S);
    }
    if (is_planned) {
        bool was_right = sbx_plan_finish(&plan, &S->arena);
        sbx_plan_free(&plan);
        if (is_worth_it && (!was_right || !done || S->reason != SBX_OK)) done = load_once(S);
    }
    return done;
}

void sbx_load(struct sbx *S, struct sbx_bytes constants, struct sbx_output *output) {
    *output = nothing;
    uint64_t start = sbx_ticks();
    S->constants = constants;
    if (load(S)) finish(S, output);
    else no_memory(output);
    S->constants = (struct sbx_bytes){NULL, 0};
    S->phase = SBX_BROKEN;
    if (output->reason == SBX_OK) {
        if (take_image(S)) S->phase = SBX_READY;
        else no_memory(output);
    }
    // What ran once is not needed again; modules may still be required in a call.
    free_source(&S->main);
    free_sources(&S->library, &S->library_count);
    output->time_ns = sbx_ticks_since(start);
}

void sbx_call(struct sbx *S, const struct sbx_input *input, struct sbx_output *output) {
    *output = nothing;
    uint64_t start = sbx_ticks();
    put_back_image(S);
    if (!begin(S, SBX_CALLING, input)) {
        no_memory(output);
        return;
    }
    guarded(S, call_body);
    finish(S, output);
    S->phase = SBX_READY;
    ptrdiff_t touched = S->image_state.small_low - S->arena.state.small_low;
    if (touched > trim_bytes || S->arena.large_touched - S->image_state.large_high > trim_bytes) {
        S->arena.state = S->image_state;
        sbx_arena_trim(&S->arena);
    }
    output->time_ns = sbx_ticks_since(start);
}

/// What makes the interpreter call each function of the C library that it ever calls.
static const char warming[] =
    "local function f(...) return select('#', ...) end\n"
    "local s = ('%5.2f %d %s %q %x %g %a %i %c'):format(1.5, 2, 'x', 'y', 3, 1e300, 0.5, 4, 65)\n"
    "s = s .. tostring(0.1) .. tostring(12) .. tonumber('1.5') .. tonumber('0x1p4') .. (10 // 3.5) .. (2 ^ 0.5)\n"
    "s = s:rep(40):gsub('%a+', string.upper):lower():reverse() .. (5.5 % 2) .. (-7.5 // 2)\n"
    "s:find('x', 1, true) s:find('[%w_]-%s$') s:match('%p%d') f(s < 'y', s:byte(1, 9))\n"
    "f(math.sin(1), math.cos(1), math.tan(1), math.exp(1), math.log(2), math.log(8, 2), math.log(5, 3))\n"
    "f(math.fmod(5.5, 2), math.floor(1.5), math.ceil(1.5), math.asin(0), math.acos(0), math.atan(1, 2))\n"
    "pcall(error, 'x') pcall(load, 'x = = 1') load('return 1 + 0x1p4 .. [[x]]')()\n"
    "local co = coroutine.create(function(...) local x <close> = setmetatable({}, { __close = f })\n"
    "  coroutine.yield(...) error('x') end)\n"
    "coroutine.resume(co, 1) coroutine.close(co) coroutine.wrap(f)(1)\n"
    "local t = { 3, 1, 2 } table.sort(t) table.concat(t, ',') table.move(t, 1, 3, 2)\n"
    "string.pack('<i4zs1d', 1, 'a', 'b', 2.5) utf8.char(228) utf8.len('x') os.date('%c')\n";

/// The dynamic linker binds a library's function when it is first called, under its own locks. Should that
/// call be the one that finds the stack used up, the fault could not be contained. So each is called once
/// beforehand.
static void warm(void) {
    static const struct sbx_limits limits = {
        .memory_bytes = 1 << 20, .effect_bytes = 4096, .log_bytes = 4096, .value_depth = 8};
    sbx_binding_make();
    sbx_ticks_begin();
    struct sbx *S = create(&limits);
    if (!S) return;
    struct sbx_bytes text = {(const uint8_t *)warming, sizeof warming - 1};
    struct sbx_bytes name = {(const uint8_t *)"warming", 7}, none = {NULL, 0};
    struct sbx_output output;
    if (sbx_set_main(S, name, text)) sbx_load(S, none, &output);
    sbx_destroy(S);
    sbx_ticks_end();
}

struct sbx *sbx_create(const struct sbx_limits *limits) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, warm);
    return create(limits);
}

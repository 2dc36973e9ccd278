#include "csandbox_bench.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static uint64_t clock_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void set(lua_State *L, const char *name, const char *value) {
    lua_pushstring(L, value);
    lua_setfield(L, -2, name);
}

static void set_number(lua_State *L, const char *name, lua_Integer value) {
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

/// Pushes an event and parameters: the values that the Swift side of the benchmark encodes. May raise.
static void push_arguments(lua_State *L) {
    lua_createtable(L, 0, 5);
    set(L, "kind", "step.close");
    set(L, "map", "new-buyer");
    set(L, "step", "watch-intro");
    set_number(L, "seq", 42);
    lua_createtable(L, 0, 4);
    set(L, "name", "Ada Lovelace");
    set(L, "email", "ada@example.com");
    set(L, "status", "open");
    set_number(L, "score", 12);
    lua_setfield(L, -2, "lead");
    lua_createtable(L, 0, 1);
    set(L, "template", "hello");
}

/// The bytes of all text in the value on top of the stack. Leaves the stack as it was. May raise.
static uint64_t text_bytes(lua_State *L) {
    if (lua_type(L, -1) == LUA_TSTRING) return lua_rawlen(L, -1);
    if (lua_type(L, -1) != LUA_TTABLE) return 0;
    uint64_t sum = 0;
    luaL_checkstack(L, 4, NULL);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) sum += text_bytes(L);
    return sum;
}

/// The C library's own, under the names by which it has them also in a program that is linked with another allocator.
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

/// Memory as the C library gives it, which is what a program has that embeds Lua.
static void *allocate(void *context, void *block, size_t old_size, size_t size) {
    (void)context;
    (void)old_size;
    if (size > 0) return __libc_realloc(block, size);
    __libc_free(block);
    return NULL;
}

/// A state with libraries and the function that the source returns, or NULL.
static lua_State *load(const char *source) {
    lua_State *L = lua_newstate(allocate, NULL);
    if (!L) return NULL;
    luaL_requiref(L, "_G", luaopen_base, 1);
    luaL_requiref(L, "string", luaopen_string, 1);
    luaL_requiref(L, "table", luaopen_table, 1);
    luaL_requiref(L, "math", luaopen_math, 1);
    luaL_requiref(L, "utf8", luaopen_utf8, 1);
    luaL_requiref(L, "coroutine", luaopen_coroutine, 1);
    lua_settop(L, 0);
    if (luaL_loadbufferx(L, source, strlen(source), "=bench", "t") != LUA_OK ||
        lua_pcall(L, 0, 1, 0) != LUA_OK) {
        lua_close(L);
        return NULL;
    }
    return L;
}

static int call(lua_State *L, uint64_t *sum) {
    lua_pushvalue(L, 1);
    push_arguments(L);
    if (lua_pcall(L, 2, 1, 0) != LUA_OK) return 0;
    *sum = text_bytes(L);
    lua_settop(L, 1);
    return 1;
}

uint64_t sbx_bench_shared(const char *source, uint64_t count, uint64_t *sum) {
    lua_State *L = load(source);
    if (!L) return 0;
    int done = 1;
    uint64_t start = clock_ns();
    for (uint64_t i = 0; i < count && done; i++) done = call(L, sum);
    uint64_t time = clock_ns() - start;
    lua_close(L);
    return done ? time : 0;
}

uint64_t sbx_bench_fresh(const char *source, uint64_t count, uint64_t *sum) {
    uint64_t start = clock_ns();
    for (uint64_t i = 0; i < count; i++) {
        lua_State *L = load(source);
        if (!L) return 0;
        int done = call(L, sum);
        lua_close(L);
        if (!done) return 0;
    }
    return clock_ns() - start;
}

uint64_t sbx_bench_resident_bytes(void) {
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file) return 0;
    unsigned long long size, resident;
    int count = fscanf(file, "%llu %llu", &size, &resident);
    fclose(file);
    return count == 2 ? resident * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

// What the sandbox is measured against: the same handler called as a program without a sandbox would.
#ifndef SIGNALBOX_CSANDBOX_BENCH_H
#define SIGNALBOX_CSANDBOX_BENCH_H

#include <stddef.h>
#include <stdint.h>

/// Calls the function that `source` returns `count` times through `lua_pcall`, in one state for all calls,
/// with the C library's allocator and no limits: the arguments are pushed and the results read by the C
/// API. Returns nanoseconds for all calls, or 0 if something failed; `sum` gets the number of bytes of text
/// among the results of the last call.
uint64_t sbx_bench_shared(const char *source, uint64_t count, uint64_t *sum);

/// The same, but a state is made, the libraries are opened and the source is loaded for each call.
uint64_t sbx_bench_fresh(const char *source, uint64_t count, uint64_t *sum);

/// How much memory of the process is resident; 0 if the system does not tell.
uint64_t sbx_bench_resident_bytes(void);

#endif

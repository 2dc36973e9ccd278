// What the interpreter calls of the C library, in short pieces.
#ifndef SBX_BOUNDED_H
#define SBX_BOUNDED_H

#include <stdint.h>

/// The function that takes the place of the C library's function of this name, which may take long; 0 for any
/// other name. It works in pieces and ends a call that is late between them.
uintptr_t sbx_bounded_replacement(const char *name);

#endif

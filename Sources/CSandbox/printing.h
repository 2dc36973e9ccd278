// How the interpreter prints numbers.
#ifndef SBX_PRINTING_H
#define SBX_PRINTING_H

#include <stdint.h>

/// The function that prints for the interpreter in place of the C library's function of this name, so that what is
/// not a number is `nan` whatever its sign; 0 for any other name.
uintptr_t sbx_printing_replacement(const char *name);

#endif

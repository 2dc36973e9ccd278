#ifndef SBX_TEXTS_H
#define SBX_TEXTS_H

#include <stdbool.h>

/// Finds the code of the interpreter, of our own functions and of the C library. False if the interpreter
/// is not a library of its own, for then its code has no borders.
bool sbx_texts_find(void);

#endif

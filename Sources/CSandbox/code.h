// Where the code lies that a jump may leave.
#ifndef SBX_CODE_H
#define SBX_CODE_H

#include <stdbool.h>
#include <stdint.h>

/// Finds the code of the interpreter, of our own functions and of the C library. False if the interpreter
/// is not a library of its own, for then its code has no borders.
bool sbx_code_find(void);

/// Whether an address lies in the interpreter or in our own functions that may be left in the middle.
bool sbx_is_cuttable(uintptr_t address);

/// Whether it lies in the interpreter.
bool sbx_is_in_interpreter(uintptr_t address);

/// Whether an address is cuttable or lies in the C library.
bool sbx_is_containable(uintptr_t address);

#endif

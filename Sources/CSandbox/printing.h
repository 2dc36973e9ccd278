// How the interpreter prints numbers.
#ifndef SBX_PRINTING_H
#define SBX_PRINTING_H

#include <stdbool.h>

/// Has the interpreter print what is not a number as `nan`, whatever its sign, in the whole process. False if the
/// interpreter does not call the C library as is known here. Called once, before the first state is made.
bool sbx_printing_bind(void);

#endif

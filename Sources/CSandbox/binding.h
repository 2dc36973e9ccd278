// Which functions of the C library the interpreter calls.
#ifndef SBX_BINDING_H
#define SBX_BINDING_H

#include <stdbool.h>

/// Has the interpreter call ours (printing.h, bounded.h) in the whole process. False if it does not call the C
/// library as is known here. Called once, before the first state is made.
bool sbx_binding_make(void);

#endif

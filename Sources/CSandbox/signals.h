// The signal handlers that end a call from outside.
#ifndef SBX_SIGNALS_H
#define SBX_SIGNALS_H

#include <stdbool.h>

/// Finds the code that a jump may leave and installs the handlers, once in a process. False if that is not possible.
bool sbx_signals_install(void);

/// Ends the call of this thread if it is late, as the signal would. Without a call, or in a leaf function, it does
/// nothing. The first time the interpreter is asked to stop by itself, and it returns.
void sbx_leave_if_late(void);

#endif

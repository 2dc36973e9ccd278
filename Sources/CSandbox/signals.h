// The signal handlers that end a call from outside.
#ifndef SBX_SIGNALS_H
#define SBX_SIGNALS_H

#include <stdbool.h>

/// Finds the code that a jump may leave and installs the handlers, once in a process. False if that is not possible.
bool sbx_signals_install(void);

#endif

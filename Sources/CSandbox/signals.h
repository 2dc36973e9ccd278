// The signal handlers that end a call from outside.
#ifndef SBX_SIGNALS_H
#define SBX_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/// Sent by the watchdog. A process that knows nothing of it ignores it.
#define SBX_LATE_SIGNAL SIGURG

/// Finds the texts and installs the handlers, once in a process. False if that is not possible.
bool sbx_signals_install(void);

/// Whether an address lies in the interpreter or in our own functions that may be left in the middle.
bool sbx_is_cuttable(uintptr_t address);

/// Whether it lies in the interpreter.
bool sbx_is_in_interpreter(uintptr_t address);

/// Whether an address is cuttable or lies in the C library.
bool sbx_is_containable(uintptr_t address);

#endif

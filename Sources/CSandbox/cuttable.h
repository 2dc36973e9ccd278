// Included last by every file whose functions may be left in the middle by a jump.
//
// Such a function writes to the arena, to the thread's fixed buffers and to its own stack, nothing else:
// no lock, no heap, no file. What it leaves half done is put back with the image or thrown away with the
// call. The linker gathers these functions in one section, so that a signal handler can tell by the
// program counter whether a thread is inside one.
#ifndef SBX_CUTTABLE_H
#define SBX_CUTTABLE_H
#pragma clang section text = "sbx_cuttable"
#endif

#ifndef SIGNALBOX_CLIBYAML_SHIM_H
#define SIGNALBOX_CLIBYAML_SHIM_H

#include <yaml.h>

#endif

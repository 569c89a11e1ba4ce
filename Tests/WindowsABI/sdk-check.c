/*
 * Compiled for Windows with a real SDK's headers (mingw-w64's): what windows-stubs/sdk declares must be what
 * these declare, and the sizes and places of layout.h must hold in both. It is never linked.
 */
#define FOVEA_CHECK_SDK 1

#include "sdk/hcn.h"
#include "sdk/hns.h"
#include "sdk/layout.h"

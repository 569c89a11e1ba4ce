/* What Swift's Glibc module leaves out. */
#pragma once
#include <malloc.h>
#include <sys/vfs.h>

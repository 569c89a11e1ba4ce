#ifndef FOVEA_PROBE_H
#define FOVEA_PROBE_H

#include <winsock2.h>
#include <windows.h>
#include <objbase.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "CWindowsNet.h"

extern int checks, failures;

void check(int is_right, const char *file, int line, const char *what);
#define CHECK(condition) check(!!(condition), __FILE__, __LINE__, #condition)

/* What is allocated by COM and not freed. */
LONG com_allocations(void);

/* The strings of CWindowsNet are those of Windows. */
#define W(text) ((const fovea_wchar *)L##text)

struct fake {
	void (*set)(int scenario);
	int (*open)(void);
};

struct fake fake_of(const wchar_t *dll);

void probe_missing(void);
void probe_exports(void);
void probe_fakes(void);
void probe_iphelper(void);
void probe_programs(void);
void probe_compartments(void);

#endif

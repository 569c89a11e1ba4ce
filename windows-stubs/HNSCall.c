#include "CWindowsNet.h"

#ifdef _WIN32

#include <windows.h>

_Static_assert(sizeof(HRESULT) == sizeof(fovea_hresult), "HRESULT");
_Static_assert(sizeof(WCHAR) == sizeof(fovea_wchar), "WCHAR");

typedef HRESULT(WINAPI *hns_call_fn)(PCWSTR method, PCWSTR path, PCWSTR object, PWSTR *response);
typedef void(WINAPI *co_task_mem_free_fn)(void *memory);

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static hns_call_fn hns_call;
static co_task_mem_free_fn co_task_mem_free;
/* Why hns_call is NULL. */
static HRESULT missing;

/* Only System32 is searched: no DLL from the working directory or PATH is ever run. */
static FARPROC find_export(const wchar_t *dll, const char *name)
{
	HMODULE module = LoadLibraryExW(dll, NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);

	return module ? GetProcAddress(module, name) : NULL;
}

static BOOL CALLBACK find_exports(INIT_ONCE *state, void *parameter, void **context)
{
	(void)state;
	(void)parameter;
	(void)context;
	co_task_mem_free = (co_task_mem_free_fn)(void *)find_export(L"ole32.dll", "CoTaskMemFree");
	if (!co_task_mem_free) {
		missing = HRESULT_FROM_WIN32(GetLastError());
		return TRUE;
	}
	hns_call = (hns_call_fn)(void *)find_export(L"vmcompute.dll", "HNSCall");
	if (!hns_call)
		missing = HRESULT_FROM_WIN32(GetLastError());
	return TRUE;
}

fovea_hresult fovea_hns_call(const fovea_wchar *method, const fovea_wchar *path,
			     const fovea_wchar *object, fovea_wchar **response)
{
	*response = NULL;
	if (!InitOnceExecuteOnce(&once, find_exports, NULL, NULL))
		return HRESULT_FROM_WIN32(GetLastError());
	if (!hns_call)
		return missing;
	return hns_call((PCWSTR)method, (PCWSTR)path, (PCWSTR)object, (PWSTR *)response);
}

void fovea_hns_free(fovea_wchar *response)
{
	if (response && co_task_mem_free)
		co_task_mem_free(response);
}

#else

/* E_NOTIMPL of winerror.h. */
#define NOT_IMPLEMENTED ((fovea_hresult)0x80004001)

fovea_hresult fovea_hns_call(const fovea_wchar *method, const fovea_wchar *path,
			     const fovea_wchar *object, fovea_wchar **response)
{
	(void)method;
	(void)path;
	(void)object;
	*response = 0;
	return NOT_IMPLEMENTED;
}

void fovea_hns_free(fovea_wchar *response)
{
	(void)response;
}

#endif

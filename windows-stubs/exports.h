/*
 * How a function of Windows is found: at its first call, in a DLL of System32. Nothing of these DLLs is
 * imported when the agent is linked, so that a node without the Containers feature gets an error and not an
 * agent that does not start. Elsewhere than on Windows it is the stub of that name (stubs.c).
 *
 *     FOVEA_EXPORT("computenetwork.dll", HcnEnumerateNetworks)
 *     …
 *     HRESULT result;
 *     __typeof__(&HcnEnumerateNetworks) enumerate = find_HcnEnumerateNetworks(&result);
 *     if (!enumerate)
 *         return result;
 */
#ifndef FOVEA_EXPORTS_H
#define FOVEA_EXPORTS_H

#include "CWindowsNet.h"
#include "sdk/base.h"

#ifdef _WIN32

struct fovea_export {
	const wchar_t *dll;
	const char *name;
	/* NULL until it was found. */
	void *volatile address;
};

/* NULL where there is no such DLL or function; `result` says which. Looked for again each time. */
void *fovea_find_export(struct fovea_export *wanted, HRESULT *result);

/* Two, so that a macro for `dll` is expanded first. */
#define FOVEA_WIDE_(text) L##text
#define FOVEA_WIDE(text) FOVEA_WIDE_(text)

#define FOVEA_EXPORT(dll, function)                                                             \
	static struct fovea_export export_of_##function = { FOVEA_WIDE(dll), #function, 0 };    \
	static __typeof__(&function) find_##function(HRESULT *result)                           \
	{                                                                                       \
		return (__typeof__(&function))fovea_find_export(&export_of_##function, result); \
	}

#else

#define FOVEA_EXPORT(dll, function)                                   \
	static __typeof__(&function) find_##function(HRESULT *result) \
	{                                                             \
		*result = S_OK;                                       \
		return &function;                                     \
	}

#endif

/* The HRESULT of an error of winerror.h. */
static inline fovea_hresult fovea_of_win32(DWORD error)
{
	if (error == ERROR_CALL_NOT_IMPLEMENTED)
		return E_NOTIMPL;
	return error ? (fovea_hresult)(error | 0x80070000) : S_OK;
}

/* Adds to `bytes`, or fails for want of memory and leaves them as they are. */
fovea_hresult fovea_bytes_add(struct fovea_bytes *bytes, const void *data, size_t count);

/* From 36 characters; false where they are something else. */
int fovea_guid_of(const char *text, GUID *guid);

#endif

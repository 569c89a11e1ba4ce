/*
 * The calls into Windows that Fovea makes, one C function for each.
 *
 * Nothing of Windows is imported when the agent is linked: each function finds its DLL in System32
 * and its export at run time, so that a node without the Containers feature gets an error and not an
 * agent that does not start. Elsewhere than on Windows every function fails with E_NOTIMPL; none
 * makes up an answer.
 *
 * Results are HRESULTs: negative is failure. Strings are UTF-16, end with a zero, and are WCHAR on
 * Windows.
 */
#ifndef FOVEA_WINDOWS_NET_H
#define FOVEA_WINDOWS_NET_H

#include <stdint.h>

#pragma clang assume_nonnull begin

typedef int32_t fovea_hresult;
typedef uint16_t fovea_wchar;

_Static_assert(sizeof(fovea_hresult) == 4, "HRESULT is 32 bits");
_Static_assert(sizeof(fovea_wchar) == 2, "WCHAR is 16 bits");

/*
 * vmcompute.dll, HNS version 1, undocumented:
 *
 *     HRESULT WINAPI HNSCall(PCWSTR method, PCWSTR path, PCWSTR object, PWSTR *response);
 *
 * (microsoft/hcsshim, internal/hns/hns.go). `object` is the body of the request, empty for GET. What
 * comes back in `response`, on failure too, belongs to the caller: fovea_hns_free. Blocks while HNS
 * works; any thread.
 */
fovea_hresult fovea_hns_call(const fovea_wchar *method, const fovea_wchar *path,
			     const fovea_wchar *object, fovea_wchar *_Nullable *_Nonnull response);

/* CoTaskMemFree. NULL is fine. */
void fovea_hns_free(fovea_wchar *_Nullable response);

#pragma clang assume_nonnull end

#endif

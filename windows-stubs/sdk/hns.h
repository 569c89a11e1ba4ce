/*
 * HNS version 1, vmcompute.dll. Microsoft publishes no header for it; it has been the same since Windows 10
 * 1709.
 *
 * Source: microsoft/hcsshim, internal/hns/hns.go
 */
#ifndef FOVEA_SDK_HNS_H
#define FOVEA_SDK_HNS_H

#include "base.h"

/* `object` is the body of the request, empty for GET; `response` is the caller's, for CoTaskMemFree. */
HRESULT WINAPI HNSCall(PCWSTR method, PCWSTR path, PCWSTR object, PWSTR *response);

#endif

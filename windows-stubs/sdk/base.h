/*
 * The types of the Windows SDK that the calls here need, where there is no SDK: as 64-bit Windows has them,
 * so a long is 32 bits wide. On Windows these come from windows.h.
 *
 * Source: Windows Data Types, https://learn.microsoft.com/windows/win32/winprog/windows-data-types
 */
#ifndef FOVEA_SDK_BASE_H
#define FOVEA_SDK_BASE_H

#ifdef _WIN32

#include <winsock2.h>
#include <windows.h>

#else

#include <stdint.h>
#include <stddef.h>

#define WINAPI
#define CALLBACK
#define FAR
#define TRUE 1
#define FALSE 0
#define ANYSIZE_ARRAY 1

typedef int32_t HRESULT, LONG, BOOL;
typedef uint32_t DWORD, ULONG, UINT, UINT32;
typedef uint64_t ULONG64, DWORD64, UINT64, ULONGLONG;
typedef int64_t LONGLONG;
typedef uint16_t WCHAR, USHORT, UINT16;
typedef uint8_t BYTE, UCHAR, BOOLEAN;
typedef size_t SIZE_T;
typedef uintptr_t DWORD_PTR;
typedef void *HANDLE, *PVOID;
typedef WCHAR *PWSTR, *LPWSTR;
typedef const WCHAR *PCWSTR, *LPCWSTR;
typedef DWORD *PDWORD, *LPDWORD;
typedef void VOID;

typedef struct {
	uint32_t Data1;
	uint16_t Data2, Data3;
	uint8_t Data4[8];
} GUID;

typedef const GUID *REFGUID;

typedef struct {
	DWORD dwLowDateTime, dwHighDateTime;
} FILETIME, *LPFILETIME;

typedef union {
	struct {
		DWORD LowPart;
		LONG HighPart;
	};
	LONGLONG QuadPart;
} LARGE_INTEGER;

/* winerror.h */
#define S_OK ((HRESULT)0)
#define E_NOTIMPL ((HRESULT)0x80004001)
#define E_OUTOFMEMORY ((HRESULT)0x8007000E)
#define E_INVALIDARG ((HRESULT)0x80070057)
#define FAILED(result) ((result) < 0)
#define SUCCEEDED(result) ((result) >= 0)
#define NO_ERROR 0
#define ERROR_CALL_NOT_IMPLEMENTED 120
#define ERROR_INSUFFICIENT_BUFFER 122

/* ws2def.h */
#define AF_INET 2
#define AF_INET6 23

/* combaseapi.h */
void WINAPI CoTaskMemFree(PVOID memory);

#endif

_Static_assert(sizeof(HRESULT) == 4 && sizeof(DWORD) == 4 && sizeof(ULONG) == 4, "32 bits");
_Static_assert(sizeof(WCHAR) == 2, "UTF-16");
_Static_assert(sizeof(GUID) == 16, "GUID");
_Static_assert(sizeof(void *) == 8, "only 64-bit Windows has containers");

/* Declared where no SDK declares them, and where a check compares ours with the SDK's. */
#if !defined(_WIN32) || defined(FOVEA_CHECK_SDK)
#define FOVEA_DECLARE_SDK 1
#endif

#endif

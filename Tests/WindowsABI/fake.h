/*
 * DLLs with the names and signatures of Windows' own that do as the probe tells them, so that our loader is
 * exercised through the real ABI. They hold what a leak would leave behind: open handles.
 */
#ifndef FOVEA_FAKE_H
#define FOVEA_FAKE_H

#include <winsock2.h>
#include <windows.h>
#include <objbase.h>
#include <stdint.h>

#define EXPORT __declspec(dllexport)

/* What a DLL is to do next. */
enum fake_scenario {
	FAKE_WELL,
	/* The step of that number fails, counted in the order of its calls. */
	FAKE_FAIL_AT_1,
	FAKE_FAIL_AT_2,
	FAKE_FAIL_AT_3,
	FAKE_FAIL_AT_4,
	FAKE_FAIL_AT_5,
	FAKE_FAIL_AT_6,
	FAKE_FAIL_AT_7,
	/* Fails, and says why in an error record. */
	FAKE_RECORD,
	/* Succeeds, and says what was wrong in an error record. */
	FAKE_RECORD_ALTHOUGH_OK,
	/* Succeeds without an answer. */
	FAKE_NOTHING,
};

#define FAKE_FAILURE ((HRESULT)0x803B0002)
#define FAKE_ERROR 5 /* ERROR_ACCESS_DENIED, where errors are of winerror.h */

#define FAKE_STATE                                          \
	static int scenario, step, open_handles;            \
	EXPORT void FakeSet(int wanted);                    \
	EXPORT int FakeOpen(void);                          \
	void FakeSet(int wanted)                            \
	{                                                   \
		scenario = wanted;                          \
		step = 0;                                   \
	}                                                   \
	int FakeOpen(void)                                  \
	{                                                   \
		return open_handles;                        \
	}                                                   \
	static int fails(void)                              \
	{                                                   \
		return scenario == FAKE_FAIL_AT_1 + step++; \
	}

static inline PWSTR fake_text(const wchar_t *text)
{
	size_t size = (wcslen(text) + 1) * sizeof(*text);
	PWSTR copy = CoTaskMemAlloc(size);

	memcpy(copy, text, size);
	return copy;
}

#endif

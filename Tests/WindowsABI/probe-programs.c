#include "probe.h"

#define ECHO W("fovea-echo.exe")

static fovea_hresult run(const wchar_t *arguments, size_t count, uint32_t limit_ms,
			 size_t limit_bytes, struct fovea_bytes *output, uint32_t *status)
{
	memset(output, 0, sizeof(*output));
	return fovea_run(ECHO, (const fovea_wchar *)arguments, count, limit_ms, limit_bytes, output,
			 status);
}

/* What echo.c prints for these strings. */
static char *expected(const wchar_t *arguments, size_t count)
{
	char *text = calloc(1, 65536), *end = text;

	for (size_t i = 0; i < count; i++) {
		for (; *arguments; arguments++)
			end += sprintf(end, "%04x", (unsigned)*arguments);
		arguments++;
		end += sprintf(end, "\r\n");
	}
	return text;
}

static void round_trip(const wchar_t *arguments, size_t count)
{
	struct fovea_bytes output;
	char *wanted = expected(arguments, count);
	uint32_t status = 1;

	CHECK(run(arguments, count, 20000, 65536, &output, &status) == S_OK && status == 0);
	CHECK(output.count == strlen(wanted) && memcmp(output.data, wanted, output.count) == 0);
	if (output.count != strlen(wanted) || memcmp(output.data, wanted, output.count) != 0)
		printf("wanted %s, got %.*s\n", wanted, (int)output.count, (char *)output.data);
	fovea_bytes_free(&output);
	free(wanted);
}

static ULONGLONG since(ULONGLONG start)
{
	return GetTickCount64() - start;
}

/* The lowest that is free: it grows with every handle that is not closed. */
static uintptr_t next_handle(void)
{
	HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);

	CloseHandle(event);
	return (uintptr_t)event;
}

void probe_programs(void)
{
	struct fovea_bytes output;
	uint32_t status = 0;
	ULONGLONG start;
	wchar_t random[512];
	unsigned dice = 7;
	uintptr_t before, after;

	round_trip(L"", 0);
	round_trip(L"/port\0"
		   L"3F2C6E0A-8D44-4F27-9A5B-0C6F1D7E2A01\0/get-port-counter",
		   3);
	round_trip(L"a b\0\0c:\\dir with space\\\0say \"hi\"\\\0\\\\\"\0%PATH%\0&|<>^\0'x "
		   L"y'\0é😀\0\ttab\0*",
		   11);
	for (int i = 0; i < 12; i++) {
		static const wchar_t letters[] = L"\\\" \ta";
		size_t length = 0, count = 0;

		while (count < 8) {
			dice = dice * 1664525 + 1013904223;
			if (dice >> 29 == 0) {
				random[length++] = 0;
				count++;
			} else if (length < 500) {
				random[length++] = letters[(dice >> 16) % 5];
			}
		}
		round_trip(random, count);
	}
	before = next_handle();

	CHECK(run(L"--status", 1, 20000, 65536, &output, &status) == S_OK && status == 7);
	CHECK(output.count > 6 && memcmp(output.data, "ERROR:", 6) == 0);
	fovea_bytes_free(&output);

	start = GetTickCount64();
	CHECK(run(L"--sleep", 1, 500, 65536, &output, &status) == (fovea_hresult)0x800705B4);
	printf("  a program that sleeps was ended after %llu ms of 500\n", since(start));
	CHECK(since(start) >= 490 && since(start) < 10000);
	fovea_bytes_free(&output);

	start = GetTickCount64();
	CHECK(run(L"--flood", 1, 20000, 1 << 20, &output, &status) == (fovea_hresult)0x800700EA);
	CHECK(output.count <= 1 << 20 && since(start) < 15000);
	fovea_bytes_free(&output);

	start = GetTickCount64();
	CHECK(run(L"--leave-child", 1, 20000, 65536, &output, &status) == S_OK && status == 0);
	printf("  a child that was left behind was ended after %llu ms\n", since(start));
	CHECK(output.count == 6 && since(start) < 15000);
	fovea_bytes_free(&output);

	for (int i = 0; i < 20; i++) {
		CHECK(run(L"--status", 1, 20000, 65536, &output, &status) == S_OK);
		fovea_bytes_free(&output);
	}
	after = next_handle();
	printf("  the next handle: %#zx, after 24 programs %#zx\n", (size_t)before, (size_t)after);
	CHECK(after <= before + 2 * sizeof(DWORD));

	/* Nothing but System32 is looked at. */
	CHECK(fovea_run(W("no-such-program.exe"), W(""), 0, 1000, 1024, &output, &status) ==
	      (fovea_hresult)0x80070002);
	CHECK(fovea_run(W("..\\probe.exe"), W(""), 0, 1000, 1024, &output, &status) ==
	      E_INVALIDARG);
	CHECK(fovea_run(W("probe.exe"), W(""), 0, 1000, 1024, &output, &status) ==
	      (fovea_hresult)0x80070002);
}

/*
 * Calls windows-stubs through the DLLs beside it, under Wine or on Windows, and checks everything that comes
 * back: strings, codes, handles, and that all that COM allocated is freed.
 *
 *     probe.exe missing     no DLL of ours is in System32
 *     probe.exe exports     DLLs of those names are, without the functions
 *     probe.exe fakes       the fakes are
 *     probe.exe iphelper    the system's own iphlpapi.dll
 *     probe.exe programs    fovea-echo.exe is in System32
 *     probe.exe compartments    built to call a fake IP Helper, which is
 */
#define COBJMACROS
#include "probe.h"

#include "fake.h"

int checks, failures;

void check(int is_right, const char *file, int line, const char *what)
{
	checks++;
	if (is_right)
		return;
	failures++;
	printf("%s:%d: not so: %s\n", file, line, what);
}

/* Counts what COM allocates and frees. */

static LONG allocated;

static HRESULT STDMETHODCALLTYPE spy_query(IMallocSpy *spy, REFIID id, void **object)
{
	(void)id;
	*object = spy;
	return S_OK;
}

static ULONG STDMETHODCALLTYPE spy_reference(IMallocSpy *spy)
{
	(void)spy;
	return 1;
}

static SIZE_T STDMETHODCALLTYPE spy_pre_alloc(IMallocSpy *spy, SIZE_T size)
{
	(void)spy;
	return size;
}

static void *STDMETHODCALLTYPE spy_post_alloc(IMallocSpy *spy, void *memory)
{
	(void)spy;
	InterlockedIncrement(&allocated);
	return memory;
}

static void *STDMETHODCALLTYPE spy_pre_free(IMallocSpy *spy, void *memory, BOOL spied)
{
	(void)spy;
	(void)spied;
	if (memory)
		InterlockedDecrement(&allocated);
	return memory;
}

static void STDMETHODCALLTYPE spy_post_free(IMallocSpy *spy, BOOL spied)
{
	(void)spy;
	(void)spied;
}

static IMallocSpyVtbl spy_functions = {
	.QueryInterface = spy_query,
	.AddRef = spy_reference,
	.Release = spy_reference,
	.PreAlloc = spy_pre_alloc,
	.PostAlloc = spy_post_alloc,
	.PreFree = spy_pre_free,
	.PostFree = spy_post_free,
};
static IMallocSpy spy = { &spy_functions };

LONG com_allocations(void)
{
	return allocated;
}

struct fake fake_of(const wchar_t *dll)
{
	HMODULE module = LoadLibraryExW(dll, NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
	struct fake fake = { 0 };

	if (module) {
		fake.set = (void (*)(int))(void *)GetProcAddress(module, "FakeSet");
		fake.open = (int (*)(void))(void *)GetProcAddress(module, "FakeOpen");
	}
	CHECK(fake.set && fake.open);
	if (!fake.set || !fake.open)
		exit(2);
	return fake;
}

int main(int count, char **arguments)
{
	const char *mode = count > 1 ? arguments[1] : "";

	CHECK(SUCCEEDED(CoRegisterMallocSpy(&spy)));
	if (strcmp(mode, "missing") == 0)
		probe_missing();
	else if (strcmp(mode, "exports") == 0)
		probe_exports();
	else if (strcmp(mode, "fakes") == 0)
		probe_fakes();
	else if (strcmp(mode, "iphelper") == 0)
		probe_iphelper();
	else if (strcmp(mode, "programs") == 0)
		probe_programs();
	else if (strcmp(mode, "compartments") == 0)
		probe_compartments();
	else
		return 2;
	CHECK(allocated == 0);
	printf("probe %s: %d checks, %d failed\n", mode, checks, failures);
	return failures != 0;
}

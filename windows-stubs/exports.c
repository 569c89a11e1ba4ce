#include "exports.h"

#include <stdlib.h>
#include <string.h>

#ifdef _WIN32

/* Only System32 is searched: no DLL from the working directory or PATH is ever run. */
void *fovea_find_export(struct fovea_export *wanted, HRESULT *result)
{
	void *found = wanted->address;
	HMODULE module;

	*result = S_OK;
	if (found)
		return found;
	module = LoadLibraryExW(wanted->dll, NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
	if (!module) {
		*result = HRESULT_FROM_WIN32(GetLastError());
		return NULL;
	}
	found = (void *)GetProcAddress(module, wanted->name);
	if (!found) {
		*result = HRESULT_FROM_WIN32(GetLastError());
		FreeLibrary(module);
		return NULL;
	}
	wanted->address = found;
	return found;
}

#endif

fovea_hresult fovea_bytes_add(struct fovea_bytes *bytes, const void *data, size_t count)
{
	uint8_t *grown;

	if (!count)
		return S_OK;
	if (count > bytes->room - bytes->count) {
		size_t room = bytes->room ? bytes->room : 4096;

		while (count > room - bytes->count)
			room *= 2;
		grown = realloc(bytes->data, room);
		if (!grown)
			return E_OUTOFMEMORY;
		bytes->data = grown;
		bytes->room = room;
	}
	memcpy(bytes->data + bytes->count, data, count);
	bytes->count += count;
	return S_OK;
}

void fovea_bytes_free(struct fovea_bytes *bytes)
{
	free(bytes->data);
	memset(bytes, 0, sizeof(*bytes));
}

static int hexadecimal(char letter)
{
	if (letter >= '0' && letter <= '9')
		return letter - '0';
	if (letter >= 'a' && letter <= 'f')
		return letter - 'a' + 10;
	if (letter >= 'A' && letter <= 'F')
		return letter - 'A' + 10;
	return -1;
}

int fovea_guid_of(const char *text, GUID *guid)
{
	/* Where the digits of each byte stand, in the order of the struct in memory, little-endian. */
	static const uint8_t places[16] = { 6,  4,  2,  0,  11, 9,  16, 14,
					    19, 21, 24, 26, 28, 30, 32, 34 };
	uint8_t bytes[16];

	if (strlen(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' ||
	    text[23] != '-')
		return 0;
	for (int i = 0; i < 16; i++) {
		int high = hexadecimal(text[places[i]]), low = hexadecimal(text[places[i] + 1]);

		if (high < 0 || low < 0)
			return 0;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(guid, bytes, sizeof(bytes));
	return 1;
}

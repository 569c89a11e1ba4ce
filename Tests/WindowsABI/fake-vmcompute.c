#include "fake.h"

FAKE_STATE

/* Says what it was asked, so that the probe sees that every character came through. */
EXPORT HRESULT WINAPI HNSCall(PCWSTR method, PCWSTR path, PCWSTR object, PWSTR *response)
{
	wchar_t text[256];

	*response = NULL;
	if (fails()) {
		*response = fake_text(L"left although it failed");
		return FAKE_FAILURE;
	}
	if (scenario == FAKE_NOTHING)
		return S_OK;
	wcscpy(text, method);
	wcscat(text, L" ");
	wcscat(text, path);
	wcscat(text, L" <");
	wcscat(text, object);
	wcscat(text, L">");
	*response = fake_text(text);
	return S_OK;
}

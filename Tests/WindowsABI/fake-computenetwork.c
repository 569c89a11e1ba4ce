#include "fake.h"

FAKE_STATE

/* Steps: enumerate or open, query. */

static const GUID known = {
	0x3F2C6E0A, 0x8D44, 0x4F27, { 0x9A, 0x5B, 0x0C, 0x6F, 0x1D, 0x7E, 0x2A, 0x01 }
};
static int object_of_handle;

static HRESULT end(const wchar_t *answer, PWSTR *text, PWSTR *record)
{
	*text = NULL;
	*record = NULL;
	if (fails())
		return FAKE_FAILURE;
	if (scenario == FAKE_RECORD || scenario == FAKE_RECORD_ALTHOUGH_OK) {
		*record = fake_text(
			L"{\"Success\":false,\"Error\":\"nicht gefunden – \xD83D\xDE00\"}");
		if (scenario == FAKE_RECORD)
			return FAKE_FAILURE;
	}
	if (scenario != FAKE_NOTHING)
		*text = fake_text(answer);
	return S_OK;
}

static HRESULT open_object(REFGUID id, void **object, PWSTR *record)
{
	*record = NULL;
	*object = NULL;
	if (fails())
		return FAKE_FAILURE;
	if (memcmp(id, &known, sizeof(known)) != 0) {
		*record = fake_text(L"{\"Success\":false,\"ErrorCode\":2151350274}");
		return FAKE_FAILURE;
	}
	open_handles++;
	*object = &object_of_handle;
	return S_OK;
}

static HRESULT close_object(void *object)
{
	if (object != &object_of_handle)
		return E_INVALIDARG;
	open_handles--;
	return S_OK;
}

#define FAKE_KIND(object, objects)                                                            \
	EXPORT HRESULT WINAPI HcnEnumerate##objects(PCWSTR query, PWSTR *list, PWSTR *record) \
	{                                                                                     \
		if (wcscmp(query, L"{}") != 0)                                                \
			return E_INVALIDARG;                                                  \
		return end(L"[\"" L## #objects L"\"]", list, record);                         \
	}                                                                                     \
	EXPORT HRESULT WINAPI HcnOpen##object(REFGUID id, void **handle, PWSTR *record)       \
	{                                                                                     \
		return open_object(id, handle, record);                                       \
	}                                                                                     \
	EXPORT HRESULT WINAPI HcnQuery##object##Properties(void *handle, PCWSTR query,        \
							   PWSTR *text, PWSTR *record)        \
	{                                                                                     \
		if (handle != &object_of_handle || wcscmp(query, L"{}") != 0)                 \
			return E_INVALIDARG;                                                  \
		return end(L"{\"Name\":\"é\xD83D\xDE00\"}", text, record);                    \
	}                                                                                     \
	EXPORT HRESULT WINAPI HcnClose##object(void *handle)                                  \
	{                                                                                     \
		return close_object(handle);                                                  \
	}

FAKE_KIND(Network, Networks)
FAKE_KIND(Endpoint, Endpoints)
FAKE_KIND(Namespace, Namespaces)
FAKE_KIND(LoadBalancer, LoadBalancers)

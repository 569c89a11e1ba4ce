#include "exports.h"
#include "sdk/hcn.h"

#ifdef _WIN32
#include <objbase.h>
#endif

FOVEA_EXPORT("ole32.dll", CoTaskMemFree)

#define HCN_EXPORTS(object, objects)                                     \
	FOVEA_EXPORT("computenetwork.dll", HcnEnumerate##objects)        \
	FOVEA_EXPORT("computenetwork.dll", HcnOpen##object)              \
	FOVEA_EXPORT("computenetwork.dll", HcnQuery##object##Properties) \
	FOVEA_EXPORT("computenetwork.dll", HcnClose##object)

HCN_EXPORTS(Network, Networks)
HCN_EXPORTS(Endpoint, Endpoints)
HCN_EXPORTS(Namespace, Namespaces)
HCN_EXPORTS(LoadBalancer, LoadBalancers)

/* The four functions of one kind of object. Handles are void pointers, so the types are the same. */
struct hcn_functions {
	HRESULT(WINAPI *enumerate)(PCWSTR query, PWSTR *list, PWSTR *error_record);
	HRESULT(WINAPI *open)(REFGUID id, void **object, PWSTR *error_record);
	HRESULT(WINAPI *query)(void *object, PCWSTR query, PWSTR *properties, PWSTR *error_record);
	HRESULT(WINAPI *close)(void *object);
};

#define HCN_FIND(object, objects)                                                      \
	do {                                                                           \
		functions->enumerate = find_HcnEnumerate##objects(&result);            \
		if (SUCCEEDED(result))                                                 \
			functions->open = find_HcnOpen##object(&result);               \
		if (SUCCEEDED(result))                                                 \
			functions->query = find_HcnQuery##object##Properties(&result); \
		if (SUCCEEDED(result))                                                 \
			functions->close = find_HcnClose##object(&result);             \
	} while (0)

static HRESULT find(enum fovea_hcn_kind kind, struct hcn_functions *functions)
{
	HRESULT result = E_INVALIDARG;

	switch (kind) {
	case FOVEA_HCN_NETWORKS:
		HCN_FIND(Network, Networks);
		break;
	case FOVEA_HCN_ENDPOINTS:
		HCN_FIND(Endpoint, Endpoints);
		break;
	case FOVEA_HCN_NAMESPACES:
		HCN_FIND(Namespace, Namespaces);
		break;
	case FOVEA_HCN_LOAD_BALANCERS:
		HCN_FIND(LoadBalancer, LoadBalancers);
		break;
	}
	return result;
}

void fovea_text_free(fovea_wchar *text)
{
	HRESULT result;
	__typeof__(&CoTaskMemFree) free_memory;

	if (!text)
		return;
	free_memory = find_CoTaskMemFree(&result);
	if (free_memory)
		free_memory(text);
}

void fovea_answer_free(struct fovea_answer *answer)
{
	fovea_text_free(answer->text);
	fovea_text_free(answer->error_record);
	answer->text = NULL;
	answer->error_record = NULL;
}

fovea_hresult fovea_hcn_list(enum fovea_hcn_kind kind, const fovea_wchar *query,
			     struct fovea_answer *answer)
{
	struct hcn_functions functions = { 0 };
	HRESULT result = find(kind, &functions);

	answer->text = NULL;
	answer->error_record = NULL;
	if (FAILED(result))
		return result;
	return functions.enumerate((PCWSTR)query, (PWSTR *)&answer->text,
				   (PWSTR *)&answer->error_record);
}

fovea_hresult fovea_hcn_properties(enum fovea_hcn_kind kind, const char *id,
				   const fovea_wchar *query, struct fovea_answer *answer)
{
	struct hcn_functions functions = { 0 };
	void *object = NULL;
	HRESULT result;
	GUID guid;

	answer->text = NULL;
	answer->error_record = NULL;
	if (!fovea_guid_of(id, &guid))
		return E_INVALIDARG;
	result = find(kind, &functions);
	if (FAILED(result))
		return result;
	result = functions.open(&guid, &object, (PWSTR *)&answer->error_record);
	if (FAILED(result))
		return result;
	/* An ErrorRecord that came although the call succeeded is for the caller to judge. */
	if (!answer->error_record)
		result = functions.query(object, (PCWSTR)query, (PWSTR *)&answer->text,
					 (PWSTR *)&answer->error_record);
	functions.close(object);
	return result;
}

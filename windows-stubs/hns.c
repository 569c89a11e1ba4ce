#include "exports.h"
#include "sdk/hns.h"

FOVEA_EXPORT("vmcompute.dll", HNSCall)

fovea_hresult fovea_hns_call(const fovea_wchar *method, const fovea_wchar *path,
			     const fovea_wchar *object, fovea_wchar **response)
{
	HRESULT result;
	__typeof__(&HNSCall) call = find_HNSCall(&result);

	*response = NULL;
	if (!call)
		return result;
	return call((PCWSTR)method, (PCWSTR)path, (PCWSTR)object, (PWSTR *)response);
}

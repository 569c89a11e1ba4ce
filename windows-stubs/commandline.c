#include "exports.h"

/*
 * Windows hands a program one string, and the program takes it apart itself, by the rules of
 * CommandLineToArgvW: a run of backslashes means itself unless a quotation mark follows; then two mean one,
 * and an odd one makes the mark a character.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/shellapi/nf-shellapi-commandlinetoargvw
 */

static HRESULT add(struct fovea_bytes *line, fovea_wchar unit, size_t times)
{
	HRESULT result = S_OK;

	while (times-- && SUCCEEDED(result))
		result = fovea_bytes_add(line, &unit, sizeof(unit));
	return result;
}

static int needs_quotes(const fovea_wchar *argument)
{
	if (!*argument)
		return 1;
	for (; *argument; argument++)
		if (*argument == ' ' || *argument == '\t' || *argument == '\n' ||
		    *argument == '\v' || *argument == '"')
			return 1;
	return 0;
}

static HRESULT add_argument(struct fovea_bytes *line, const fovea_wchar *argument)
{
	int quotes = needs_quotes(argument);
	size_t backslashes = 0;
	HRESULT result = add(line, '"', quotes);

	for (; *argument && SUCCEEDED(result); argument++) {
		if (*argument == '\\') {
			backslashes++;
			continue;
		}
		if (*argument == '"')
			backslashes = 2 * backslashes + 1;
		result = add(line, '\\', backslashes);
		backslashes = 0;
		if (SUCCEEDED(result))
			result = add(line, *argument, 1);
	}
	if (SUCCEEDED(result))
		result = add(line, '\\', quotes ? 2 * backslashes : backslashes);
	if (SUCCEEDED(result))
		result = add(line, '"', quotes);
	return result;
}

fovea_hresult fovea_quote(const fovea_wchar *arguments, size_t count,
			  struct fovea_bytes *command_line)
{
	HRESULT result = S_OK;

	for (size_t i = 0; i < count && SUCCEEDED(result); i++) {
		if (i)
			result = add(command_line, ' ', 1);
		if (SUCCEEDED(result))
			result = add_argument(command_line, arguments);
		while (*arguments++)
			;
	}
	return SUCCEEDED(result) ? add(command_line, 0, 1) : result;
}

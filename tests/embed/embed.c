/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an editor or a linter does with libtamiz: compiles a text, shows the
 * diagnostics, and if the rules are right what they mean. tests/cli/install.sh
 * builds it with what pkg-config says, and with nothing of the build tree.
 */
#include <stdio.h>
#include <string.h>

#include <tamiz/compile.h>
#include <tamiz/judge.h>

static int compile(struct tamiz *tamiz, const char *text)
{
	struct tamiz_options options = { TAMIZ_TARGET_XDP };
	int error = tamiz_add_text(tamiz, "text", text, strlen(text));

	options.rules_only = true;
	if (!error)
		error = tamiz_compile(tamiz, &options);
	for (size_t i = 0; i < tamiz_n_diagnostics(tamiz); i++)
		fputs(tamiz_diagnostic(tamiz, i).printed, stdout);
	return error;
}

int main(int argc, char **argv)
{
	struct tamiz *tamiz = tamiz_new();
	int status = 1;

	if (tamiz && argc == 2 && compile(tamiz, argv[1]) == 0) {
		size_t len;
		const char *ir = tamiz_emit(tamiz, TAMIZ_EMIT_IR, &len);

		if (ir && fwrite(ir, 1, len, stdout) == len)
			status = 0;
	}
	tamiz_free(tamiz);
	return status;
}

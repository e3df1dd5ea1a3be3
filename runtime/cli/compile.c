/* SPDX-License-Identifier: GPL-2.0-only */
/* tamiz compile: one form of what the rules become, to a file. */
#include "runtime/cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int put_object(const struct cli *cli, const char *text, size_t len)
{
	struct tamiz_message message = { 0 };
	struct tamiz_object object = { 0 };
	int error = tamiz_build(text, len, cli->clang, &object, &message);

	if (error)
		return cli_fail(cli, &message, error);

	int status = cli_put(cli->output, object.data, object.len);

	tamiz_object_clear(&object);
	return status;
}

static int emit(const struct cli *cli, struct tamiz *tamiz)
{
	static const enum tamiz_emit forms[] = {
		[CLI_EMIT_AST] = TAMIZ_EMIT_AST,
		[CLI_EMIT_IR] = TAMIZ_EMIT_IR,
		[CLI_EMIT_PLAN] = TAMIZ_EMIT_PLAN,
		[CLI_EMIT_C] = TAMIZ_EMIT_C,
		[CLI_EMIT_OBJ] = TAMIZ_EMIT_C,
	};
	size_t len;
	const char *text = tamiz_emit(tamiz, forms[cli->emit], &len);

	if (!text) {
		cli_error("the rules have no such form");
		return EXIT_SYSTEM;
	}
	return cli->emit == CLI_EMIT_OBJ ? put_object(cli, text, len)
					 : cli_put(cli->output, text, len);
}

int cli_compile(const struct cli *cli)
{
	struct tamiz_options options = cli->options;
	struct cli_input input = { 0 };
	struct tamiz *tamiz = NULL;

	if (cli->emit == CLI_EMIT_OBJ &&
	    (!cli->output || !strcmp(cli->output, "-")) &&
	    isatty(STDOUT_FILENO)) {
		cli_error("an object file is not for a terminal: name one "
			  "with -o");
		return EXIT_USAGE;
	}

	int status = cli_input_read(&input, &cli->files);

	if (status != EXIT_DONE)
		return status;
	options.ifname = cli->devices.n ? cli->devices.at[0] : NULL;
	options.standalone |= cli->emit == CLI_EMIT_OBJ;
	status = cli_input_compile(&input, &options, &tamiz);
	if (tamiz)
		cli_print_diagnostics(tamiz);
	if (status == EXIT_DONE)
		status = emit(cli, tamiz);
	tamiz_free(tamiz);
	cli_input_free(&input);
	return status;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* tamiz fmt: rules in the one form in which iptables-save prints them. */
#include "runtime/cli/cli.h"

#include <string.h>

/* Whether the files, one behind the other, hold just @text. */
static bool is_text_of(const struct cli_input *input, const char *text,
		       size_t len)
{
	for (size_t i = 0; i < input->n; i++) {
		const struct tamiz_text *t = &input->at[i];

		if (t->len > len || memcmp(t->text, text, t->len) != 0)
			return false;
		text += t->len;
		len -= t->len;
	}
	return len == 0;
}

static int put(const struct cli *cli, const struct cli_input *input,
	       struct tamiz *tamiz)
{
	size_t len;
	const char *text = tamiz_emit(tamiz, TAMIZ_EMIT_SAVE, &len);

	if (cli->check_form)
		return is_text_of(input, text, len) ? EXIT_DONE : EXIT_FAULT;
	return cli_put(cli->output, text, len);
}

int cli_fmt(const struct cli *cli)
{
	struct tamiz_options options = cli->options;
	struct cli_input input = { 0 };
	struct tamiz *tamiz = NULL;
	int status = cli_input_read(&input, &cli->files);

	if (status != EXIT_DONE)
		return status;
	options.rules_only = true;
	status = cli_input_compile(&input, &options, &tamiz);
	if (tamiz)
		cli_print_diagnostics(tamiz);
	if (status == EXIT_DONE)
		status = put(cli, &input, tamiz);
	tamiz_free(tamiz);
	cli_input_free(&input);
	return status;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* tamiz compile: one form of what the rules become, to a file. */
#include "runtime/cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int put_object(const struct cli *cli, const char *path,
		      const char *text, size_t len)
{
	struct tamiz_message message = { 0 };
	struct tamiz_object object = { 0 };
	int error = tamiz_build(text, len, cli->clang, &object, &message);

	if (error)
		return cli_fail(cli, &message, error);

	int status = cli_put(path, object.data, object.len);

	tamiz_object_clear(&object);
	return status;
}

static bool is_filter(const struct cli *cli)
{
	return cli->options.target != TAMIZ_TARGET_XDP;
}

/* The form of libtamiz; TAMIZ_N_EMITS: there is none for the target. */
static enum tamiz_emit form_of(const struct cli *cli)
{
	static const struct {
		enum tamiz_emit rules, filter;
	} forms[CLI_N_EMITS] = {
		[CLI_EMIT_DEFAULT] = { TAMIZ_EMIT_C, TAMIZ_EMIT_ASM },
		[CLI_EMIT_AST] = { TAMIZ_EMIT_AST, TAMIZ_N_EMITS },
		[CLI_EMIT_IR] = { TAMIZ_EMIT_IR, TAMIZ_EMIT_FLOW },
		[CLI_EMIT_PLAN] = { TAMIZ_EMIT_PLAN, TAMIZ_N_EMITS },
		[CLI_EMIT_C] = { TAMIZ_EMIT_C, TAMIZ_EMIT_CBPF_C },
		[CLI_EMIT_OBJ] = { TAMIZ_EMIT_C, TAMIZ_EMIT_SOCKET_C },
		[CLI_EMIT_BYTECODE] = { TAMIZ_N_EMITS, TAMIZ_EMIT_BYTECODE },
		[CLI_EMIT_DDD] = { TAMIZ_N_EMITS, TAMIZ_EMIT_DDD },
		[CLI_EMIT_DD] = { TAMIZ_N_EMITS, TAMIZ_EMIT_DD },
		[CLI_EMIT_ASM] = { TAMIZ_N_EMITS, TAMIZ_EMIT_ASM },
		[CLI_EMIT_JSON] = { TAMIZ_N_EMITS, TAMIZ_EMIT_JSON },
		[CLI_EMIT_EXPRESSION] = { TAMIZ_N_EMITS,
					  TAMIZ_EMIT_EXPRESSION },
		[CLI_EMIT_COMMANDS] = { TAMIZ_N_EMITS, TAMIZ_EMIT_COMMANDS },
	};

	return is_filter(cli) ? forms[cli->emit].filter
			      : forms[cli->emit].rules;
}

static int refuse_form(void)
{
	cli_error("what is compiled has no such form (see tamiz-compile(8), "
		  "--emit)");
	return EXIT_USAGE;
}

static int emit(const struct cli *cli, struct tamiz *tamiz)
{
	enum tamiz_emit form = form_of(cli);
	size_t len;
	const char *text = form == TAMIZ_N_EMITS
				   ? NULL
				   : tamiz_emit(tamiz, form, &len);

	if (!text)
		return refuse_form();
	return cli->emit == CLI_EMIT_OBJ
		       ? put_object(cli, cli->output, text, len)
		       : cli_put(cli->output, text, len);
}

/* The bytecode, where one program has it all, and the commands. */
static int emit_rules_of_iptables(const struct cli *cli, struct tamiz *tamiz)
{
	size_t len, n_commands;
	const char *code = tamiz_emit(tamiz, TAMIZ_EMIT_BYTECODE, &len);
	const char *commands =
		tamiz_emit(tamiz, TAMIZ_EMIT_COMMANDS, &n_commands);
	char *both;
	int status;

	if (!commands)
		return refuse_form();
	if (!code || cli->options.xt.object || cli->emit == CLI_EMIT_COMMANDS)
		return cli_put(cli->output, commands, n_commands);
	if (asprintf(&both, "%s%s", code, commands) < 0) {
		cli_error("no memory");
		return EXIT_SYSTEM;
	}
	status = cli_put(cli->output, both, strlen(both));
	free(both);
	return status;
}

static int put(const struct cli *cli, struct tamiz *tamiz)
{
	if (cli->options.target == TAMIZ_TARGET_XT_BPF &&
	    (cli->emit == CLI_EMIT_DEFAULT || cli->emit == CLI_EMIT_COMMANDS))
		return emit_rules_of_iptables(cli, tamiz);
	return emit(cli, tamiz);
}

/* Options that would be ignored, or an output that nobody wants. */
static int check_usage(const struct cli *cli)
{
	const struct tamiz_xt_options *xt = &cli->options.xt;
	bool is_xt = cli->options.target == TAMIZ_TARGET_XT_BPF;

	if (!is_xt && (xt->jump || xt->name || xt->split || cli->object)) {
		cli_error("compile: --jump, --name, --split and --object are "
			  "for rules of iptables (-t xt_bpf)");
		return EXIT_USAGE;
	}
	if (xt->split && cli->object) {
		cli_error("compile: either --split or --object");
		return EXIT_USAGE;
	}
	if (is_xt && cli->options.n_chains > 1) {
		cli_error("compile: one --chain only for -t xt_bpf");
		return EXIT_USAGE;
	}
	if (cli->emit == CLI_EMIT_OBJ &&
	    (!cli->output || !strcmp(cli->output, "-")) &&
	    isatty(STDOUT_FILENO)) {
		cli_error("an object file is not for a terminal: name one "
			  "with -o");
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

int cli_compile(const struct cli *cli)
{
	struct tamiz_options options = cli->options;
	struct tamiz *tamiz = NULL;
	int status = check_usage(cli);

	if (status != EXIT_DONE)
		return status;
	options.ifname = cli->devices.n ? cli->devices.at[0] : NULL;
	options.standalone |= cli->emit == CLI_EMIT_OBJ;
	if (options.n_chains)
		options.xt.chain = options.chains[0];
	status = cli_filter_compile(cli, &options, &tamiz);
	if (tamiz)
		cli_print_diagnostics(tamiz);
	if (status == EXIT_DONE)
		status = put(cli, tamiz);
	tamiz_free(tamiz);
	return status;
}

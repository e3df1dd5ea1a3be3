/* SPDX-License-Identifier: GPL-2.0-only */
/* tamiz compile: one form of what the rules become, to a file. */
#include "runtime/cli/cli.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int put_object(const struct cli *cli, const char *path, const char *text,
		      size_t len)
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
	return cli->options.target != TAMIZ_TARGET_XDP &&
	       cli->options.target != TAMIZ_TARGET_TC;
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
	const char *text =
		form == TAMIZ_N_EMITS ? NULL : tamiz_emit(tamiz, form, &len);

	if (!text)
		return refuse_form();
	return cli->emit == CLI_EMIT_OBJ
		       ? put_object(cli, cli->output, text, len)
		       : cli_put(cli->output, text, len);
}

/* The filter in bpffs, or as a file. */
static int put_filter(const struct cli *cli, struct tamiz *tamiz)
{
	struct tamiz_message message = { 0 };
	struct tamiz_object object = { 0 };
	size_t len;
	const char *text = tamiz_emit(tamiz, TAMIZ_EMIT_SOCKET_C, &len);
	int fd = -1, error;

	if (!text)
		return refuse_form();
	if (!tamiz_filter_is_pin(cli->object))
		return put_object(cli, cli->object, text, len);
	error = tamiz_build(text, len, cli->clang, &object, &message);
	if (!error)
		error = tamiz_filter_load(&object, &fd, &message);
	if (!error)
		error = tamiz_filter_pin(fd, cli->object, &message);
	if (fd >= 0)
		close(fd);
	tamiz_object_clear(&object);
	return error ? cli_fail(cli, &message, error) : EXIT_DONE;
}

/* What has to be run before the rules are made. */
static const char *first_command(const struct cli *cli, const char *pin,
				 char *text, size_t size)
{
	if (!cli->object || tamiz_filter_is_pin(cli->object))
		return "";
	snprintf(text, size, "bpftool prog load '%s' '%s' type socket\n",
		 cli->object, pin);
	return text;
}

/* The bytecode, where one program has it all, and the commands. */
static int emit_rules_of_iptables(const struct cli *cli, const char *pin,
				  struct tamiz *tamiz)
{
	size_t len, n_commands;
	const char *code = tamiz_emit(tamiz, TAMIZ_EMIT_BYTECODE, &len);
	const char *commands =
		tamiz_emit(tamiz, TAMIZ_EMIT_COMMANDS, &n_commands);
	char first[2 * PATH_MAX], *all;
	int status = EXIT_DONE;

	if (!commands)
		return refuse_form();
	if (cli->object)
		status = put_filter(cli, tamiz);
	if (status != EXIT_DONE)
		return status;
	if (cli->object || cli->emit == CLI_EMIT_COMMANDS)
		code = NULL;
	if (asprintf(&all, "%s%s%s", code ?: "",
		     first_command(cli, pin, first, sizeof(first)),
		     commands) < 0) {
		cli_error("no memory");
		return EXIT_SYSTEM;
	}
	status = cli_put(cli->output, all, strlen(all));
	free(all);
	return status;
}

static bool wants_commands(const struct cli *cli)
{
	return cli->options.target == TAMIZ_TARGET_XT_BPF &&
	       (cli->emit == CLI_EMIT_DEFAULT ||
		cli->emit == CLI_EMIT_COMMANDS);
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
	if (cli->object && (xt->split || !wants_commands(cli))) {
		cli_error("compile: --object goes without --split and --emit");
		return EXIT_USAGE;
	}
	if (cli->object && strlen(cli->object) >= PATH_MAX) {
		cli_error("compile: the path of --object is too long");
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
	char pin[NAME_MAX];
	int status = check_usage(cli);

	if (status != EXIT_DONE)
		return status;
	options.ifname = cli->devices.n ? cli->devices.at[0] : NULL;
	options.standalone |= cli->emit == CLI_EMIT_OBJ;
	snprintf(pin, sizeof(pin), TAMIZ_BPFFS "/%s",
		 options.xt.name ?: "tamiz");
	if (cli->object)
		options.xt.object =
			tamiz_filter_is_pin(cli->object) ? cli->object : pin;
	if (options.n_chains)
		options.xt.chain = options.chains[0];
	status = cli_filter_compile(cli, &options, &tamiz);
	if (tamiz)
		cli_print_diagnostics(tamiz);
	if (status == EXIT_DONE)
		status = wants_commands(cli)
				 ? emit_rules_of_iptables(cli, pin, tamiz)
				 : emit(cli, tamiz);
	tamiz_free(tamiz);
	return status;
}

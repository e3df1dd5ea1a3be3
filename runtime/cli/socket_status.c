/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tamiz status --socket: the filters of sockets, whoever put them there. The
 * kernel gives back classic BPF as it was attached.
 */
#include "runtime/cli/socket.h"

#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/json.h"

/* "N,c t f k,...": what tamiz compile --from cbpf takes. Owned. */
static char *print_bytecode(const struct tamiz_socket_status *status)
{
	char *text = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);

	if (!file)
		return NULL;
	fprintf(file, "%zu", status->n);
	for (size_t i = 0; i < status->n; i++)
		fprintf(file, ",%u %u %u %u", status->insns[i].code,
			status->insns[i].jt, status->insns[i].jf,
			status->insns[i].k);
	if (fclose(file) == 0)
		return text;
	free(text);
	return NULL;
}

/* @form of @bytecode without its last newline, or NULL. Owned. */
static char *print_form(const char *bytecode, enum tamiz_emit form,
			bool as_it_is)
{
	const struct tamiz_options options = {
		.target = TAMIZ_TARGET_SOCKET,
		.unoptimized = as_it_is,
	};
	struct tamiz *tamiz = bytecode ? tamiz_new() : NULL;
	const char *text = NULL;
	char *copy;
	size_t len;

	if (tamiz &&
	    tamiz_add(tamiz, TAMIZ_LANGUAGE_CBPF, "socket", bytecode,
		      strlen(bytecode)) == 0 &&
	    tamiz_compile(tamiz, &options) == 0)
		text = tamiz_emit(tamiz, form, &len);
	if (text && len && text[len - 1] == '\n')
		len--;
	copy = text ? strndup(text, len) : NULL;
	tamiz_free(tamiz);
	return copy;
}

static void print_indented(const char *text)
{
	for (const char *line = text; line && *line;) {
		size_t len = strcspn(line, "\n");

		printf("  %.*s\n", (int)len, line);
		line += len + (line[len] == '\n');
	}
}

static void print_text(const struct cli *cli, const struct tamiz_socket *socket,
		       const struct tamiz_socket_status *status)
{
	static const char *const filters[] = {
		[TAMIZ_SOCKET_OPEN] = "no filter",
		[TAMIZ_SOCKET_EBPF] = "an eBPF program, which the kernel does "
				      "not show",
	};

	cli_socket_print_name(socket);
	if (status->filter == TAMIZ_SOCKET_CLASSIC)
		cli_socket_print_size(status->n);
	else
		printf(": %s", filters[status->filter]);
	printf("%s, %u packets dropped\n", status->is_locked ? ", locked" : "",
	       status->drops);
	if (status->filter != TAMIZ_SOCKET_CLASSIC)
		return;

	char *bytecode = print_bytecode(status);
	char *expression = print_form(bytecode, TAMIZ_EMIT_EXPRESSION, false);
	char *program = cli->verbose
				? print_form(bytecode, TAMIZ_EMIT_ASM, true)
				: NULL;

	print_indented(expression);
	print_indented(program);
	free(program);
	free(expression);
	free(bytecode);
}

static json_t *pack(const struct tamiz_socket *socket,
		    const struct tamiz_socket_status *status)
{
	static const char *const filters[] = {
		[TAMIZ_SOCKET_OPEN] = "none",
		[TAMIZ_SOCKET_CLASSIC] = "classic",
		[TAMIZ_SOCKET_EBPF] = "ebpf",
	};
	json_t *json = json_pack(
		"{s:s, s:i, s:i, s:o, s:s, s:b, s:I}", "socket", socket->name,
		"pid", socket->pid, "fd", socket->number, "process",
		tz_json_text(socket->process), "filter",
		filters[status->filter], "locked", (int)status->is_locked,
		"drops", (json_int_t)status->drops);

	if (status->filter != TAMIZ_SOCKET_CLASSIC)
		return json;

	char *bytecode = print_bytecode(status);
	char *expression = print_form(bytecode, TAMIZ_EMIT_EXPRESSION, false);

	json_object_set_new(json, "instructions",
			    json_integer((json_int_t)status->n));
	json_object_set_new(json, "bytecode", tz_json_text(bytecode));
	json_object_set_new(json, "expression", tz_json_text(expression));
	free(expression);
	free(bytecode);
	return json;
}

/* A socket that cannot be read keeps nobody from the others. */
static int print_all(const struct cli *cli, const struct tamiz_sockets *sockets)
{
	json_t *array = json_array();
	int result = EXIT_DONE;

	for (size_t i = 0; i < sockets->n; i++) {
		struct tamiz_message message = { 0 };
		struct tamiz_socket_status status;
		int error = tamiz_socket_status_read(&sockets->at[i], &status,
						     &message);

		if (error) {
			result = cli_fail(cli, &message, error);
			continue;
		}
		if (cli->json)
			json_array_append_new(array,
					      pack(&sockets->at[i], &status));
		else
			print_text(cli, &sockets->at[i], &status);
		tamiz_socket_status_clear(&status);
	}
	if (cli->json) {
		json_dumpf(array, stdout, JSON_INDENT(1));
		putchar('\n');
	}
	json_decref(array);
	return result;
}

int cli_status_sockets(const struct cli *cli)
{
	struct tamiz_sockets sockets = { 0 };
	int status = cli_sockets_find(cli, &sockets);

	if (status == EXIT_DONE)
		status = print_all(cli, &sockets);
	tamiz_sockets_clear(&sockets);
	return status;
}

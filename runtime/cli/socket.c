/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tamiz attach and detach with --socket: a filter into sockets of running
 * processes. What their packets begin with decides what an expression becomes,
 * so that it is compiled once for each kind.
 */
#include "runtime/cli/socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What an expression became for one link type. */
struct program {
	enum tamiz_link link;
	struct tamiz *tamiz;
	struct tamiz_socket_filter filter; /* fd: owned, or -1 */
};

struct session {
	const struct cli *cli;
	struct tamiz_sockets sockets;
	struct program *programs; /* as many as there are kinds: at most n */
	size_t n_programs;
	struct tamiz_socket_filter *filters; /* of each socket */
};

int cli_sockets_find(const struct cli *cli, struct tamiz_sockets *sockets)
{
	for (size_t i = 0; i < cli->sockets.n; i++) {
		struct tamiz_message message = { 0 };
		struct tamiz_notes notes = { 0 };
		int error = tamiz_sockets_find(cli->sockets.at[i], sockets,
					       &notes, &message);

		cli_print_notes(&notes);
		if (!error)
			continue;
		cli_fail(cli, &message, error);
		return error == -EINVAL ? EXIT_USAGE : EXIT_SYSTEM;
	}
	return EXIT_DONE;
}

void cli_socket_print_name(const struct tamiz_socket *socket)
{
	printf("%s (", socket->name);
	for (const char *c = socket->process; *c; c++)
		putchar((unsigned char)*c < ' ' || *c == 127 ? '?' : *c);
	printf(" %d:%d)", socket->pid, socket->number);
}

void cli_socket_print_size(size_t n_insns)
{
	printf(": a filter of %zu instruction%s", n_insns,
	       n_insns == 1 ? "" : "s");
}

/* --object: the filter as an eBPF program. */
static int load(const struct cli *cli, struct program *program)
{
	struct tamiz_message message = { 0 };
	struct tamiz_object object = { 0 };
	size_t len;
	const char *text =
		tamiz_emit(program->tamiz, TAMIZ_EMIT_SOCKET_C, &len);

	if (!text) {
		cli_error("the filter reads what eBPF programs of sockets are "
			  "not told");
		return EXIT_FAULT;
	}

	int error = tamiz_build(text, len, cli->clang, &object, &message);

	if (!error)
		error = tamiz_filter_load(&object, &program->filter.fd,
					  &message);
	tamiz_object_clear(&object);
	return error ? cli_fail(cli, &message, error) : EXIT_DONE;
}

static int make(const struct cli *cli, struct program *program)
{
	struct tamiz_options options = cli->options;

	options.target = TAMIZ_TARGET_SOCKET;
	options.link = program->link;

	int status = cli_filter_compile(cli, &options, &program->tamiz);

	if (program->tamiz)
		cli_print_diagnostics(program->tamiz);
	if (status != EXIT_DONE)
		return status;
	if (cli->as_object)
		return load(cli, program);
	program->filter.insns = tamiz_cbpf(program->tamiz, &program->filter.n);
	return EXIT_DONE;
}

static enum tamiz_link link_of(const struct cli *cli,
			       const struct tamiz_socket *socket)
{
	/* A program is what it is: it is compiled once. */
	if (cli->options.from == TAMIZ_LANGUAGE_CBPF)
		return TAMIZ_LINK_NET;
	return cli->options.link ? cli->options.link : socket->link;
}

/* The program for socket @i, which may be there already. */
static int find_program(struct session *s, size_t i)
{
	enum tamiz_link link = link_of(s->cli, &s->sockets.at[i]);
	size_t k = 0;

	if (!link) {
		cli_error("%s of process %d gets nothing that expressions "
			  "speak of; it takes a program (--from cbpf), or tell "
			  "what its packets begin with (--link)",
			  s->sockets.at[i].name, s->sockets.at[i].pid);
		return EXIT_SYSTEM;
	}
	while (k < s->n_programs && s->programs[k].link != link)
		k++;
	if (k == s->n_programs) {
		s->programs[s->n_programs++] =
			(struct program){ .link = link, .filter.fd = -1 };

		int status = make(s->cli, &s->programs[k]);

		if (status != EXIT_DONE)
			return status;
	}
	s->filters[i] = s->programs[k].filter;
	return EXIT_DONE;
}

static void say_done(const struct session *s)
{
	for (size_t i = 0; i < s->sockets.n; i++) {
		cli_socket_print_name(&s->sockets.at[i]);
		if (s->filters[i].insns)
			cli_socket_print_size(s->filters[i].n);
		else
			printf(": a filter in eBPF");
		puts(s->cli->lock ? ", locked" : "");
	}
}

static int attach(struct session *s)
{
	const struct tamiz_socket_options options = {
		.force = s->cli->attach.force,
		.lock = s->cli->lock,
		.dry_run = s->cli->attach.dry_run,
	};
	struct tamiz_message message = { 0 };
	int status = EXIT_DONE;

	for (size_t i = 0; i < s->sockets.n && status == EXIT_DONE; i++)
		status = find_program(s, i);
	if (status != EXIT_DONE)
		return status;

	int error = tamiz_sockets_attach(&s->sockets, s->filters, &options,
					 &message);

	if (error)
		return cli_fail(s->cli, &message, error);
	if (options.dry_run) {
		printf("%zu socket%s could be given the filter; nothing was "
		       "changed\n",
		       s->sockets.n, s->sockets.n == 1 ? "" : "s");
		return EXIT_DONE;
	}
	say_done(s);
	for (size_t i = 0; i < s->sockets.n; i++) {
		const struct tamiz_socket *socket = &s->sockets.at[i];

		if (socket->merges)
			cli_note("%s of process %d takes datagrams that the "
				 "kernel has merged (UDP_GRO): they are judged "
				 "by the first",
				 socket->name, socket->pid);
	}
	if (options.lock)
		cli_note("the lock cannot be undone: the filter stays as it is "
			 "until the socket is closed");
	return EXIT_DONE;
}

int cli_attach_sockets(const struct cli *cli)
{
	struct session s = { .cli = cli };
	int status = cli_sockets_find(cli, &s.sockets);

	if (status == EXIT_DONE) {
		s.programs = calloc(s.sockets.n + 1, sizeof(*s.programs));
		s.filters = calloc(s.sockets.n + 1, sizeof(*s.filters));
		if (s.programs && s.filters) {
			status = attach(&s);
		} else {
			cli_error("no memory");
			status = EXIT_SYSTEM;
		}
	}
	for (size_t i = 0; i < s.n_programs; i++) {
		tamiz_free(s.programs[i].tamiz);
		if (s.programs[i].filter.fd >= 0)
			close(s.programs[i].filter.fd);
	}
	free(s.programs);
	free(s.filters);
	tamiz_sockets_clear(&s.sockets);
	return status;
}

int cli_detach_sockets(const struct cli *cli)
{
	struct tamiz_message message = { 0 };
	struct tamiz_sockets sockets = { 0 };
	size_t n;
	int status = cli_sockets_find(cli, &sockets);
	int error = status == EXIT_DONE
			    ? tamiz_sockets_detach(&sockets, &n, &message)
			    : 0;

	if (error)
		status = cli_fail(cli, &message, error);
	else if (status == EXIT_DONE)
		printf("detached from %zu socket%s\n", n, n == 1 ? "" : "s");
	tamiz_sockets_clear(&sockets);
	return status;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line, parsed, and what the subcommands share. */
#pragma once

#include <stdbool.h>
#include <jansson.h>
#include <stddef.h>

#include <tamiz/judge.h>
#include <tamiz/runtime.h>

/* Exit statuses; FAULT: the rules are. */
enum cli_exit { EXIT_DONE, EXIT_FAULT, EXIT_USAGE, EXIT_SYSTEM };

/* In the order of the help. */
enum cli_command {
	CLI_CHECK,
	CLI_RUN,
	CLI_FMT,
	CLI_COMPILE,
	CLI_GEN,
	CLI_ATTACH,
	CLI_REPLACE,
	CLI_DETACH,
	CLI_ENFORCE,
	CLI_CONFIRM,
	CLI_ROLLBACK,
	CLI_STATUS,
	CLI_SET,
	CLI_LOG,
	CLI_SAVE,
	CLI_RESTORE,
	CLI_VERSION,
	CLI_HELP,
	CLI_N_COMMANDS
};

/* Some are other forms of libtamiz for rules than for filters. */
enum cli_emit {
	CLI_EMIT_DEFAULT, /* by the target */
	CLI_EMIT_AST,
	CLI_EMIT_IR,
	CLI_EMIT_PLAN,
	CLI_EMIT_C,
	CLI_EMIT_OBJ,
	CLI_EMIT_BYTECODE,
	CLI_EMIT_DDD,
	CLI_EMIT_DD,
	CLI_EMIT_ASM,
	CLI_EMIT_JSON,
	CLI_EMIT_EXPRESSION,
	CLI_EMIT_COMMANDS,
	CLI_N_EMITS
};

enum cli_engine { CLI_ENGINE_EVAL, CLI_ENGINE_XDP, CLI_ENGINE_BOTH };

/* What only tamiz run takes. */
struct cli_run {
	enum cli_engine engine;
	enum tamiz_route route;
	struct tamiz_assumption *assumptions; /* owned, names too */
	size_t n_assumptions;
};

enum cli_fail_on {
	CLI_FAIL_ON_WARNING = 1,
	CLI_FAIL_ON_PARTIAL = 2,
	CLI_FAIL_ON_IMPOSSIBLE = 4,
	CLI_FAIL_ON_DRIFT = 8,
};

struct cli_list {
	const char **at; /* owned; the texts are argv's */
	size_t n;
};

struct cli {
	struct cli_list files, devices, chains, expressions, sockets;
	struct tamiz_options options;
	struct tamiz_sample *samples; /* owned; of the options */
	struct tamiz_attach_options attach;
	struct cli_run run;
	enum cli_emit emit;
	unsigned int fail_on; /* enum cli_fail_on, ored */
	const char *output;   /* NULL or "-": standard output */
	const char *clang, *upper, *netns;
	const char *object;  /* compile: a socket filter, for --object-pinned */
	bool as_object, lock; /* attach to sockets */
	/* Of attach, detach, status: an option for the one only, or NULL. */
	const char *device_option, *socket_option;
	const char *pcap;    /* log: a file for the packets */
	unsigned int count;  /* log: end after so many events; 0: never */
	unsigned int wait_s; /* restore: for devices that are not there yet */
	bool backend_is_given, from_kernel;
	bool sets_live; /* the kernel's sets instead of files */
	bool watch;     /* set sync: go on */
	bool json, quiet, verbose, all, exact, numeric;
	bool headers_given;  /* gen */
	const char *expression_name; /* in diagnostics; NULL: "-e" */
	bool check_form; /* fmt: look, write nothing */
};

/* How each command line is called; the result is an exit status. */
int cli_check(const struct cli *cli);
int cli_compile(const struct cli *cli);
int cli_gen(const struct cli *cli);
int cli_fmt(const struct cli *cli);
int cli_attach(const struct cli *cli);
int cli_replace(const struct cli *cli);
int cli_rollback(const struct cli *cli);
int cli_confirm(const struct cli *cli);
int cli_enforce(const struct cli *cli);
int cli_detach(const struct cli *cli);
/* The same with --socket. */
int cli_attach_sockets(const struct cli *cli);
int cli_detach_sockets(const struct cli *cli);
int cli_status_sockets(const struct cli *cli);
int cli_save(const struct cli *cli);
int cli_restore(const struct cli *cli);
int cli_status(const struct cli *cli);
int cli_set(const struct cli *cli);
int cli_run(const struct cli *cli);
int cli_log(const struct cli *cli);

/*
 * Parses the arguments after the subcommand's name. 0; 1 when help was asked
 * for and printed; -EINVAL after a message.
 */
int cli_options_parse(struct cli *cli, enum cli_command command,
		      const char *name, int argc, char **argv);
void cli_options_free(struct cli *cli);
/* Digits only, no sign, no blanks: the whole of @text, @min to @max. */
bool cli_parse_number(const char *text, unsigned long min, unsigned long max,
		      unsigned int *value);
int cli_append(struct cli_list *list, const char *text);
/* A value of an option that takes one of some words, which end with NULL. */
struct cli_word {
	const char *text;
	int value;
};
/* -EINVAL after a message that lists the words. */
int cli_choose(const char *option, const char *text,
	       const struct cli_word *words, int *value);
/* Values of the options of filters: 0, -errno after a message. */
int cli_set_expression(struct cli *cli, const char *text);
int cli_set_target(struct cli *cli, const char *text);
int cli_set_emit(struct cli *cli, const char *text);
int cli_set_from(struct cli *cli, const char *text);
int cli_set_link(struct cli *cli, const char *text);
int cli_set_netmask(struct cli *cli, const char *text);
int cli_set_max_insns(struct cli *cli, const char *text);
/* Those of gen. */
int cli_set_port(struct cli *cli, const char *text);
int cli_set_labels(struct cli *cli, const char *text);
int cli_set_headers(struct cli *cli, const char *text);
/* Values of the options of run: 0, -errno after a message. */
int cli_set_engine(struct cli *cli, const char *text);
int cli_set_route(struct cli *cli, const char *text);
int cli_set_assume(struct cli *cli, const char *text);
void cli_run_free(struct cli_run *run);
/* Values of --log, --sample, --snaplen, --count: -errno after a message. */
int cli_set_log(struct cli *cli, const char *text);
int cli_set_reject(struct cli *cli, const char *text);
int cli_set_reject_rate(struct cli *cli, const char *text);
int cli_set_sample(struct cli *cli, const char *text);
int cli_set_snaplen(struct cli *cli, const char *text);
int cli_set_count(struct cli *cli, const char *text);
/* The value of --ipset; what it asks for, whose text is the caller's. */
int cli_set_ipset(struct cli *cli, const char *text);
int cli_live_sets(const struct cli *cli, struct tamiz_text *text);
/* Values of --confirm and --wait. */
int cli_set_confirm(struct cli *cli, const char *text);
int cli_set_wait(struct cli *cli, const char *text);
/*
 * Of @n words the one that was probably meant by @word, or NULL. @words is an
 * array of pointers, @stride bytes from one to the next.
 */
const char *cli_nearest(const char *word, const char *const *words, size_t n,
			size_t stride);
/* The options that @command takes, for its help. */
void cli_options_describe(enum cli_command command);

/* Prints "tamiz: error: ..." or "tamiz: note: ..." to standard error. */
void cli_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void cli_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The message, with its log when @verbose; clears it. EXIT_SYSTEM. */
int cli_fail(const struct cli *cli, struct tamiz_message *message, int error);
void cli_print_notes(struct tamiz_notes *notes);
/* Diagnostics to standard error; returns how many are warnings. */
size_t cli_print_diagnostics(const struct tamiz *tamiz);

/*
 * Writes @path whole or not at all: a new file takes its place by rename(2).
 * @most: the permissions that the file may have; less by the umask, or by those
 * of the old one. NULL or "-": standard output. -errno.
 */
int cli_write(const char *path, const void *data, size_t len,
	      unsigned int most);
/* The same for what anybody may read, and says why it could not. EXIT_*. */
int cli_put(const char *path, const void *data, size_t len);

/* Rule files, read once, so that all devices get the same bytes. */
struct cli_input {
	struct tamiz_text *at; /* owned, as the texts */
	size_t n;
};

int cli_input_read(struct cli_input *input, const struct cli_list *files);
void cli_input_free(struct cli_input *input);
/*
 * Compiles them. EXIT_FAULT when the rules are at fault: *tamiz is set then
 * too, for its diagnostics.
 */
int cli_input_compile(const struct cli_input *input,
		      const struct tamiz_options *options,
		      struct tamiz **tamiz);
/* The same of what -e gives and of the operands: files, or a program. */
int cli_filter_compile(const struct cli *cli,
		       const struct tamiz_options *options,
		       struct tamiz **tamiz);
int cli_texts_compile(const struct tamiz_text *texts, size_t n,
		      const struct tamiz_options *options,
		      struct tamiz **tamiz);

/* The columns of `iptables -L -v -n` from target on, and a rule in them. */
void cli_print_columns_head(void);
void cli_print_columns(int family, const char *text);

const char *cli_fit_name(enum tamiz_fit fit);
/* Notes of what the drift between files and live rules is. */
void cli_print_drift(const struct tamiz *tamiz,
		     const struct tamiz_drift *drift);
/* Notes of live rules whose state is the program's own, too. */
void cli_print_own(const struct tamiz *tamiz, const struct tamiz_drift *drift);
/* As whole seconds, rounded up, whatever the sign. */
unsigned int cli_seconds(int64_t ms);

/* status.c: where the rules are, "native XDP" or "tc". */
#define CLI_HOOK_LEN 24
const char *cli_hook_words(const struct tamiz_status_device *device,
			   char words[CLI_HOOK_LEN]);

/* status: a device as a JSON object. */
json_t *cli_status_pack(const struct tamiz_status_device *device);

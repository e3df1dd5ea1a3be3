/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rule files are read once: every device of a change, and every attempt, gets
 * the same bytes, also from a pipe.
 */
#include "runtime/cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/scope.h"

/* What libtamiz takes at most, of all files together. */
#define INPUT_MAX (512u << 20)
#define FIRST_LEN 65536

static int read_fd(int fd, struct tamiz_text *text)
{
	struct stat st;
	size_t cap = FIRST_LEN, len = 0;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (st.st_size > INPUT_MAX)
		return -EFBIG;
	if (st.st_size > 0)
		cap = (size_t)st.st_size + 1;

	_cleanup_free_ char *buf = malloc(cap);

	for (;;) {
		if (!buf)
			return -ENOMEM;

		ssize_t n = read(fd, buf + len, cap - len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			break;
		len += n > 0 ? (size_t)n : 0;
		if (len > INPUT_MAX)
			return -EFBIG;
		if (len < cap)
			continue;
		cap = cap < INPUT_MAX / 2 ? cap * 2 : INPUT_MAX + 1;

		char *more = realloc(buf, cap);

		if (!more)
			return -ENOMEM;
		buf = more;
	}
	text->text = TAKE_PTR(buf);
	text->len = len;
	return 0;
}

static int read_file(const char *path, struct tamiz_text *text)
{
	text->name = path;
	if (!strcmp(path, "-"))
		return read_fd(STDIN_FILENO, text);

	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : read_fd(fd, text);
}

int cli_input_read(struct cli_input *input, const struct cli_list *files)
{
	input->at = calloc(files->n + 1, sizeof(*input->at));
	input->n = input->at ? files->n : 0;
	for (size_t i = 0; i < files->n; i++) {
		int error = input->at ? read_file(files->at[i], &input->at[i])
				      : -ENOMEM;

		if (!error)
			continue;
		cli_error("cannot read %s: %s", files->at[i],
			  error == -EFBIG ? "larger than 512 MiB"
					  : strerror(-error));
		cli_input_free(input);
		return EXIT_SYSTEM;
	}
	return EXIT_DONE;
}

void cli_input_free(struct cli_input *input)
{
	for (size_t i = 0; i < input->n; i++)
		free((void *)(uintptr_t)input->at[i].text);
	free(input->at);
	*input = (struct cli_input){ 0 };
}

/* A program may stand on the command line itself: "N,c t f k,...". */
static bool is_bytecode(const char *operand)
{
	size_t digits = strspn(operand, "0123456789");

	return digits && operand[digits] == ',';
}

static int refuse_input(int error)
{
	cli_error("cannot take the rules: %s",
		  error == -EFBIG ? "larger than 512 MiB together"
				  : strerror(-error));
	return EXIT_SYSTEM;
}

int cli_filter_compile(const struct cli *cli,
		       const struct tamiz_options *options,
		       struct tamiz **tamiz)
{
	enum tamiz_language said =
		options->from ? options->from : TAMIZ_LANGUAGE_EXPRESSION;
	struct cli_list files = { 0 };
	struct cli_input input = { 0 };
	struct tamiz *t = tamiz_new();
	int error = t ? 0 : -ENOMEM, status = EXIT_DONE;

	for (size_t i = 0; i < cli->expressions.n && !error; i++)
		error = tamiz_add(t, said, cli->expression_name ?: "-e",
				  cli->expressions.at[i],
				  strlen(cli->expressions.at[i]));
	for (size_t i = 0; i < cli->files.n && !error; i++) {
		const char *operand = cli->files.at[i];

		if (said == TAMIZ_LANGUAGE_CBPF && is_bytecode(operand))
			error = tamiz_add(t, said, "program", operand,
					  strlen(operand));
		else
			error = cli_append(&files, operand);
	}
	if (!error)
		status = cli_input_read(&input, &files);
	for (size_t i = 0; i < input.n && !error; i++)
		error = tamiz_add_text(t, input.at[i].name, input.at[i].text,
				       input.at[i].len);
	free(files.at);
	cli_input_free(&input);
	if (error)
		status = refuse_input(error);
	if (status != EXIT_DONE) {
		tamiz_free(t);
		return status;
	}
	*tamiz = t;
	return tamiz_compile(t, options) ? EXIT_FAULT : EXIT_DONE;
}

int cli_texts_compile(const struct tamiz_text *texts, size_t n,
		      const struct tamiz_options *options, struct tamiz **tamiz)
{
	struct tamiz *t = tamiz_new();
	int error = t ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && !error; i++)
		error = tamiz_add_text(t, texts[i].name, texts[i].text,
				       texts[i].len);
	if (error) {
		tamiz_free(t);
		return refuse_input(error);
	}
	error = tamiz_compile(t, options);
	*tamiz = t;
	return error ? EXIT_FAULT : EXIT_DONE;
}

int cli_input_compile(const struct cli_input *input,
		      const struct tamiz_options *options, struct tamiz **tamiz)
{
	return cli_texts_compile(input->at, input->n, options, tamiz);
}

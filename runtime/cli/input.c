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

int cli_texts_compile(const struct tamiz_text *texts, size_t n,
		      const struct tamiz_options *options, struct tamiz **tamiz)
{
	struct tamiz *t = tamiz_new();
	int error = t ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && !error; i++)
		error = tamiz_add_text(t, texts[i].name, texts[i].text,
				       texts[i].len);
	if (error) {
		cli_error("cannot take the rules: %s",
			  error == -EFBIG ? "larger than 512 MiB together"
					  : strerror(-error));
		tamiz_free(t);
		return EXIT_SYSTEM;
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

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Without libFuzzer: runs a target over the files and folders of its
 * arguments, or over the corpus that comes with the source.
 */
#include "fuzz.h"

#include <dirent.h>
#include <sys/stat.h>

static size_t n_replayed;

static void replay_file(const char *path)
{
	static uint8_t bytes[4 << 20];
	FILE *file = fopen(path, "rb");

	if (!file)
		fuzz_die("cannot be read", path);

	size_t n = fread(bytes, 1, sizeof(bytes), file);

	fclose(file);
	LLVMFuzzerTestOneInput(bytes, n);
	n_replayed++;
}

static void replay(const char *path)
{
	struct stat st;
	char inner[4096];

	if (stat(path, &st) != 0)
		fuzz_die("cannot be found", path);
	if (!S_ISDIR(st.st_mode)) {
		replay_file(path);
		return;
	}

	DIR *dir = opendir(path);

	if (!dir)
		fuzz_die("cannot be opened", path);
	for (const struct dirent *e; (e = readdir(dir));) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(inner, sizeof(inner), "%s/%s", path, e->d_name);
		replay(inner);
	}
	closedir(dir);
}

int main(int argc, char **argv)
{
	const char *top = getenv("top_srcdir");
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s", top ? top : ".",
		 fuzz_corpus);
	if (argc < 2)
		replay(path);
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	printf("%zu files replayed\n", n_replayed);
	return n_replayed > 0 ? 0 : 1;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rule's text, which is that of iptables-save, in the columns of
 * `iptables -L -v -n`: target, prot, opt, in, out, source, destination, and
 * behind them the matches and the target's options in the words of the text,
 * without "-m", comments in the manner of C. A line of this text is parsed,
 * and printed with the widths of iptables 1.8.9.
 */
#include "runtime/cli/cli.h"

#include <stdio.h>
#include <string.h>

struct word {
	const char *at;
	int len; /* 0: there is none */
};

/* A column: the word, and whether it is inverted. */
struct cell {
	struct word word;
	bool is_inverted;
};

struct columns {
	struct cell target, prot, fragment, in, out, source, destination;
	bool is_goto;
};

/* Quoted words hold blanks, and backslashes before quotes. */
static struct word next_word(const char **at)
{
	const char *start = *at + strspn(*at, " "), *end = start;
	bool is_quoted = false;

	for (; *end && (is_quoted || *end != ' '); end++) {
		if (*end == '\\' && end[1])
			end++;
		else if (*end == '"')
			is_quoted = !is_quoted;
	}
	*at = end;
	return (struct word){ start, (int)(end - start) };
}

static bool is(struct word word, const char *text)
{
	return (size_t)word.len == strlen(text) &&
	       !memcmp(word.at, text, (size_t)word.len);
}

static struct cell *cell_of(struct columns *columns, struct word option)
{
	const struct {
		const char *option;
		struct cell *cell;
	} cells[] = {
		{ "-s", &columns->source }, { "-d", &columns->destination },
		{ "-i", &columns->in },     { "-o", &columns->out },
		{ "-p", &columns->prot },   { "-j", &columns->target },
		{ "-g", &columns->target }, { "-f", &columns->fragment },
	};

	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		if (is(option, cells[i].option))
			return cells[i].cell;
	}
	return NULL;
}

/*
 * The next word that stands in no column; words of columns are put there.
 * @is_inverted: a "!" was before it.
 */
static struct word next_rest(struct columns *columns, const char **at,
			     bool *is_inverted)
{
	*is_inverted = false;
	for (;;) {
		struct word word = next_word(at);
		/* Behind the target are its own options only. */
		struct cell *cell = columns->target.word.len
					    ? NULL
					    : cell_of(columns, word);

		if (is(word, "!")) {
			*is_inverted = true;
			continue;
		}
		if (!cell)
			return word;
		cell->is_inverted = *is_inverted;
		cell->word = is(word, "-f") ? word : next_word(at);
		columns->is_goto |= is(word, "-g");
		*is_inverted = false;
	}
}

static void print_cell(struct cell cell, const char *any, int width)
{
	char text[128];

	if (!cell.word.len)
		cell.word = (struct word){ any, (int)strlen(any) };
	snprintf(text, sizeof(text), "%s%.*s", cell.is_inverted ? "!" : "",
		 cell.word.len, cell.word.at);
	printf("%-*s ", width, text);
}

/* Here a place is kept for the "!". */
static void print_signed(struct cell cell, const char *any, int width)
{
	putchar(cell.is_inverted ? '!' : ' ');
	cell.is_inverted = false;
	print_cell(cell, any, width);
}

/* As iptables does: one address without its prefix length. */
static void print_address(struct cell cell, int family)
{
	const char *whole = family == 4 ? "/32" : "/128";
	int len = (int)strlen(whole);

	if (cell.word.len > len &&
	    !memcmp(cell.word.at + cell.word.len - len, whole, (size_t)len))
		cell.word.len -= len;
	print_signed(cell, family == 4 ? "0.0.0.0/0" : "::/0", 19);
}

static void print_comment(const char **at)
{
	struct word text = next_word(at);

	if (text.len >= 2 && *text.at == '"') {
		text.at++;
		text.len -= 2;
	}
	printf(" /* ");
	for (int i = 0; i < text.len; i++) {
		if (text.at[i] == '\\' && i + 1 < text.len)
			i++;
		putchar(text.at[i]);
	}
	printf(" */");
}

static void print_rest(const char *text, struct columns *columns)
{
	bool is_inverted;

	for (;;) {
		struct word word = next_rest(columns, &text, &is_inverted);

		if (!word.len)
			return;
		if (is_inverted)
			printf(" !");
		if (is(word, "--comment"))
			print_comment(&text);
		else if (!is(word, "-m"))
			printf(" %.*s", word.len, word.at);
		else if (word = next_word(&text), !is(word, "comment"))
			printf(" %.*s", word.len, word.at);
	}
}

void cli_print_columns_head(void)
{
	printf("%-9s  %-4s %-3s %-6s %-6s  %-19s  %s\n", "target", "prot",
	       "opt", "in", "out", "source", "destination");
}

void cli_print_columns(int family, const char *text)
{
	struct columns columns = { 0 };
	const char *at = text;
	bool is_inverted;

	while (next_rest(&columns, &at, &is_inverted).len)
		;
	print_cell(columns.target, "", 9);
	print_signed(columns.prot, "all", 4);
	if (columns.fragment.word.len)
		printf(columns.fragment.is_inverted ? "!f  " : "-f  ");
	else
		printf("--  ");
	print_cell(columns.in, "*", 6);
	print_cell(columns.out, "*", 6);
	print_address(columns.source, family);
	print_address(columns.destination, family);
	if (columns.is_goto)
		printf(" [goto]");
	columns = (struct columns){ 0 };
	print_rest(text, &columns);
	putchar('\n');
}

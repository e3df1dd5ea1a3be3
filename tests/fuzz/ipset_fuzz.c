/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a file of ipset. What is refused has an error; what is taken is
 * printed by the IR as commands that make the same sets, and rules that ask all
 * of them have a program.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tamiz/ipset.h>

const char fuzz_corpus[] = "ipset";

enum { SETS_MAX = 20, ENTRIES_MAX = 50000 };

static struct tamiz *compile(const char *sets, size_t len, const char *rules,
			     bool *is_taken)
{
	struct tamiz_options options = { .standalone = true };
	struct tamiz *t = tamiz_new();

	if (!t || tamiz_add(t, TAMIZ_LANGUAGE_IPSET, "fuzz", sets, len) ||
	    tamiz_add(t, TAMIZ_LANGUAGE_IPTABLES, "rules", rules,
		      strlen(rules)))
		fuzz_die("no memory", "");
	*is_taken = !tamiz_compile(t, &options);
	if (!*is_taken && !tamiz_n_diagnostics(t))
		fuzz_die("refused without an error", sets);
	for (size_t i = 0; i < tamiz_n_diagnostics(t); i++)
		(void)tamiz_diagnostic(t, i);
	return t;
}

/* A name that can stand in a rule as it is. */
static bool is_plain(const char *name)
{
	for (; *name; name++)
		if ((unsigned char)*name <= ' ' || (unsigned char)*name > '~' ||
		    strchr("\"'\\!#-", *name))
			return false;
	return true;
}

/* Both print the same, so they are the same. */
static void check_text(struct tamiz *t)
{
	size_t len, n = 0;
	const char *ir = tamiz_emit(t, TAMIZ_EMIT_IR, &len);
	char *text = malloc(len + 1);
	bool is_taken;
	struct tamiz *again;

	/* set "COMMAND" */
	for (const char *p = ir; !strncmp(p, "set \"", 5);
	     p = strchr(p, '\n') + 1) {
		const char *end = strchr(p, '\n') - 1;

		if (memchr(p + 5, '\\', (size_t)(end - p - 5))) {
			free(text);
			return;
		}
		memcpy(text + n, p + 5, (size_t)(end - p - 5));
		n += (size_t)(end - p - 5);
		text[n++] = '\n';
	}
	text[n] = '\0';
	again = compile(text, n, "", &is_taken);
	if (!is_taken)
		fuzz_die("what was printed is refused", text);
	if (strcmp(ir, tamiz_emit(again, TAMIZ_EMIT_IR, &len)))
		fuzz_die("what was printed is read as something else", text);
	tamiz_free(again);
	free(text);
}

static void ask_all(const struct tamiz *t, const char *sets, size_t len)
{
	size_t n = tamiz_n_sets(t), rules_len = 0, c_len;
	char *rules = NULL;
	FILE *out = open_memstream(&rules, &rules_len);
	bool is_taken;
	struct tamiz *asked;

	fprintf(out, "*raw\n:PREROUTING ACCEPT [0:0]\n");
	for (size_t i = 0; i < n && i < SETS_MAX; i++)
		if (is_plain(tamiz_set(t, i).name))
			fprintf(out,
				"-A PREROUTING -m set --match-set %s "
				"src,dst,src --return-nomatch -j DROP\n",
				tamiz_set(t, i).name);
	fprintf(out, "COMMIT\n");
	fclose(out);
	asked = compile(sets, len, rules, &is_taken);
	if (!is_taken)
		fuzz_die("a rule that asks a set is refused",
			 tamiz_diagnostic(asked, 0).text);
	if (!tamiz_emit(asked, TAMIZ_EMIT_C, &c_len))
		fuzz_die("rules without a program", rules);
	tamiz_free(asked);
	free(rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool is_taken;
	struct tamiz *t = compile((const char *)data, size, "", &is_taken);
	size_t n = 0;

	for (size_t i = 0; is_taken && i < tamiz_n_sets(t); i++)
		n += tamiz_set(t, i).n;
	if (is_taken && n < ENTRIES_MAX) {
		check_text(t);
		ask_all(t, (const char *)data, size);
	}
	tamiz_free(t);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For each line `4|6 TABLE CHAIN RULE` of the standard input: the rules that
 * it becomes as `-A CHAIN text`, in one line, or REFUSED. tests/unit/
 * front_text.sh compares this with iptables itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/front_help.h"

static void print_rules(const struct front *f)
{
	if (!f->is_good) {
		puts("REFUSED");
		return;
	}
	for (size_t i = 0; i < f->ir->counted.n; i++) {
		const struct tz_ir_rule *rule = f->ir->counted.at[i].rule;

		if (rule)
			printf("-A %s%s%s ", rule->owner->name,
			       *rule->text ? " " : "", rule->text);
	}
	puts("");
}

int main(void)
{
	char line[8192], table[32];
	int family, n;

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (*line == '#' || !*line)
			continue;
		if (sscanf(line, "%d %31s %n", &family, table, &n) != 2)
			return 2;

		char *rule = malloc(strlen(line) + 32);

		sprintf(rule, ":user - [0:0]\n-A %s", line + n);

		struct front f = front_table(family == 6 ? TZ_IPV6 : TZ_IPV4,
					     table, rule);

		print_rules(&f);
		front_free(&f);
		free(rule);
	}
	return 0;
}

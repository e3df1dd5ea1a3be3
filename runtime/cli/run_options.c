/* SPDX-License-Identifier: GPL-2.0-only */
/* Values of the options of tamiz run. */
#include "runtime/cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int cli_set_engine(struct cli *cli, const char *text)
{
	if (!strcmp(text, "eval"))
		cli->run.engine = CLI_ENGINE_EVAL;
	else if (!strcmp(text, "xdp"))
		cli->run.engine = CLI_ENGINE_XDP;
	else if (!strcmp(text, "both"))
		cli->run.engine = CLI_ENGINE_BOTH;
	else {
		cli_error("--engine takes eval, xdp or both, not \"%s\"", text);
		return -EINVAL;
	}
	return 0;
}

int cli_set_route(struct cli *cli, const char *text)
{
	if (!strcmp(text, "input"))
		cli->run.route = TAMIZ_ROUTE_INPUT;
	else if (!strcmp(text, "forward"))
		cli->run.route = TAMIZ_ROUTE_FORWARD;
	else {
		cli_error("--route takes input or forward, not \"%s\"", text);
		return -EINVAL;
	}
	return 0;
}

static int refuse_assumption(const char *text)
{
	cli_error("--assume takes NAME=true or NAME=false, not \"%s\"", text);
	return -EINVAL;
}

/* NAME=true or NAME=false; NAME becomes a string of its own. */
int cli_set_assume(struct cli *cli, const char *text)
{
	struct cli_run *run = &cli->run;
	const char *equal = strchr(text, '=');
	bool is_true = equal && !strcmp(equal + 1, "true");

	if (!equal || equal == text || (!is_true && strcmp(equal, "=false")))
		return refuse_assumption(text);

	struct tamiz_assumption *at = reallocarray(
		run->assumptions, run->n_assumptions + 1, sizeof(*at));

	if (!at)
		return -ENOMEM;
	run->assumptions = at;
	at += run->n_assumptions;
	at->value = is_true;
	at->name = strndup(text, (size_t)(equal - text));
	if (!at->name)
		return -ENOMEM;
	run->n_assumptions++;
	return 0;
}

void cli_run_free(struct cli_run *run)
{
	for (size_t i = 0; i < run->n_assumptions; i++)
		free((char *)run->assumptions[i].name);
	free(run->assumptions);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* How an event is shown: a line, an object, the comments of a packet. */
#pragma once

#include <stdio.h>

#include <tamiz/log.h>

/* One line with its newline; @shows_path: all rules that counted it. */
void cli_log_print_line(FILE *out, const struct tamiz_log_event *event,
			bool shows_path);
/* One line of JSON. -ENOMEM. */
int cli_log_print_json(FILE *out, const struct tamiz_log_event *event);

/* What a pcapng comment says of each rule that has to do with the event. */
struct cli_log_comments {
	char **at; /* owned */
	size_t n;
};

int cli_log_comment(const struct tamiz_log_event *event,
		    struct cli_log_comments *comments);
void cli_log_comments_free(struct cli_log_comments *comments);

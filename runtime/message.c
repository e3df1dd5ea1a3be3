/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages: the one line that says why a call failed. Whoever knows the cause
 * writes it; callers pass the error on and do not write over it.
 */
#include "runtime/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void tamiz_message_clear(struct tamiz_message *message)
{
	free(message->text);
	free(message->log);
	*message = (struct tamiz_message){ 0 };
}

int tz_message_fail(struct tamiz_message *message, int error, const char *fmt,
		    ...)
{
	va_list ap;
	char *text;

	if (!message)
		return error;
	va_start(ap, fmt);
	int len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0)
		return error;
	free(message->text);
	message->text = text;
	return error;
}

void tz_message_log(struct tamiz_message *message, char *log)
{
	if (!message) {
		free(log);
		return;
	}
	free(message->log);
	message->log = log;
}

void tamiz_notes_clear(struct tamiz_notes *notes)
{
	for (size_t i = 0; i < notes->n; i++)
		free(notes->at[i]);
	free(notes->at);
	*notes = (struct tamiz_notes){ 0 };
}

void tz_note(struct tamiz_notes *notes, const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (!notes)
		return;

	char **at = reallocarray(notes->at, notes->n + 1, sizeof(*at));

	if (!at)
		return;
	notes->at = at;
	va_start(ap, fmt);
	int len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len >= 0)
		at[notes->n++] = text;
}

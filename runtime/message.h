/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filling a struct tamiz_message or tamiz_notes; all take NULL for "nobody
 * listens".
 */
#pragma once

#include <tamiz/runtime.h>

/* Sets the text, keeps the log. Returns @error, to end a function with. */
int tz_message_fail(struct tamiz_message *message, int error, const char *fmt,
		    ...) __attribute__((format(printf, 3, 4)));
/* Takes over @log. */
void tz_message_log(struct tamiz_message *message, char *log);
/* Adds a line. Without memory the note is lost. */
void tz_note(struct tamiz_notes *notes, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

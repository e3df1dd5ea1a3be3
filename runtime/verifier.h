/* SPDX-License-Identifier: GPL-2.0-only */
/* What the verifier said, in the terms of the rule file. */
#pragma once

#include <tamiz/runtime.h>

/*
 * Sets the message for a program that the kernel refused with @error: the
 * cause in the verifier's words, and the rule whose code it was reading.
 * @log is its log, @text the C that the program was built from, or NULL.
 */
int tz_verifier_explain(struct tamiz_message *message, int error,
			const char *log, const char *text);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reader of command lines: iptables commands as people type them or keep
 * them in scripts. What a shell would do with a line is told apart here, what
 * the commands mean is for sema/ to say.
 */
#pragma once

#include "grammar/iptables_context.h"

/* Whether the text holds command lines, and not what iptables-save prints. */
bool tz_script_is(const struct tz_source *source);
/* Reads the context's source into its file. */
void tz_script_read(struct tz_iptables_context *context);

/* Scanner over the context's source; it lives in the arena. */
void tz_script_scan_begin(struct tz_iptables_context *context);
/* Gives the source's text back as it was. */
void tz_script_scan_end(struct tz_iptables_context *context);

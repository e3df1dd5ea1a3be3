/* SPDX-License-Identifier: GPL-2.0-only */
/* Texts of any bytes as JSON strings. */
#pragma once

#include <jansson.h>

/*
 * A string; bytes that are not UTF-8 are taken as Latin-1, rather than losing
 * the text. JSON null for NULL; NULL without memory.
 */
json_t *tz_json_text(const char *text);

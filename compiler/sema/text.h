/* SPDX-License-Identifier: GPL-2.0-only */
/* What text.c and text_opaque.c share. */
#pragma once

#include "sema/sema.h"

struct tz_printer {
	struct tz_sema *sema;
	struct tz_buf out;
};

/* " !" if @option is negated. */
void tz_text_bang(struct tz_printer *p, const struct tz_sema_option *option);
/* A word in front of which a blank stands, quoted where need be. */
void tz_text_word(struct tz_printer *p, const char *s);
void tz_text_quoted(struct tz_printer *p, const char *s);
/* As libxtables prints strings: quoted unless plain. */
void tz_text_string(struct tz_printer *p, const char *s);
/* " --OPTION lo:hi,..." */
void tz_text_ports(struct tz_printer *p, const char *option,
		   const struct tz_sema_option *o);
/* Those on IPv6 extension headers; false: @use is none of them. */
bool tz_text_exthdr(struct tz_printer *p, const struct tz_sema_use *use);
/* text_bytes.c: all options of string, u32 and bpf, and --chunk-types. */
void tz_text_string_use(struct tz_printer *p, const struct tz_sema_use *use);
void tz_text_bpf_use(struct tz_printer *p, const struct tz_sema_use *use);
void tz_text_u32_use(struct tz_printer *p, const struct tz_sema_use *use);
void tz_text_chunks(struct tz_printer *p, const struct tz_sema_option *o);
/* The options of an extension without a printer of its own. */
void tz_text_opaque(struct tz_printer *p, const struct tz_sema_use *use);
